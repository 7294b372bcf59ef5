"""How long a user waits for `lamplighter check`: cold processes, nothing kept between runs, the page cache warm.

Against the interpreter alone (`python -c pass`), which is what any command of Python's costs at least.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figure import Figure

ROOT = Path(__file__).parents[2]
RUNS = 15
NOTHING = (sys.executable, "-c", "pass")
IMPORT = (sys.executable, "-c", "import lamplighter.cli")
CHECK = (str(Path(sys.executable).parent / "lamplighter"), "check")


def main() -> list[Figure]:
    """Each command in turn, so that a slow moment of the machine meets all of them."""
    check, sarif = (*CHECK,), (*CHECK, "--format", "sarif")
    commands: dict[str, Sequence[str]] = {"nothing": NOTHING, "import": IMPORT, "check": check, "sarif": sarif}
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _run in range(RUNS):
        for name, command in commands.items():
            seconds[name].append(seconds_of(command))
    nothing = statistics.median(seconds["nothing"])
    environments = len(list((ROOT / "environments").glob("*/environment.yaml")))
    names = {
        "import": ("import of the CLI", "below 0.15 s"),
        "check": (f"cold `lamplighter check` of {environments} environments", "below 1 s"),
        "sarif": (f"the same with `--format sarif` of {environments} environments", "below 1 s"),
    }
    return [
        Figure(
            what=f"{what}, median of {RUNS}",
            ours=f"{statistics.median(seconds[name]):.3f} s (at most {max(seconds[name]):.3f} s)",
            against=f"`python -c pass` {nothing:.3f} s",
            ratio=statistics.median(seconds[name]) / nothing,
            aim=aim,
        )
        for name, (what, aim) in names.items()
    ]


def seconds_of(command: Sequence[str]) -> float:
    """Wall time of one process; findings are an answer too."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return seconds
