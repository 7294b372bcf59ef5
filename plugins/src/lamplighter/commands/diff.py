"""`lamplighter diff BASE [HEAD]`: what a change does to every environment, in objects, GPU memory, nodes, money and seconds."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..domain.objectdiff import FieldChange
    from ..report.diff import Diff, EnvironmentDiff, Side

#: What the working tree is called in reports.
WORKING_TREE = "the working tree"

EPILOG = """\
exit codes: 0 compared, 1 an environment is refused afterwards, 2 it could not judge

examples:
  lamplighter diff main                          what this branch, and what is not committed, changes
  lamplighter diff origin/main HEAD              two commits; nothing is checked out
  lamplighter diff main --environment prod       one environment (may be given several times)
  lamplighter diff main --format markdown        a pull request's comment
  lamplighter diff main --svg pictures/          the GPUs whose memory changes, before and after
  lamplighter diff main --format json

Idle is every worker at its least replicas. A cold start counts what somebody measured, so it is a lower bound. Operators are
not rendered: of platform.yaml the values are compared.
"""


def add_parser(commands: Any) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "diff",
        help="say what a change does to environments",
        description="Tells what a branch, or the working tree, does to every environment since it left BASE.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="BASE", help="a git revision; counted from where HEAD left it")
    parser.add_argument("head", metavar="HEAD", nargs="?", help="another one (default: the working tree)")
    parser.add_argument("--environment", action="append", default=[], metavar="ENV", help="only this one")
    parser.add_argument("--root", type=Path, default=Path(), help="the repository (default: here)")
    parser.add_argument("--svg", type=Path, metavar="FOLDER", help="draw the GPUs whose memory changes into this folder")
    forms = ("text", "markdown", "json")
    parser.add_argument("--format", choices=forms, default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Prints the comparison; 1 where an environment is refused afterwards."""
    from ..load.git import start_of  # noqa: PLC0415 (the parser alone should cost nothing)
    from ..load.helm import find_helm  # noqa: PLC0415
    from ..load.revision import tree_at  # noqa: PLC0415
    from ..report.diff import Diff, State, diff_json, diff_markdown, diff_text  # noqa: PLC0415

    root: Path = arguments.root
    find_helm()  # without it no side could be rendered, which says nothing of the environments
    with ExitStack() as trees:
        # What BASE did since is not this branch's.
        before = trees.enter_context(tree_at(root, start_of(root, arguments.base, arguments.head or "HEAD")))
        after = trees.enter_context(tree_at(root, arguments.head)) if arguments.head else root
        names = _names(before, after, arguments.environment)
        compared = tuple(_compared(before, after, name) for name in names)
    diff = Diff(base=arguments.base, head=arguments.head or WORKING_TREE, environments=compared)
    if arguments.svg:
        _draw(arguments.svg, diff)
    form = {"json": diff_json, "markdown": diff_markdown, "text": diff_text}[arguments.format]
    print(form(diff))
    return int(any(one.after.state in (State.REFUSED, State.UNREADABLE) for one in compared))


def _names(before: Path, after: Path, wanted: list[str]) -> list[str]:
    """The environments of either side. Raises `CannotJudge` for one that is in neither."""
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..load.environments import FOLDER  # noqa: PLC0415

    there = sorted({path.parent.name for root in (before, after) for path in (root / FOLDER).glob("*/environment.yaml")})
    for name in wanted:
        if name not in there:
            raise CannotJudge(f"Neither side has an environment {name}.", hint=f"There are: {', '.join(there) or 'none'}.")
    return list(dict.fromkeys(wanted)) or there


def _compared(before: Path, after: Path, name: str) -> "EnvironmentDiff":
    from ..domain.objectdiff import object_diff  # noqa: PLC0415
    from ..report.diff import EnvironmentDiff, State  # noqa: PLC0415

    old, old_objects = _side(before, name)
    new, new_objects = _side(after, name)
    both = all(side.state in (State.SOUND, State.MISSING) for side in (old, new))
    return EnvironmentDiff(
        name=name,
        before=old,
        after=new,
        objects=object_diff(old_objects, new_objects) if both else None,
        platform=tuple(_platform(before, after, name)),
    )


def _side(root: Path, name: str) -> tuple["Side", list[dict[str, Any]]]:
    """An environment of one tree, and its objects if it renders."""
    from ..errors import PluginError  # noqa: PLC0415
    from ..load.manifests import rendered_objects  # noqa: PLC0415
    from ..report.diff import Side, State  # noqa: PLC0415
    from ..rules.figures import figures  # noqa: PLC0415
    from .judge import judge_environment  # noqa: PLC0415
    from .rendered import render_judged  # noqa: PLC0415

    if not (root / "environments" / name / "environment.yaml").is_file():
        return Side(state=State.MISSING), []
    try:
        judgement = judge_environment(root, name)
        known = figures(judgement.subject) if judgement.subject else None
        if judgement.refused:
            return Side(state=State.REFUSED, findings=judgement.findings, figures=known), []
        manifests = render_judged(root, judgement)
    except PluginError as error:
        return Side(state=State.UNREADABLE, reason=f"{error.sentence} {error.hint}".strip()), []
    objects = [dict(one.data) for one in rendered_objects(manifests or "")]
    return Side(state=State.SOUND, findings=judgement.findings, figures=known), objects


def _platform(before: Path, after: Path, name: str) -> "list[FieldChange]":
    from ..domain.objectdiff import field_changes  # noqa: PLC0415
    from ..load.files import Files  # noqa: PLC0415

    file = f"environments/{name}/platform.yaml"
    layers = [Files(root).layer(file) for root in (before, after)]
    old, new = (layer.data if layer else {} for layer in layers)
    return list(field_changes(old, new))


def _draw(folder: Path, diff: "Diff") -> None:
    from ..errors import CannotJudge  # noqa: PLC0415
    from ..report.memory_svg import memory_svg  # noqa: PLC0415

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in diff.changed:
            if not one.cards_differ:
                continue
            for side, word in ((one.before, "before"), (one.after, "after")):
                if side.figures:
                    picture = memory_svg(f"GPU memory of {one.name}, {word}", side.figures.cards)
                    (folder / f"{one.name}-{word}.svg").write_text(picture, encoding="utf-8")
    except OSError as error:
        raise CannotJudge(f"{folder} cannot be written: {error.strerror}.", hint="Name a folder that can be made.") from error
