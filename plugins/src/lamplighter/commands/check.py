"""`lamplighter check`: values, schema, names and GPU memory of environments, without a cluster."""

import argparse
from pathlib import Path
from typing import Any

EPILOG = """\
exit codes: 0 nothing stands in the way, 1 something has to change, 2 it could not judge

examples:
  lamplighter check                     every environment below ./environments
  lamplighter check dev staging
  lamplighter check --values mine.yaml  values files as helm install -f takes them
  lamplighter check --format json
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "check",
        help="prove that environments can work",
        description="Checks environments: schema, names, scaling and GPU memory.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environments", nargs="*", metavar="ENV", help="environments to check (default: all)")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--values", action="append", default=[], metavar="FILE", help="a values file instead of environments")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints what was found; 1 if any of it refuses the change."""
    from ..findings import in_order  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.environments import environment_names  # noqa: PLC0415
    from ..report.json import json_report  # noqa: PLC0415
    from ..report.text import text_report  # noqa: PLC0415
    from .judge import judge_environment, judge_values  # noqa: PLC0415

    root: Path = arguments.root
    if arguments.values:
        judged, judgements = list(arguments.values), [judge_values(root, arguments.values)]
    else:
        judged = arguments.environments or environment_names(root)
        judgements = [judge_environment(root, name) for name in judged]
    findings = in_order([finding for judgement in judgements for finding in judgement.findings])
    report = json_report if arguments.format == "json" else text_report
    print(report(judged, findings))
    return int(any(judgement.refused for judgement in judgements))
