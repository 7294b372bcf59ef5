"""`lamplighter compare ENV`: what may be chosen for a worker and its nodes, side by side in seconds and money."""

import argparse
from pathlib import Path
from typing import Any

from .simulated import add_load, progress, told_world, worker_load

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
    from ..load.prices import packaged_prices  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..report.comparison import Compared, Comparison, comparison_json, comparison_text  # noqa: PLC0415
    from ..report.comparison_svg import comparison_svg  # noqa: PLC0415
    from ..simulate.choices import choices  # noqa: PLC0415
    from ..simulate.cost import monthly_cost  # noqa: PLC0415
    from ..simulate.pareto import pareto  # noqa: PLC0415
    from ..simulate.run import simulate  # noqa: PLC0415
    from ..simulate.summary import summaries  # noqa: PLC0415
    from .pictures import write_picture  # noqa: PLC0415
    from .terminal import screen  # noqa: PLC0415
    from .whatif import what_if  # noqa: PLC0415
    from .world import world_scenario  # noqa: PLC0415

    tried = what_if(arguments.what_if, packaged_prices())
    world = told_world(arguments, tried, "compared")
    if world is None:
        return 1
    load = worker_load(arguments, world, tried, "compare")
    tell = progress("compared")
    found, undone = [], []
    offered = choices(world.deployment, load.worker, tried.prices)
    for at, choice in enumerate(offered, start=1):
        scenario = world_scenario(choice.deployment, list(world.scenario.workers), world.order, tried.control)
        record = simulate(scenario, load.arrivals, seconds=load.seconds, seed=arguments.seed)
        summary = summaries(record, {load.worker: load.count}, tried.control.late_seconds)[load.worker]
        if summary.result:
            found.append((choice, summary, monthly_cost(record, scenario, tried.prices, choice.registry)))
        else:
            undone.append(choice.name)
        if tell:
            tell(at / len(offered))
    best = pareto([(summary.result[95], cost.total) for _choice, summary, cost in found])
    comparison = Comparison(
        environment=arguments.environment,
        worker=load.worker,
        load=load.says,
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
