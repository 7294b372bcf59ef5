"""What a change does, as a pull request's comment: the numbers as tables, the objects folded away."""

from collections.abc import Sequence

from ..changes.compare import Change
from .diff_lines import edit_lines, headline, numbers, trouble
from .markdown import MOST_CHARACTERS, cell
from .text import printable

#: By this line a workflow finds the comment to renew.
MARKER = "<!-- lamplighter diff -->"


def diff_markdown(changes: Sequence[Change]) -> str:
    """The whole comment. Environments that do not change share one line; objects that do not fit are counted."""
    blocks = [MARKER, "## lamplighter: what this change does"]
    same = [change.environment for change in changes if change.nothing]
    if same:
        blocks.append(f"Nothing changes in {', '.join(map(cell, same))}.")
    moving = [change for change in changes if not change.nothing]
    blocks += [_environment(change) for change in moving]
    room = MOST_CHARACTERS - sum(len(block) + 2 for block in blocks)
    left_out = 0
    for change in moving:
        block = _objects(change)
        if len(block) <= room:
            blocks.append(block)
            room -= len(block) + 2
        else:
            left_out += 1
    if left_out:
        blocks.append(f"The objects of {left_out} environments do not fit into a comment; `lamplighter diff` prints them.")
    return "\n\n".join(block for block in blocks if block)


def _environment(change: Change) -> str:
    lines = [f"### {cell(headline(change))}"]
    lines += ["", *(f"- ❌ {cell(text)}" for text in trouble(change))] if any(trouble(change)) else []
    rows = [f"| {cell(name)} | {cell(before)} | {cell(after)} |" for name, before, after in numbers(change)]
    if rows:
        lines += ["", "| | before | after |", "| --- | --- | --- |", *rows]
    return "\n".join(lines)


def _objects(change: Change) -> str:
    lines = [f"+ {key}" for key in change.added] + [f"- {key}" for key in change.removed]
    for key, edits in change.changed.items():
        lines += [f"! {key}", *(f"  {line}" for line in edit_lines(edits))]
    if not lines:
        return ""
    # A fence longer than any that stands inside; printable, so that no line breaks out of it.
    body = "\n".join(printable(line).replace("```", "'''") for line in lines)
    summary = f"<details><summary>Objects of {cell(change.environment)}</summary>"
    return f"{summary}\n\n```diff\n{body}\n```\n\n</details>"
