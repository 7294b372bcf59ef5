"""`lamplighter plan ENV`: who runs where, with how much of each GPU; `--write` makes it the lock that the chart takes."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..report.plan import LockStatus
    from ..rules.layout import Layout
    from ..rules.subject import Subject

EPILOG = """\
exit codes: 0 every worker has its place, 1 something has to change, 2 it could not judge

examples:
  lamplighter plan prod                    pools, memory fractions, and every GPU's memory as bars
  lamplighter plan prod --write            also environments/prod/placement.lock.yaml, to be committed
  lamplighter plan prod --svg memory.svg   also as a picture
  lamplighter plan prod --format json
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "plan",
        help="compute pools and memory fractions, and write the placement lock",
        description="Places every worker at its peak, computes memory fractions, and draws the memory of every GPU.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("environment", metavar="ENV", help="the environment")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--write", action="store_true", help="write environments/ENV/placement.lock.yaml")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the GPUs' memory into this file")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the plan; 1 where a worker has no place, or the environment has to change anyway."""
    from ..findings import Severity  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..report.memory_svg import memory_svg  # noqa: PLC0415
    from ..report.plan import Plan, plan_json, plan_text  # noqa: PLC0415
    from ..report.text import text_line  # noqa: PLC0415
    from ..rules.layout import layout  # noqa: PLC0415
    from .judge import judge_environment  # noqa: PLC0415
    from .pictures import write_picture  # noqa: PLC0415
    from .terminal import screen  # noqa: PLC0415

    root: Path = arguments.root
    judgement = judge_environment(root, arguments.environment, locked=False)
    findings = judgement.besides_the_lock  # the plan is what those about it ask for
    if judgement.subject is None:
        for finding in findings:
            print(text_line(finding), file=sys.stderr)
        print(f"lamplighter: {arguments.environment} cannot be planned before its values hold.", file=sys.stderr)
        return 1
    found = layout(judgement.subject)
    refused = any(finding.severity is Severity.ERROR for finding in findings)
    file, status = _lock(root, arguments.environment, judgement.subject, found, refused=refused, write=arguments.write)
    plan = Plan(environment=arguments.environment, layout=found, findings=findings, lock_file=file, lock_status=status)
    if arguments.svg:
        write_picture(arguments.svg, memory_svg(f"GPU memory of {plan.environment}", plan.layout.cards))
    print(plan_json(plan) if arguments.format == "json" else plan_text(plan, screen()))
    return int(refused or not plan.possible)


def _lock(
    root: Path, environment: str, subject: "Subject", found: "Layout", *, refused: bool, write: bool
) -> tuple[str, "LockStatus"]:
    """The lock's file and how it stands, after it was written where that was asked for and is right."""
    from ..domain.lock import lock_text  # noqa: PLC0415
    from ..load.newfiles import replace_file  # noqa: PLC0415
    from ..report.plan import LockStatus  # noqa: PLC0415

    assert subject.lock is not None  # an environment was judged, not values files
    file, there = subject.lock.file, subject.lock.text
    if refused or set(found.workers) != set(found.placement.workers):
        return file, LockStatus.IMPOSSIBLE
    if there is None and not found.workers:
        return file, LockStatus.NOT_NEEDED
    text = lock_text(environment, subject.lock.inputs, found.workers)
    if text == there:
        return file, LockStatus.CURRENT
    if write:
        replace_file(root / file, text)
        return file, LockStatus.WRITTEN
    return file, LockStatus.MISSING if there is None else LockStatus.DIFFERENT
