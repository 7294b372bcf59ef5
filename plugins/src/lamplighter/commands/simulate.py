"""`lamplighter simulate ENV`: how long a first result takes and what a month costs, before a GPU is paid."""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

from .simulated import add_load, load_of, progress, told_world

EPILOG = """\
exit codes: 0 simulated, 1 simulated and check would refuse it (or its values do not hold), 2 it could not be simulated

days: quiet (8 documents in office hours), office, nightly (one pile of 400), bursts (piles of 50), steady

examples:
  lamplighter simulate staging                           a month of quiet days
  lamplighter simulate staging --day office --days 7     one week of busy ones
  lamplighter simulate prod --day extract=office --day piles=nightly
  lamplighter simulate staging --trace AzureLLMInferenceTrace_conv.csv
  lamplighter simulate staging --trace chunk-0-trace.csv  ServeGen's windows of a rate
  lamplighter simulate staging --trace arrivals.txt      a line for each job: seconds from the start [seconds of work]
  lamplighter simulate staging --what-if gpuPools.t4.lifecycle=delete --svg timeline.svg
  lamplighter simulate staging --what-if workers.extract.scale.cooldownSeconds=900 --what-if control.scrapeSeconds=5
  lamplighter simulate staging --format json

keys of --what-if: a path of values; control.*, hpa.*, job.* and prices.* (a wrong one is answered with the list).
A job takes job.jobSeconds (20, an assumption) unless the trace says more.
"""


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


def run(arguments: argparse.Namespace) -> int:
    """Prints the result; 1 where `check` would refuse the environment."""
    from ..errors import CannotJudge  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.prices import packaged_prices  # noqa: PLC0415
    from ..report.simulation import Simulation, simulation_json, simulation_text  # noqa: PLC0415
    from ..report.timeline_svg import timeline_svg  # noqa: PLC0415
    from ..simulate.cost import monthly_cost  # noqa: PLC0415
    from ..simulate.run import simulate  # noqa: PLC0415
    from ..simulate.summary import summaries  # noqa: PLC0415
    from .pictures import write_picture  # noqa: PLC0415
    from .terminal import screen  # noqa: PLC0415
    from .whatif import what_if  # noqa: PLC0415

    tried = what_if(arguments.what_if, packaged_prices())
    if arguments.registry and arguments.registry not in tried.prices.registries:
        known = ", ".join(tried.prices.registries)
        raise CannotJudge(f"There is no registry {arguments.registry}.", hint=f"Tiers with a price: {known}.")
    world = told_world(arguments, tried, "simulated")
    if world is None:
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
