"""`lamplighter diff BASE [HEAD]`: what a change does to each environment, in objects, memory, nodes, money and seconds."""

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..changes.compare import Change

FORMATS = ("text", "markdown", "json")

EPILOG = """\
exit codes: 0 the difference was told, whatever it is, 2 it could not be told

examples:
  lamplighter diff origin/main                    what this branch, and what is not committed, changes
  lamplighter diff v1.4.0 v1.5.0                  between two releases
  lamplighter diff origin/main --format markdown  a pull request's comment
  lamplighter diff origin/main --svg pictures     also pictures/ENV.svg, of every GPU whose memory changes
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "diff",
        help="tell what a change does",
        description="Tells what changes in each environment from where HEAD left BASE: rendered objects, GPU memory, nodes at "
        "the peak, money, and the shortest wake. Values of Secrets are not told.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="BASE", help="a git reference; counted from where HEAD left it")
    parser.add_argument("head", nargs="?", metavar="HEAD", help="another one (default: the files as they are here)")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--svg", type=Path, metavar="FOLDER", help="draw the memory that changes, one picture an environment")
    parser.add_argument("--format", choices=FORMATS, default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the difference."""
    from ..changes.compare import compare  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.environments import CHARTS, FOLDER  # noqa: PLC0415
    from ..load.git import merge_base, write_tree  # noqa: PLC0415
    from ..load.helm import find_helm  # noqa: PLC0415
    from .sides import known_environments, side  # noqa: PLC0415

    find_helm()  # without it every environment would seem to be at fault
    root: Path = arguments.root
    base = merge_base(root, arguments.base, arguments.head or "HEAD")
    with tempfile.TemporaryDirectory(prefix="lamplighter-diff-") as folder:
        before, after = Path(folder) / "before", root
        before.mkdir()
        write_tree(root, base, (FOLDER, CHARTS), before)
        if arguments.head:
            after = Path(folder) / "after"
            after.mkdir()
            write_tree(root, arguments.head, (FOLDER, CHARTS), after)
        names = sorted({*known_environments(before), *known_environments(after)})
        changes = [compare(name, side(before, name), side(after, name)) for name in names]
    if arguments.svg:
        _draw(arguments.svg, changes)
    print(_report(arguments.format, changes, arguments.base, arguments.head or ""))
    return 0


def _draw(folder: Path, changes: "list[Change]") -> None:
    from ..errors import CannotJudge  # noqa: PLC0415
    from .pictures import draw  # noqa: PLC0415

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotJudge(f"{folder} cannot be made: {error.strerror}.", hint="Name another folder.") from error
    for change in changes:
        if change.cards:
            draw(folder / f"{change.environment}.svg", f"{change.environment}: GPU memory that changes", change.cards)


def _report(form: str, changes: "list[Change]", base: str, head: str) -> str:
    match form:
        case "json":
            from ..report.diff_json import diff_json  # noqa: PLC0415

            return diff_json(changes, base=base, head=head)
        case "markdown":
            from ..report.diff_markdown import diff_markdown  # noqa: PLC0415

            return diff_markdown(changes)
        case _:
            from ..report.diff_text import diff_text  # noqa: PLC0415
            from .terminal import screen  # noqa: PLC0415

            return diff_text(changes, screen())
