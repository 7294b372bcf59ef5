"""`lamplighter tune ENV`: the scale of a worker that costs least and answers soon enough, found on the simulation."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .simulated import add_load, progress, told_world, worker_load

if TYPE_CHECKING:
    from ..simulate.search import Found, Outcome, Value
    from ..simulate.tunable import Tuned
    from .whatif import WhatIf
    from .world import WorkerLoad, World

EPILOG = """\
exit codes: 0 the proposal keeps the limits, 1 nothing that was tried does (or its values do not hold), 2 it could not be tuned

methods: steps (min and cooldownSeconds together, then jobsPerReplica, until nothing gets better) or evolution (these, the order
of pools and their lifecycles, all at once, with SciPy: pip install 'lamplighter[tune]'); never a cooldown that LL401 refuses

examples:
  lamplighter tune staging --slo 300                        p95 of results within 300 s, for as little as possible
  lamplighter tune staging --slo 60 --budget 200            and for 200 a month at most
  lamplighter tune staging --slo 300 --trace arrivals.csv
  lamplighter tune staging --slo 120 --day office --days 7 --write
  lamplighter tune prod --slo 300 --days 7 --method evolution
"""

METHODS = ("steps", "evolution")


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "tune",
        help="the scale of a worker that costs least and is fast enough",
        description="Searches the scale of a worker on the simulation, and proposes what costs least and keeps the limits.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environment", metavar="ENV", help="the environment")
    parser.add_argument(
        "--slo", type=float, required=True, metavar="SECONDS", help="most seconds to a result, for 95 of 100 jobs"
    )
    parser.add_argument("--budget", type=float, metavar="MONEY", help="most money a month, in the pools' currency")
    add_load(parser)
    parser.add_argument("--method", choices=METHODS, default="steps", help="how it is searched (default: steps)")
    parser.add_argument("--write", action="store_true", help="write the proposal into environments/ENV/scale.yaml")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the proposal; 1 where it does not keep the limits."""
    from ..errors import CannotJudge  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.prices import packaged_prices  # noqa: PLC0415
    from ..report.tuning import Tuning, tuning_json, tuning_text  # noqa: PLC0415
    from ..simulate.cost import currency_of  # noqa: PLC0415
    from ..simulate.tunable import Tuned, settings_now  # noqa: PLC0415
    from .terminal import screen  # noqa: PLC0415
    from .whatif import what_if  # noqa: PLC0415

    for name, number in (("--slo", arguments.slo), ("--budget", arguments.budget)):
        if number is not None and not 0 < number < float("inf"):
            raise CannotJudge(f"{name} {number:g} cannot be.", hint="Give a number above 0.")
    tried = what_if(arguments.what_if, packaged_prices())
    world = told_world(arguments, tried, "tuned")
    if world is None:
        return 1
    load = worker_load(arguments, world, tried, "tune")
    tuned = Tuned(deployment=world.deployment, order=world.order)
    start = settings_now(tuned, load.worker)
    tell = progress("tuned")
    attempt = _attempt(world, tuned, load, tried, arguments.seed)
    began = attempt(start)
    if tell:
        tell(0.5)
    found = _search(arguments, tuned, load.worker, world.scenario.workers[load.worker].concurrency, attempt)
    if tell:
        tell(1.0)
    tuning = Tuning(
        environment=arguments.environment,
        worker=load.worker,
        load=load.says,
        seed=arguments.seed,
        most_seconds=arguments.slo,
        most_money=arguments.budget,
        currency=currency_of(world.scenario, tried.prices),
        start=start,
        now=began,
        found=found,
        method=arguments.method,
        file=_write(arguments.root, arguments.environment, load.worker, found.settings) if arguments.write else "",
    )
    print(tuning_json(tuning) if arguments.format == "json" else tuning_text(tuning, screen()))
    return int(not tuning.met)


def _attempt(
    world: "World", tuned: "Tuned", load: "WorkerLoad", tried: "WhatIf", seed: int
) -> "Callable[[Mapping[str, Value]], Outcome]":
    """What settings come to, simulated."""
    from ..simulate.cost import monthly_cost  # noqa: PLC0415
    from ..simulate.run import simulate  # noqa: PLC0415
    from ..simulate.search import Outcome  # noqa: PLC0415
    from ..simulate.summary import summaries  # noqa: PLC0415
    from ..simulate.tunable import longest_wake, settings_now, with_settings  # noqa: PLC0415
    from .world import world_scenario  # noqa: PLC0415

    now = settings_now(tuned, load.worker)

    def attempt(settings: "Mapping[str, Value]") -> "Outcome":
        changed = with_settings(tuned, load.worker, settings, tried.prices)
        refused = settings["min"] == 0 and int(settings["cooldownSeconds"]) < longest_wake(changed, load.worker)
        if refused and settings != now:
            return Outcome(seconds=float("inf"), money=float("inf"))
        scenario = world_scenario(changed.deployment, list(world.scenario.workers), changed.order, tried.control)
        record = simulate(scenario, load.arrivals, seconds=load.seconds, seed=seed)
        result = summaries(record, {load.worker: load.count}, tried.control.late_seconds)[load.worker].result
        # A job without a result is no quick one.
        waited = result[95] if result and len(record.undone) * 20 < load.count else float("inf")
        return Outcome(seconds=waited, money=monthly_cost(record, scenario, tried.prices).total)

    return attempt


def _search(
    arguments: argparse.Namespace,
    tuned: "Tuned",
    worker: str,
    at_once: int,
    attempt: "Callable[[Mapping[str, Value]], Outcome]",
) -> "Found":
    """By the method that was asked for. Raises `CannotJudge` where it is not installed."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..simulate.evolution import evolve  # noqa: PLC0415
    from ..simulate.search import search  # noqa: PLC0415
    from ..simulate.tunable import axes_of, longest_wake, settings_now  # noqa: PLC0415

    start, axes = settings_now(tuned, worker), axes_of(tuned, worker, at_once)
    limits = {"most_seconds": arguments.slo, "most_money": arguments.budget}
    if arguments.method == "steps":
        least = longest_wake(tuned, worker)
        cooldowns = [seconds for seconds in axes["cooldownSeconds"] if int(seconds) >= least] or [int(least) + 1]
        blocks = [
            [{"min": number, "cooldownSeconds": seconds} for number in axes["min"] for seconds in cooldowns],
            [{"jobsPerReplica": number} for number in axes["jobsPerReplica"]],
        ]
        return search(start, blocks, attempt, **limits)
    try:
        return evolve(start, axes, attempt, **limits, seed=arguments.seed)
    except ImportError as error:
        raise CannotJudge(f"--method evolution needs SciPy: {error}.", hint="pip install 'lamplighter[tune]'") from error


def _write(root: Path, environment: str, worker: str, settings: "Mapping[str, Value]") -> str:
    """Sets the values in scale.yaml, every other line as it was. Raises `CannotJudge`."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..load.newfiles import replace_file  # noqa: PLC0415
    from ..load.yamledit import NotEditable, with_value  # noqa: PLC0415
    from ..report.tuning import SCALE_KEYS  # noqa: PLC0415

    file = f"environments/{environment}/scale.yaml"
    try:
        text = (root / file).read_text(encoding="utf-8")
        for name in SCALE_KEYS:
            text = with_value(text, ("workers", worker, "scale", name), settings[name])
    except (OSError, NotEditable) as error:
        raise CannotJudge(f"{file} cannot be changed: {error}.", hint="Write the proposal into it by hand.") from error
    replace_file(root / file, text)
    return file
