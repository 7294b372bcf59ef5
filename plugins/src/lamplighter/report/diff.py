"""What a change does to environments, for people, for a pull request and for machines: one object, three forms."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ..about import NAME, VERSION
from ..domain.objectdiff import FieldChange, Key, ObjectDiff
from ..findings import Finding
from ..rules.figures import Figures, Memory
from ..units import plain_gib
from .markdown import cell, code
from .memory_text import signed_gib
from .text import printable, text_line

FORMAT = 1
#: By this line a workflow finds the comment to renew.
MARKER = "<!-- lamplighter diff -->"
#: GitHub refuses comments above 65,536 characters.
MOST_CHARACTERS = 60_000
#: Fields of one object in a comment, and signs of a value; JSON has all of them.
MOST_FIELDS = 20
SHOWN_CHARACTERS = 100


class State(StrEnum):
    """How an environment stands on one side."""

    SOUND = "sound"
    REFUSED = "refused"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """An environment before or after. `figures` are None unless its values hold; `reason` says why it is unreadable."""

    state: State
    findings: tuple[Finding, ...] = ()
    figures: Figures | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvironmentDiff:
    """One environment. `objects` is None where one of the sides does not render; `platform` are the fields of platform.yaml."""

    name: str
    before: Side
    after: Side
    objects: ObjectDiff | None
    platform: tuple[FieldChange, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing of it differs."""
        return (
            self.objects is not None
            and self.objects.empty
            and not self.platform
            and self.before.figures == self.after.figures
            and self.before.state == self.after.state
        )

    @property
    def cards_differ(self) -> bool:
        """Whether the memory of a GPU changes."""
        cards = [side.figures.cards if side.figures else () for side in (self.before, self.after)]
        return cards[0] != cards[1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Diff:
    """Two trees by their names, and every environment that one of them has."""

    base: str
    head: str
    environments: tuple[EnvironmentDiff, ...] = field(default=())

    @property
    def changed(self) -> tuple[EnvironmentDiff, ...]:
        """Those that differ."""
        return tuple(one for one in self.environments if not one.same)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Row:
    """One figure before and after, as text; empty where it is not there."""

    name: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


def diff_text(diff: Diff) -> str:
    """In lines."""
    lines = [f"from {printable(diff.base)} to {printable(diff.head)}"]
    for one in diff.changed:
        lines += ["", one.name, *(f"  {line}" for line in _states(one))]
        lines += [f"  {row.name}: {row.before or 'none'} -> {row.after or 'none'}" for row in _rows(one) if row.differs]
        lines += [f"  {line}" for line in _object_lines(one)]
    unchanged = [one.name for one in diff.environments if one.same]
    lines += ["", f"unchanged: {', '.join(unchanged)}"] if unchanged else []
    return "\n".join(lines)


def diff_markdown(diff: Diff) -> str:
    """A pull request's comment."""
    changed = diff.changed
    head = f"## What this changes: {', '.join(cell(one.name) for one in changed) or 'no environment'}"
    blocks = [MARKER, head, f"From {code(diff.base)} to {code(diff.head)}."]
    room = MOST_CHARACTERS - sum(map(len, blocks))
    for one in changed:
        for block in _markdown_blocks(one):
            if len(block) > room:
                blocks.append(f"More of {cell(one.name)} does not fit into a comment; `lamplighter diff` prints it.")
                break
            blocks.append(block)
            room -= len(block) + 2
    unchanged = [cell(one.name) for one in diff.environments if one.same]
    blocks += [f"Unchanged: {', '.join(unchanged)}."] if unchanged else []
    return "\n\n".join(blocks)


def _markdown_blocks(one: EnvironmentDiff) -> Iterator[str]:
    yield f"### {cell(one.name)}"
    if states := _states(one):
        yield "\n".join(f"- {cell(line)}" for line in states)
    rows = [row for row in _rows(one) if row.differs]
    if rows:
        lines = ["| | before | after |", "| --- | --: | --: |"]
        yield "\n".join([*lines, *(f"| {cell(row.name)} | {cell(row.before)} | {cell(row.after)} |" for row in rows)])
    if lines := _object_lines(one):
        text = "\n".join(lines).replace("```", "'''")
        yield f"<details><summary>{_counts(one)}</summary>\n\n```text\n{text}\n```\n\n</details>"


def _states(one: EnvironmentDiff) -> list[str]:
    """What one has to know before the figures: a side that is not there, or does not hold."""
    lines = []
    for side, word in ((one.before, "before"), (one.after, "after")):
        match side.state:
            case State.MISSING:
                lines.append(f"{word}: there is no such environment")
            case State.UNREADABLE:
                lines.append(f"{word}: it could not be judged: {printable(side.reason)}")
            case State.REFUSED:
                lines.append(f"{word}: it is refused, so it was not rendered")
                lines += [f"{word}: {text_line(finding)}" for finding in side.findings[:5]]
            case State.SOUND:
                continue
    return lines


def _rows(one: EnvironmentDiff) -> list[_Row]:
    """Every figure of either side."""
    before, after = one.before.figures, one.after.figures
    sides = (before, after)
    rows = list(_memory_rows(before.memory if before else (), after.memory if after else ()))
    for title, kind in (("nodes at the peak", "peak_nodes"), ("nodes at idle", "idle_nodes")):
        nodes = [getattr(side, kind) if side else {} for side in sides]
        for pool in sorted({*nodes[0], *nodes[1]}):
            rows.append(_Row(name=f"{title}, {pool}", before=_number(nodes[0].get(pool)), after=_number(nodes[1].get(pool))))
    for title, kind in (("an hour at the peak", "peak_cost"), ("an hour at idle", "idle_cost")):
        rows.append(_Row(name=title, before=_money(before, kind), after=_money(after, kind)))
    wakes = [side.wakes if side else {} for side in sides]
    for worker in sorted({*wakes[0], *wakes[1]}):
        seconds = [wake.get(worker) for wake in wakes]
        texts = ["" if one is None else f"{one:.0f} s" for one in seconds]
        rows.append(_Row(name=f"cold start of {worker}, at least", before=texts[0], after=texts[1]))
    return rows


def _memory_rows(before: Sequence[Memory], after: Sequence[Memory]) -> Iterator[_Row]:
    old, new = ({(one.worker, one.model, one.pool): one for one in side} for side in (before, after))
    for key in sorted({*old, *new}):
        worker, model, pool = key
        yield _Row(name=f"GiB of {worker}/{model} on {pool}", before=_memory(old.get(key)), after=_memory(new.get(key)))


def _memory(one: Memory | None) -> str:
    if one is None:
        return ""
    if one.reason:
        return "not known"
    return f"{plain_gib(one.needed_bytes)} of {plain_gib(one.limit_bytes)}, margin {signed_gib(one.margin_bytes)}"


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _money(side: Figures | None, kind: str) -> str:
    if side is None:
        return ""
    cost = getattr(side, kind)
    if cost == 0:
        return "0"
    return "not known" if cost is None else f"{cost:.2f} {side.currency}"


def _counts(one: EnvironmentDiff) -> str:
    objects = one.objects or ObjectDiff()
    counts = ((len(objects.added), "added"), (len(objects.changed), "changed"), (len(objects.removed), "removed"))
    text = ", ".join(f"{number} {word}" for number, word in counts if number)
    return f"Objects: {text}" if text else "Operators"


def _object_lines(one: EnvironmentDiff) -> list[str]:
    objects = one.objects or ObjectDiff()
    lines = [f"+ {_key(key)}" for key in objects.added] + [f"- {_key(key)}" for key in objects.removed]
    for change in objects.changed:
        lines += [f"~ {_key(change.key)}", *_field_lines(change.fields)]
    if one.platform:
        lines += ["~ platform.yaml", *_field_lines(one.platform)]
    return lines


def _field_lines(fields: Sequence[FieldChange]) -> Iterator[str]:
    for change in fields[:MOST_FIELDS]:
        yield f"    {printable(change.path)}: {_short(change.before)} -> {_short(change.after)}"
    if len(fields) > MOST_FIELDS:
        yield f"    and {len(fields) - MOST_FIELDS} more"


def _short(value: str | None) -> str:
    text = "none" if value is None else printable(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"


def _key(key: Key) -> str:
    return f"{key[0]} {key[2]}"


def diff_json(diff: Diff) -> str:
    """Everything, sizes in bytes, costs of an hour."""
    report = {
        "about": {"tool": NAME, "version": VERSION, "format": FORMAT},
        "base": diff.base,
        "head": diff.head,
        "environments": [
            {
                "name": one.name,
                "same": one.same,
                "before": _side(one.before),
                "after": _side(one.after),
                "objects": _objects(one.objects),
                "platform": _fields(one.platform),
            }
            for one in diff.environments
        ],
    }
    return json.dumps(report, indent=2)


def _side(side: Side) -> dict[str, Any]:
    figures = side.figures
    return {
        "state": side.state,
        "reason": side.reason,
        "findings": [
            {"code": one.code, "severity": one.severity, "file": one.place.file, "line": one.place.line}
            | {"sentence": one.sentence, "change": one.change}
            for one in side.findings
        ],
        "figures": figures
        and {
            "memory": [
                {"worker": one.worker, "model": one.model, "pool": one.pool, "reason": one.reason}
                | {"neededBytes": one.needed_bytes, "limitBytes": one.limit_bytes, "marginBytes": one.margin_bytes}
                for one in figures.memory
            ],
            "peakNodes": dict(figures.peak_nodes),
            "idleNodes": dict(figures.idle_nodes),
            "currency": figures.currency,
            "peakCostPerHour": figures.peak_cost,
            "idleCostPerHour": figures.idle_cost,
            "coldStartSeconds": dict(figures.wakes),
        },
    }


def _objects(objects: ObjectDiff | None) -> dict[str, Any] | None:
    if objects is None:
        return None

    def named(key: Key) -> dict[str, str]:
        return dict(zip(("kind", "namespace", "name"), key, strict=True))

    return {
        "added": [named(key) for key in objects.added],
        "removed": [named(key) for key in objects.removed],
        "changed": [{**named(change.key), "fields": _fields(change.fields)} for change in objects.changed],
    }


def _fields(fields: Iterable[FieldChange]) -> list[dict[str, str | None]]:
    return [{"path": change.path, "before": change.before, "after": change.after} for change in fields]
