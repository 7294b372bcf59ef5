"""`lamplighter tune ENV`: the scale of a worker that costs least and answers soon enough, found on the simulation."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .simulated import add_load, progress, told_world, worker_load

if TYPE_CHECKING:
    from ..simulate.search import Outcome
    from .world import World

EPILOG = """\
exit codes: 0 the proposal keeps the limits, 1 nothing that was tried does (or its values do not hold), 2 it could not be tuned

tried: min and cooldownSeconds together, then jobsPerReplica, until nothing gets better; never a cooldown that LL401 refuses

examples:
  lamplighter tune staging --slo 300                        p95 of results within 300 s, for as little as possible
  lamplighter tune staging --slo 60 --budget 200            and for 200 a month at most
  lamplighter tune staging --slo 300 --trace arrivals.csv
  lamplighter tune staging --slo 120 --day office --days 7 --write
"""

COOLDOWNS = (60, 120, 180, 300, 420, 600, 900, 1200, 1800, 3600)
JOBS = (1, 2, 4, 6, 8, 10, 12, 16, 24, 32, 48, 64, 100)


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "tune",
        help="the scale of a worker that costs least and is fast enough",
        description="Searches min, jobsPerReplica and cooldownSeconds of a worker on the simulation, and proposes its scale.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environment", metavar="ENV", help="the environment")
    parser.add_argument(
        "--slo", type=float, required=True, metavar="SECONDS", help="most seconds to a result, for 95 of 100 jobs"
    )
    parser.add_argument("--budget", type=float, metavar="MONEY", help="most money a month, in the pools' currency")
    add_load(parser)
    parser.add_argument("--write", action="store_true", help="write the proposal into environments/ENV/scale.yaml")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the proposal; 1 where it does not keep the limits."""
    from dataclasses import replace  # noqa: PLC0415 (the parser alone should cost nothing)

    from ..errors import CannotJudge  # noqa: PLC0415
    from ..load.prices import packaged_prices  # noqa: PLC0415
    from ..report.tuning import Tuning, tuning_json, tuning_text  # noqa: PLC0415
    from ..simulate.cost import currency_of, monthly_cost  # noqa: PLC0415
    from ..simulate.run import simulate  # noqa: PLC0415
    from ..simulate.search import Outcome, search  # noqa: PLC0415
    from ..simulate.summary import summaries  # noqa: PLC0415
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
    simulated = world.scenario.workers[load.worker]

    def attempt(settings: Mapping[str, int]) -> "Outcome":
        scale = replace(
            simulated.scale,
            least=settings["min"],
            jobs_per_replica=settings["jobsPerReplica"],
            cooldown_seconds=settings["cooldownSeconds"],
        )
        scenario = replace(world.scenario, workers={**world.scenario.workers, load.worker: replace(simulated, scale=scale)})
        record = simulate(scenario, load.arrivals, seconds=load.seconds, seed=arguments.seed)
        result = summaries(record, {load.worker: load.count}, tried.control.late_seconds)[load.worker].result
        # A job without a result is no quick one.
        waited = result[95] if result and len(record.undone) * 20 < load.count else float("inf")
        return Outcome(seconds=waited, money=monthly_cost(record, scenario, tried.prices).total)

    now = simulated.scale
    start = {"min": now.least, "jobsPerReplica": now.jobs_per_replica, "cooldownSeconds": now.cooldown_seconds}
    blocks = _blocks(world, load.worker)
    tell = progress("tuned")
    began = attempt(start)
    if tell:
        tell(0.5)
    found = search(start, blocks, attempt, most_seconds=arguments.slo, most_money=arguments.budget)
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
        file=_write(arguments.root, arguments.environment, load.worker, found.settings) if arguments.write else "",
    )
    print(tuning_json(tuning) if arguments.format == "json" else tuning_text(tuning, screen()))
    return int(not tuning.met)


def _blocks(world: "World", worker: str) -> list[list[Mapping[str, int]]]:
    """What is tried: nothing that LL309 or LL401 would speak of. A replica that stays lit and a cooldown go together."""
    from ..domain.wake import wake  # noqa: PLC0415

    deployment = world.deployment
    facts = deployment.workers[worker]
    pools = [deployment.pools[name] for name in facts.pools if name in deployment.pools]
    least = max((wake(facts, pool, deployment.models, deployment.cluster).seconds for pool in pools), default=0.0)
    at_once = world.scenario.workers[worker].concurrency
    cooldowns = [seconds for seconds in COOLDOWNS if seconds >= least] or [int(least) + 1]
    jobs = [number for number in JOBS if number >= at_once] or [at_once]
    return [
        [{"min": number, "cooldownSeconds": seconds} for number in (0, 1) for seconds in cooldowns],
        [{"jobsPerReplica": number} for number in jobs],
    ]


def _write(root: Path, environment: str, worker: str, settings: Mapping[str, int]) -> str:
    """Sets the values in scale.yaml, every other line as it was. Raises `CannotJudge`."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..load.newfiles import replace_file  # noqa: PLC0415
    from ..load.yamledit import NotEditable, with_value  # noqa: PLC0415

    file = f"environments/{environment}/scale.yaml"
    try:
        text = (root / file).read_text(encoding="utf-8")
        for name, value in settings.items():
            text = with_value(text, ("workers", worker, "scale", name), value)
    except (OSError, NotEditable) as error:
        raise CannotJudge(f"{file} cannot be changed: {error}.", hint="Write the proposal into it by hand.") from error
    replace_file(root / file, text)
    return file
