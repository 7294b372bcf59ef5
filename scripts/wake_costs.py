"""Writes plugins/docs/wake.md and its pictures anew: `simulate` and `compare` run on environments/, what they print is kept.

`--check` writes nothing and says by its exit code whether all of it is what the commands print today.
"""

import io
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

from made_pages import keep

from lamplighter.cli import main

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "plugins" / "docs"

QUIET = ("simulate", "staging")
OFFICE = ("simulate", "staging", "--day", "office", "--days", "7")
DELETED = ("simulate", "staging", "--what-if", "gpuPools.t4.lifecycle=delete")
PATIENT = ("simulate", "staging", "--what-if", "workers.extract.scale.cooldownSeconds=1800")
COMPARED = ("compare", "staging")


PAGE = """\
# What a wake costs

<!-- Made by scripts/wake_costs.py. -->

`simulate` runs the whole loop as a model, from a job's arrival to its result and to the node's end: trigger, KEDA, HPA,
scheduler, node autoscaler, boot, GPU, image, weights, engine, cooldown, and back. A month of a quiet tenant takes less than a
second. Formulas and defaults are those of the tools' sources, named in `src/lamplighter/simulate/`; seconds of boot and load
are the pool's `boot:` values, so the result is as good as these. [Benchmarks](../../docs/benchmarks.md) have it beside
published runs.

{quiet}
![Thirty days, one row each: waking, busy, idle and paid; below, the typical wake by stage](timeline.svg)

Busier days share wakes, and the idle tail with them:

{office}
## What if

Any value of the environment can be another one, and so can the loops' own settings:

{deleted}
{patient}
`control.*`, `hpa.*`, `job.*` and `prices.*` are the simulation's own; a wrong name is answered with the list.

## What to choose

{compared}
![Choices as points, money to the right and seconds upwards, with a line through those that nothing beats](choices.svg)

## Where the numbers come from

`lamplighter measure` reads a node's disk past the page cache, downloads an image, and asks a gateway what its wakes took; it
prints `boot:` values with date and conditions. Published figures stand in until then, each with its source beside it.

A trace says when jobs come: Azure's LLM inference traces, [ServeGen](https://github.com/alibaba/ServeGen)'s windows of a rate
(`chunk-*-trace.csv`), or `lamplighter-gateway export arrivals --worker extract`, which writes a line for each job that is kept:
its time in UTC, and the seconds of work where they are known. No document, no name, no tenant.

One published figure is not met, and is not made to fit: a blog's minute "from the question to the work", on AKS with stopped
nodes. Its author gives 60 seconds for the boot of such a machine alone, and cluster-autoscaler waits 30 before it starts one:
35 seconds too many before any weight is loaded. Either that machine started faster, or the minute counts from the
node's order on. Nobody published the stages of that run.

## What it does not know

- A job takes as long as was said, beside others or alone: how an engine slows under load is not in it.
- Capacity: a cloud gives every node that is asked for, after `nodeSeconds`. Spot nodes are taken back at the rate of
  `control.spotLossesAnHour`, which is 0 until you say it.
- Boot, pull and load always take the same time. Percentiles come from the loops' phases and from queues.
- A node pulls one image at a time, at the pool's speed; several nodes do not slow each other down.
- Weights are read from the disk at each start, after Ray. The worker reads them ahead meanwhile, and a node that stayed lit has
  them in memory, so a real wake may be shorter.
- Groups of nodes and RayServices are left out, and said to be. Warm pools and standby buffers of clouds are no choices yet.
- A node is paid from its order to its removal; clouds differ by seconds.
"""


def made() -> dict[Path, str]:
    """Every file that the page consists of, and its text."""
    timeline, choices = picture(*QUIET), picture(*COMPARED)
    text = PAGE.format(
        quiet=printed(*QUIET),
        office=printed(*OFFICE),
        deleted=printed(*DELETED),
        patient=printed(*PATIENT),
        compared=printed(*COMPARED),
    )
    return {DOCS / "wake.md": text, DOCS / "timeline.svg": timeline, DOCS / "choices.svg": choices}


def printed(*arguments: str) -> str:
    """A command and what it prints, as a block of code."""
    return f"```text\n$ lamplighter {' '.join(arguments)}\n{run(*arguments)}```\n"


def picture(*arguments: str) -> str:
    """What a command draws."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "picture.svg"
        run(*arguments, "--svg", str(file))
        return file.read_text()


def run(*arguments: str) -> str:
    """What the program prints."""
    out = io.StringIO()
    with redirect_stdout(out):
        main([*arguments, "--root", str(ROOT)])
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


if __name__ == "__main__":
    sys.exit(keep(made, ROOT, __doc__))
