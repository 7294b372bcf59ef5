"""What a change does, as lines that both the terminal and a pull request's comment show: headlines, numbers, edits."""

import json
from collections.abc import Iterator

from ..changes.compare import Change, Moved
from ..changes.objects import ABSENT, Edit
from ..changes.side import MONTH_HOURS, Engine, Money, Side
from ..units import plain_gib
from .memory_text import signed_gib

#: Longer values are cut: a person wants to know that they changed.
VALUE_CHARACTERS = 60
#: Edits of one object that are told one by one.
MOST_EDITS = 12


def headline(change: Change) -> str:
    """One line on the whole environment."""
    if change.before.absent:
        return f"{change.environment}: new"
    if change.after.absent:
        return f"{change.environment}: removed"
    if change.nothing:
        return f"{change.environment}: nothing changes"
    if change.after.refused:
        return f"{change.environment}: {'still ' if change.before.refused else ''}cannot be rendered"
    if change.before.refused:
        return f"{change.environment}: can be rendered again"
    counts = (("added", len(change.added)), ("changed", len(change.changed)), ("removed", len(change.removed)))
    objects = ", ".join(f"{number} {what}" for what, number in counts if number)
    return f"{change.environment}: {f'objects {objects}' if objects else 'the same objects'}"


def trouble(change: Change) -> Iterator[str]:
    """Why a side has no objects."""
    for when, one in (("before", change.before), ("now", change.after)):
        yield from (f"{when}: {reason}" for reason in one.refused)


def numbers(change: Change) -> Iterator[tuple[str, str, str]]:
    """What differs in numbers: name, before, after."""
    for (worker, model, pool), moved in change.engines.items():
        yield f"{worker}: {model} on {pool}, GiB", engine_text(moved.before), engine_text(moved.after)
    for pool, nodes in change.peak_nodes.items():
        yield f"nodes of {pool} at the peak", _number(nodes.before), _number(nodes.after)
    for worker, seconds in change.wakes.items():
        yield f"{worker}: wake takes at least, s", _seconds(seconds), _seconds(seconds, after=True)
    if change.money is not None:
        yield from _money(change.money)


def engine_text(engine: Engine | None) -> str:
    """`needs 5.2 of 6.9 (+1.7)`."""
    if engine is None:
        return "–"
    if engine.reason:
        return f"unknown: {engine.reason}"
    needs, limit, margin = plain_gib(engine.needed_bytes), plain_gib(engine.limit_bytes), signed_gib(engine.margin_bytes)
    return f"needs {needs} of {limit} ({margin})"


def edit_lines(edits: tuple[Edit, ...]) -> Iterator[str]:
    """Each edit in one line, the first ones of many."""
    for edit in edits[:MOST_EDITS]:
        if edit.before is ABSENT:
            yield f"+ {edit.path}: {value_text(edit.after)}"
        elif edit.after is ABSENT:
            yield f"- {edit.path}: {value_text(edit.before)}"
        else:
            yield f"~ {edit.path}: {_both(edit)}"
    if len(edits) > MOST_EDITS:
        yield f"and {len(edits) - MOST_EDITS} more places"


def value_text(value: object) -> str:
    """A value in one line, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= VALUE_CHARACTERS else f"{text[: VALUE_CHARACTERS - 1]}…"


def side_state(one: Side) -> str:
    """One word on a side."""
    return "absent" if one.absent else "refused" if one.refused else "rendered"


def _both(edit: Edit) -> str:
    old, new = value_text(edit.before), value_text(edit.after)
    if old == new:  # they differ beyond the cut, or in their spaces
        return f"{old} (changed further on)"
    return f"{old} → {new}"


def _money(moved: Moved[Money]) -> Iterator[tuple[str, str, str]]:
    for name, per_hour in (("idle", "idle"), ("at the peak", "peak")):
        before, after = (_amount(side, per_hour) for side in (moved.before, moved.after))
        if before != after:
            yield f"nodes {name}, a month", before, after


def _amount(money: Money | None, name: str) -> str:
    amount = None if money is None else getattr(money, name)
    return "–" if money is None or amount is None else f"{amount * MONTH_HOURS:,.0f} {money.currency}".strip()


def _number(number: int | None) -> str:
    return "0" if number is None else str(number)


def _seconds(moved: Moved[float], *, after: bool = False) -> str:
    seconds = moved.after if after else moved.before
    return "–" if seconds is None else f"{seconds:.0f}"
