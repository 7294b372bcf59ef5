"""What `simulate`, `compare` and `tune` share: their load, the world it comes into, and how far they are."""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..simulate.arrivals import Arrival
    from .whatif import WhatIf
    from .world import WorkerLoad, World

#: Ten years: beyond, prices and settings are others.
MOST_DAYS = 3660
#: From here on people want to know that something goes on.
QUIET_SECONDS = 2.0


def add_load(parser: argparse.ArgumentParser) -> None:
    """What comes in, and what is tried: the same for all three."""
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    load = parser.add_mutually_exclusive_group()
    load.add_argument("--day", action="append", default=[], metavar="[WORKER=]PATTERN", help="a day (default: quiet)")
    load.add_argument(
        "--trace", type=Path, metavar="FILE", help="an Azure LLM trace, ServeGen's windows, or a list of arrivals"
    )
    parser.add_argument("--worker", default="", metavar="NAME", help="whose jobs the trace holds (default: defaultWorker)")
    parser.add_argument("--days", type=int, metavar="N", help="days to simulate (default: 30, or the trace and an hour)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of arrivals, phases and spot losses (default: 1)")
    parser.add_argument("--what-if", action="append", default=[], metavar="KEY=VALUE", help="try another value")


def told_world(arguments: argparse.Namespace, tried: "WhatIf", done: str) -> "World | None":
    """The environment as it is simulated; None, and why on stderr, where its values do not hold. `done`: such as `compared`."""
    from ..report.text import text_line  # noqa: PLC0415 (the parser alone should cost nothing)
    from .world import World, read_world  # noqa: PLC0415

    world = read_world(arguments.root, arguments.environment, tried)
    if isinstance(world, World):
        return world
    for finding in world:
        print(text_line(finding), file=sys.stderr)
    print(f"lamplighter: {arguments.environment} cannot be {done} before its values hold.", file=sys.stderr)
    return None


def worker_load(arguments: argparse.Namespace, world: "World", tried: "WhatIf", do: str) -> "WorkerLoad":
    """The load for a command that looks at one worker. Raises `CannotJudge` where there is no such worker, or no job of it."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from .world import WorkerLoad  # noqa: PLC0415

    worker = arguments.worker or world.worker
    if worker not in world.scenario.workers:
        raise CannotJudge(f"There is no worker {worker} to {do}.", hint=f"Workers: {', '.join(world.scenario.workers)}.")
    arrivals, seconds, says = load_of(arguments, world, tried)
    count = sum(arrival.worker == worker and arrival.at < seconds for arrival in arrivals)
    if not count:
        raise CannotJudge(f"No job comes for worker {worker}.", hint="Give more days, another day or another seed.")
    return WorkerLoad(worker=worker, arrivals=arrivals, seconds=seconds, says=says, count=count)


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
        arrivals = read_trace(arguments.trace, worker, tried.work, seed=arguments.seed)
        seconds = arguments.days * SECONDS_A_DAY if arguments.days else arrivals[-1].at + SECONDS_AN_HOUR
        return arrivals, seconds, f"{len(arrivals)} jobs of {arguments.trace.name} for {worker}"
    days = arguments.days or 30
    found: list[Arrival] = []
    words = []
    for name, pattern in _patterns(arguments.day, sorted(world.scenario.workers)).items():
        found += arrivals_of(pattern, name, days=days, work_seconds=tried.work.job_seconds, seed=arguments.seed)
        words.append(f"{name}: {pattern.says}")
    return found, days * SECONDS_A_DAY, f"{days} day{'s' if days > 1 else ''}; {'; '.join(words)}"


def _patterns(given: Sequence[str], workers: Sequence[str]) -> dict[str, Any]:
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


def progress(word: str) -> Callable[[float], None] | None:
    """Says on a terminal how far it is, once it takes longer than people like to wait; None where nobody would see it."""
    if not sys.stderr.isatty():
        return None
    began = time.monotonic()

    def tell(part: float) -> None:
        if time.monotonic() - began > QUIET_SECONDS:
            print(f"\r{word} {part:4.0%}", end="\n" if part >= 1 else "", file=sys.stderr, flush=True)

    return tell
