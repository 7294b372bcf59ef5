"""`lamplighter simulate ENV`: how long a first result takes and what a month costs, before a GPU is paid."""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..simulate.arrivals import Arrival
    from .whatif import WhatIf
    from .world import World

EPILOG = """\
exit codes: 0 simulated, 1 simulated and check would refuse it (or its values do not hold), 2 it could not be simulated

days: quiet (8 documents in office hours), office, nightly (one pile of 400), bursts (piles of 50), steady

examples:
  lamplighter simulate staging                           a month of quiet days
  lamplighter simulate staging --day office --days 7     one week of busy ones
  lamplighter simulate prod --day extract=office --day piles=nightly
  lamplighter simulate staging --trace AzureLLMInferenceTrace_conv.csv
  lamplighter simulate staging --trace arrivals.txt      a line for each job: seconds from the start [seconds of work]
  lamplighter simulate staging --what-if gpuPools.t4.lifecycle=delete --svg timeline.svg
  lamplighter simulate staging --what-if workers.extract.scale.cooldownSeconds=900 --what-if control.scrapeSeconds=5
  lamplighter simulate staging --format json

keys of --what-if: a path of values; control.*, hpa.*, job.* and prices.* (a wrong one is answered with the list).
A job takes job.jobSeconds (20, an assumption) unless the trace says more.
"""

#: From here on people want to know that something goes on.
QUIET_SECONDS = 2.0


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "simulate",
        help="seconds to the first result and money a month, from a model of the whole loop",
        description="Simulates queue, KEDA, HPA, nodes, boot, pull and load of an environment under a day or a trace.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environment", metavar="ENV", help="the environment")
    add_load(parser)
    parser.add_argument("--registry", default="", metavar="TIER", help="also pay a registry: basic, standard or premium")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw nodes and the typical wake into this file")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def add_load(parser: argparse.ArgumentParser) -> None:
    """What comes in, and what is tried: the same for `simulate` and `compare`."""
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    load = parser.add_mutually_exclusive_group()
    load.add_argument("--day", action="append", default=[], metavar="[WORKER=]PATTERN", help="a day (default: quiet)")
    load.add_argument("--trace", type=Path, metavar="FILE", help="an Azure LLM trace, or a list of arrivals")
    parser.add_argument("--worker", default="", metavar="NAME", help="whose jobs the trace holds (default: defaultWorker)")
    parser.add_argument("--days", type=int, metavar="N", help="days to simulate (default: 30, or the trace and an hour)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of arrivals, phases and spot losses (default: 1)")
    parser.add_argument("--what-if", action="append", default=[], metavar="KEY=VALUE", help="try another value")


def run(arguments: argparse.Namespace) -> int:
    """Prints the result; 1 where `check` would refuse the environment."""
    from ..errors import CannotJudge  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.prices import packaged_prices  # noqa: PLC0415
    from ..report.simulation import Simulation, simulation_json, simulation_text  # noqa: PLC0415
    from ..report.text import text_line  # noqa: PLC0415
    from ..report.timeline_svg import timeline_svg  # noqa: PLC0415
    from ..simulate.cost import monthly_cost  # noqa: PLC0415
    from ..simulate.run import simulate  # noqa: PLC0415
    from ..simulate.summary import summaries  # noqa: PLC0415
    from .pictures import write_picture  # noqa: PLC0415
    from .terminal import screen  # noqa: PLC0415
    from .whatif import what_if  # noqa: PLC0415
    from .world import World, read_world  # noqa: PLC0415

    tried = what_if(arguments.what_if, packaged_prices())
    if arguments.registry and arguments.registry not in tried.prices.registries:
        known = ", ".join(tried.prices.registries)
        raise CannotJudge(f"There is no registry {arguments.registry}.", hint=f"Tiers with a price: {known}.")
    world = read_world(arguments.root, arguments.environment, tried)
    if not isinstance(world, World):
        for finding in world:
            print(text_line(finding), file=sys.stderr)
        print(f"lamplighter: {arguments.environment} cannot be simulated before its values hold.", file=sys.stderr)
        return 1
    arrivals, seconds, says = load_of(arguments, world, tried)
    with_progress = progress("simulated")
    record = simulate(world.scenario, arrivals, seconds=seconds, seed=arguments.seed, progress=with_progress)
    counts = Counter(arrival.worker for arrival in arrivals if arrival.at < seconds)
    simulation = Simulation(
        environment=arguments.environment,
        load=says,
        seed=arguments.seed,
        tried=tuple(arguments.what_if),
        late_seconds=tried.control.late_seconds,
        workers=summaries(record, {name: counts[name] for name in world.scenario.workers}, tried.control.late_seconds),
        cost=monthly_cost(record, world.scenario, tried.prices, arguments.registry),
        record=record,
        findings=world.findings,
        left_out=world.left_out,
    )
    if arguments.svg:
        write_picture(arguments.svg, timeline_svg(simulation))
    print(simulation_json(simulation) if arguments.format == "json" else simulation_text(simulation, screen()))
    return int(world.refused)


def load_of(arguments: argparse.Namespace, world: "World", tried: "WhatIf") -> "tuple[Sequence[Arrival], float, str]":
    """The arrivals, the seconds to simulate, and both in words. Raises `CannotJudge` for a worker or pattern nobody knows."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..load.traces import read_trace  # noqa: PLC0415
    from ..simulate.arrivals import SECONDS_A_DAY, SECONDS_AN_HOUR, arrivals_of  # noqa: PLC0415

    if arguments.days is not None and not 1 <= arguments.days <= MOST_DAYS:
        raise CannotJudge(f"--days {arguments.days} cannot be.", hint=f"Simulate 1 to {MOST_DAYS}.")
    if arguments.trace:
        worker = arguments.worker or world.worker
        if worker not in world.scenario.workers:
            raise CannotJudge(
                f"There is no worker {worker} to simulate.", hint=f"Workers: {', '.join(world.scenario.workers)}."
            )
        arrivals = read_trace(arguments.trace, worker, tried.work)
        seconds = arguments.days * SECONDS_A_DAY if arguments.days else arrivals[-1].at + SECONDS_AN_HOUR
        return arrivals, seconds, f"{len(arrivals)} jobs of {arguments.trace.name} for {worker}"
    days = arguments.days or 30
    found: list[Arrival] = []
    words = []
    for name, pattern in _patterns(arguments.day, sorted(world.scenario.workers)).items():
        found += arrivals_of(pattern, name, days=days, work_seconds=tried.work.job_seconds, seed=arguments.seed)
        words.append(f"{name}: {pattern.says}")
    return found, days * SECONDS_A_DAY, f"{days} day{'s' if days > 1 else ''}; {'; '.join(words)}"


#: Ten years: beyond, prices and settings are others.
MOST_DAYS = 3660


def _patterns(given: "Sequence[str]", workers: "Sequence[str]") -> "dict[str, Any]":
    """Each worker's day; a pattern without a worker is everybody's."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..simulate.arrivals import DAYS  # noqa: PLC0415

    chosen = dict.fromkeys(workers, "quiet")
    for one in sorted(given, key=lambda text: "=" in text):
        name, sign, pattern = one.rpartition("=")
        if sign and name not in workers:
            raise CannotJudge(f"--day {one}: there is no worker {name} to simulate.", hint=f"Workers: {', '.join(workers)}.")
        if pattern not in DAYS:
            raise CannotJudge(f"--day {one}: there is no pattern {pattern}.", hint=f"Patterns: {', '.join(DAYS)}.")
        chosen |= {name: pattern} if sign else dict.fromkeys(workers, pattern)
    return {name: DAYS[pattern] for name, pattern in chosen.items()}


def progress(word: str) -> "Callable[[float], None] | None":
    """Says on a terminal how far it is, once it takes longer than people like to wait; None where nobody would see it."""
    import time  # noqa: PLC0415

    if not sys.stderr.isatty():
        return None
    began = time.monotonic()

    def tell(part: float) -> None:
        if time.monotonic() - began > QUIET_SECONDS:
            print(f"\r{word} {part:4.0%}", end="\n" if part >= 1 else "", file=sys.stderr, flush=True)

    return tell
