"""Choices side by side, for people and for machines: seconds and money of each, and which are worth a thought."""

import json
from dataclasses import dataclass
from typing import Any

from ..about import NAME, VERSION
from ..findings import Finding
from ..simulate.cost import Cost
from ..simulate.summary import WorkerSummary
from .json import finding_json
from .screen import Screen
from .simulation import by_percent, cost_json
from .text import printable, text_line

FORMAT = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One choice. `best`: no other is as fast and as cheap, and better in one."""

    name: str
    worker: WorkerSummary
    cost: Cost
    best: bool
    assumes: str

    @property
    def seconds(self) -> float:
        """What 95 of 100 jobs wait at the most, from arrival to result."""
        return self.worker.result[95]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """All of them under the same arrivals."""

    environment: str
    worker: str
    load: str
    seed: int
    tried: tuple[str, ...]
    compared: tuple[Compared, ...]
    undone: tuple[str, ...]  # names of choices under which no job had a result
    findings: tuple[Finding, ...]
    left_out: tuple[str, ...]


def comparison_text(comparison: Comparison, screen: Screen) -> str:
    """A table, the cheapest first."""
    tried = f"; what if {', '.join(comparison.tried)}" if comparison.tried else ""
    title = f"{comparison.environment}, worker {comparison.worker}: {comparison.load}; seed {comparison.seed}{tried}"
    rows = sorted(comparison.compared, key=lambda one: (one.cost.total, one.seconds))
    currency = rows[0].cost.currency if rows else ""
    width = max((len(one.name) for one in rows), default=0)
    head = f"  {'':<{width}}{'result p50':>12}{'p95':>8}{'first p95':>11}{'late':>6}{f'{currency}/month':>12}  "
    lines = [screen.painted(printable(title), "bold"), "", head + "of it: waking, idle, disks, registry"]
    for one in rows:
        first = f"{one.worker.first_result[95]:.0f}" if one.worker.first_result else "-"
        numbers = f"{one.worker.result[50]:>12.0f}{one.seconds:>8.0f}{first:>11}{one.worker.late:>6}{one.cost.total:>12.2f}"
        parts = ", ".join(f"{part:.2f}" for part in (one.cost.waking, one.cost.idle, one.cost.disks, one.cost.registry))
        assumes = f"  [{one.assumes}]" if one.assumes else ""
        line = printable(f"{'*' if one.best else ' '} {one.name:<{width}}{numbers}  {parts}{assumes}")
        lines.append(screen.painted(line, "good") if one.best else line)
    lines += ["", "* nothing else is as fast and as cheap. Seconds are from a job's arrival to its result."]
    lines += [printable(f"Nothing was done with: {name}.") for name in comparison.undone]
    lines += [
        printable(f"Not counted: {sentence}.") for sentence in dict.fromkeys(s for one in rows for s in one.cost.left_out)
    ]
    lines += [printable(sentence) for sentence in comparison.left_out]
    lines += [text_line(finding) for finding in comparison.findings]
    return "\n".join(lines)


def comparison_json(comparison: Comparison) -> str:
    """The same for machines."""
    report = {
        "about": {"tool": NAME, "version": VERSION, "format": FORMAT},
        "environment": comparison.environment,
        "worker": comparison.worker,
        "load": comparison.load,
        "seed": comparison.seed,
        "whatIf": list(comparison.tried),
        "choices": [_compared(one) for one in comparison.compared],
        "nothingDone": list(comparison.undone),
        "notSimulated": list(comparison.left_out),
        "findings": [finding_json(finding) for finding in comparison.findings],
    }
    return json.dumps(report, indent=2)


def _compared(one: Compared) -> dict[str, Any]:
    return {
        "name": one.name,
        "best": one.best,
        "assumes": one.assumes,
        "result": by_percent(one.worker.result),
        "firstResult": by_percent(one.worker.first_result),
        "wakes": one.worker.wakes,
        "late": one.worker.late,
        "cost": cost_json(one.cost),
    }
