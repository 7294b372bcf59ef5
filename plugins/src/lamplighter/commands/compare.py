"""`lamplighter compare ENV`: what may be chosen for a worker and its nodes, side by side in seconds and money."""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from .simulate import add_load, load_of, progress

EPILOG = """\
exit codes: 0 compared, 1 compared and check would refuse it (or its values do not hold), 2 it could not be compared

compared, each with everything else as it is: nodes deleted, stopped, spot, one replica always lit; weights in the image, in an
image of their own, on a volume, streamed; a faster disk; each tier of a registry at the bandwidth it promises

examples:
  lamplighter compare staging                          a month of quiet days
  lamplighter compare staging --day office --days 7 --svg choices.svg
  lamplighter compare staging --trace arrivals.csv --format json
  lamplighter compare prod --worker piles --day nightly --what-if control.spotLossesAnHour=0.1
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "compare",
        help="lifecycles, delivery of weights, disks and registries side by side: seconds and money",
        description="Simulates an environment under each choice for a worker and its nodes; marks those that nothing beats.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environment", metavar="ENV", help="the environment")
    add_load(parser)
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the choices into this file")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the comparison; 1 where `check` would refuse the environment."""
    from ..errors import CannotJudge  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.prices import packaged_prices  # noqa: PLC0415
    from ..report.comparison import Compared, Comparison, comparison_json, comparison_text  # noqa: PLC0415
    from ..report.comparison_svg import comparison_svg  # noqa: PLC0415
    from ..report.text import text_line  # noqa: PLC0415
    from ..simulate.choices import choices  # noqa: PLC0415
    from ..simulate.cost import monthly_cost  # noqa: PLC0415
    from ..simulate.pareto import pareto  # noqa: PLC0415
    from ..simulate.run import simulate  # noqa: PLC0415
    from ..simulate.summary import summaries  # noqa: PLC0415
    from .pictures import write_picture  # noqa: PLC0415
    from .terminal import screen  # noqa: PLC0415
    from .whatif import what_if  # noqa: PLC0415
    from .world import World, read_world, world_scenario  # noqa: PLC0415

    tried = what_if(arguments.what_if, packaged_prices())
    world = read_world(arguments.root, arguments.environment, tried)
    if not isinstance(world, World):
        for finding in world:
            print(text_line(finding), file=sys.stderr)
        print(f"lamplighter: {arguments.environment} cannot be compared before its values hold.", file=sys.stderr)
        return 1
    worker = arguments.worker or world.worker
    if worker not in world.scenario.workers:
        raise CannotJudge(f"There is no worker {worker} to compare.", hint=f"Workers: {', '.join(world.scenario.workers)}.")
    arrivals, seconds, says = load_of(arguments, world, tried)
    counts = Counter(arrival.worker for arrival in arrivals if arrival.at < seconds)
    if not counts[worker]:
        raise CannotJudge(f"No job comes for worker {worker}.", hint="Give more days, another day or another seed.")
    tell = progress("compared")
    found, undone = [], []
    offered = choices(world.deployment, worker, tried.prices)
    for at, choice in enumerate(offered, start=1):
        scenario = world_scenario(choice.deployment, list(world.scenario.workers), world.order, tried.control)
        record = simulate(scenario, arrivals, seconds=seconds, seed=arguments.seed)
        summary = summaries(record, {worker: counts[worker]}, tried.control.late_seconds)[worker]
        if summary.result:
            found.append((choice, summary, monthly_cost(record, scenario, tried.prices, choice.registry)))
        else:
            undone.append(choice.name)
        if tell:
            tell(at / len(offered))
    best = pareto([(summary.result[95], cost.total) for _choice, summary, cost in found])
    comparison = Comparison(
        environment=arguments.environment,
        worker=worker,
        load=says,
        seed=arguments.seed,
        tried=tuple(arguments.what_if),
        compared=tuple(
            Compared(name=choice.name, worker=summary, cost=cost, best=good, assumes=choice.assumes)
            for (choice, summary, cost), good in zip(found, best, strict=True)
        ),
        undone=tuple(undone),
        findings=world.findings,
        left_out=world.left_out,
    )
    if arguments.svg:
        write_picture(arguments.svg, comparison_svg(comparison))
    print(comparison_json(comparison) if arguments.format == "json" else comparison_text(comparison, screen()))
    return int(world.refused)
