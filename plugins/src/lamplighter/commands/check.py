"""`lamplighter check`: values, schema, names and GPU memory of environments, without a cluster."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..report.judged import Judged, JudgedEnvironment

FORMATS = ("text", "json", "markdown", "sarif", "github")

EPILOG = """\
exit codes: 0 nothing stands in the way, 1 something has to change, 2 it could not judge

examples:
  lamplighter check                             every environment below ./environments
  lamplighter check dev staging
  lamplighter check --changed-since origin/main only environments that this branch touches
  lamplighter check --values mine.yaml          values files as helm install -f takes them
  lamplighter check --format markdown           a pull request's comment
  lamplighter check --format sarif              for code scanning (SARIF 2.1.0)
  lamplighter check --format github             annotations of a workflow's log
  lamplighter explain LL101                     what a finding's code means
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
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--values", action="append", default=[], metavar="FILE", help="a values file instead of environments")
    what.add_argument("--changed-since", default="", metavar="REF", help="leave out environments that are as in this git ref")
    parser.add_argument("--format", choices=FORMATS, default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints what was found; 1 if any of it refuses the change."""
    from ..load.sources import read_text_of  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..report.judged import Judged  # noqa: PLC0415
    from ..rules.registry import TITLES  # noqa: PLC0415

    root: Path = arguments.root
    names, left_out = _names(root, arguments.environments, arguments.changed_since) if not arguments.values else ([], [])
    environments = _judged(root, names, arguments.values, arguments.changed_since)
    places = [finding.place.file for environment in environments for finding in environment.findings]
    judged = Judged(
        environments=tuple(environments),
        sources=read_text_of(root, places),
        titles=TITLES,
        left_out=tuple(left_out),
        reference=arguments.changed_since,
    )
    print(_report(arguments.format, judged))
    return int(judged.refused)


def _names(root: Path, given: Sequence[str], reference: str) -> tuple[list[str], list[str]]:
    """The environments to judge, and those that a change leaves as they were."""
    from ..load.environments import environment_names  # noqa: PLC0415

    names = list(dict.fromkeys(given)) or environment_names(root)
    if not reference:
        return names, []
    from .changed import touched_environments  # noqa: PLC0415

    touched = touched_environments(root, names, reference)
    return touched, [name for name in names if name not in touched]


def _judged(root: Path, names: Sequence[str], values: Sequence[str], reference: str) -> list["JudgedEnvironment"]:
    from ..findings import in_order  # noqa: PLC0415
    from ..load.promoted import check_recorded  # noqa: PLC0415
    from ..report.judged import JudgedEnvironment  # noqa: PLC0415
    from .judge import judge_environment, judge_values  # noqa: PLC0415
    from .memory import engine_memory  # noqa: PLC0415

    if values:
        judgements = {", ".join(values): judge_values(root, values)}
    else:
        judgements = {name: judge_environment(root, name) for name in names}
    # What only history knows, where a reference says which history counts.
    recorded = {name: list(check_recorded(root, name, reference)) if reference else [] for name in names}
    return [
        JudgedEnvironment(
            name=name,
            findings=tuple(in_order([*judgement.findings, *recorded.get(name, [])])),
            memory=tuple(engine_memory(judgement.subject)) if judgement.subject else (),
        )
        for name, judgement in judgements.items()
    ]


def _report(form: str, judged: "Judged") -> str:
    """The judgement in one of `FORMATS`; each brings its own imports."""
    match form:
        case "json":
            from ..report.json import json_report  # noqa: PLC0415

            return json_report(judged)
        case "markdown":
            from ..report.markdown import markdown_report  # noqa: PLC0415

            return markdown_report(judged)
        case "sarif":
            from ..load.explanations import explanation  # noqa: PLC0415
            from ..report.sarif import sarif_report  # noqa: PLC0415

            pages = {code: page for code in {finding.code for finding in judged.findings} if (page := explanation(code))}
            return sarif_report(judged, pages)
        case "github":
            from ..report.annotations import annotations_report  # noqa: PLC0415

            return annotations_report(judged)
        case _:
            from ..report.text import text_report  # noqa: PLC0415
            from .terminal import screen  # noqa: PLC0415

            return text_report(judged, screen())
