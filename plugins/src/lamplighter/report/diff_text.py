"""What a change does, for a terminal."""

from collections.abc import Sequence

from ..changes.compare import Change
from .diff_lines import edit_lines, headline, numbers, trouble
from .screen import Screen
from .text import printable


def diff_text(changes: Sequence[Change], screen: Screen) -> str:
    """Environment by environment: numbers first, then objects."""
    lines: list[str] = []
    for change in changes:
        lines.append(screen.painted(printable(headline(change)), "bold"))
        body = [*(f"! {text}" for text in trouble(change)), *_numbers(change)]
        body += [f"+ {key}" for key in change.added] + [f"- {key}" for key in change.removed]
        for key, edits in change.changed.items():
            body += [f"~ {key}", *(f"    {line}" for line in edit_lines(edits))]
        lines += [f"  {printable(line)}" for line in body]
    return "\n".join(lines) or "no environment on either side"


def _numbers(change: Change) -> list[str]:
    rows = list(numbers(change))
    width = max((len(name) for name, _, _ in rows), default=0)
    return [f"{name:<{width}}  {before} → {after}" for name, before, after in rows]
