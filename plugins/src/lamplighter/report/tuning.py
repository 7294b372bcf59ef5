"""Proposed settings of a worker's scale beside those that stand, and what both come to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..about import NAME, VERSION
from ..simulate.search import Found, Outcome, Value
from .screen import Screen
from .text import printable

FORMAT = 1
#: Settings that stand in scale.yaml; the order of pools is the lock's, and lifecycles are the cluster's.
SCALE_KEYS = ("min", "jobsPerReplica", "cooldownSeconds")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuning:
    """What was asked for, what stands and what was found. `file`: the scale.yaml that was written; empty for none."""

    environment: str
    worker: str
    load: str
    seed: int
    most_seconds: float
    most_money: float | None
    currency: str
    start: Mapping[str, Value]
    now: Outcome
    found: Found
    method: str
    file: str

    @property
    def met(self) -> bool:
        """Whether the proposal keeps both limits."""
        money = self.most_money is None or self.found.outcome.money <= self.most_money
        return self.found.outcome.seconds <= self.most_seconds and money


def tuning_text(tuning: Tuning, screen: Screen) -> str:
    """Both side by side."""
    asked = f"p95 of results within {tuning.most_seconds:g} s"
    if tuning.most_money is not None:
        asked += f", at most {tuning.most_money:g} {tuning.currency} a month"
    lines = [
        screen.painted(
            printable(f"{tuning.environment}, worker {tuning.worker}: {asked}; {tuning.load}; seed {tuning.seed}"), "bold"
        ),
        "",
    ]
    now, then = tuning.now, tuning.found.outcome
    rows = [("", "now", "proposed")]
    rows += [(printable(name), str(value), str(tuning.found.settings[name])) for name, value in tuning.start.items()]
    rows.append(("p95, seconds", f"{now.seconds:.1f}", f"{then.seconds:.1f}"))
    rows.append((f"{tuning.currency} a month", f"{now.money:.2f}", f"{then.money:.2f}"))
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines += [f"  {one:<{widths[0]}}  {two:>{widths[1]}}  {three:>{widths[2]}}" for one, two, three in rows]
    lines += ["", f"{len(tuning.found.trials)} settings were simulated ({tuning.method})."]
    if not tuning.met:
        lines.append(screen.painted("None of them keeps the limits; this one misses them by least.", "warning"))
        lines.append("lamplighter compare shows what nodes, disks and weights would change.")
    others = [name for name, value in tuning.start.items() if tuning.found.settings[name] != value and name not in SCALE_KEYS]
    if others:
        lines.append(f"Not in scale.yaml, to be changed by hand: {', '.join(others)}.")
    if tuning.file:
        lines.append(f"{tuning.file}: written")
    return "\n".join(lines)


def tuning_json(tuning: Tuning) -> str:
    """The same for machines, with every trial."""
    report = {
        "about": {"tool": NAME, "version": VERSION, "format": FORMAT},
        "environment": tuning.environment,
        "worker": tuning.worker,
        "load": tuning.load,
        "seed": tuning.seed,
        "method": tuning.method,
        "mostSeconds": tuning.most_seconds,
        "mostMoney": tuning.most_money,
        "currency": tuning.currency,
        "met": tuning.met,
        "now": {"settings": dict(tuning.start)} | _outcome(tuning.now),
        "proposed": {"settings": dict(tuning.found.settings)} | _outcome(tuning.found.outcome),
        "trials": [{"settings": dict(settings)} | _outcome(outcome) for settings, outcome in tuning.found.trials],
        "written": tuning.file,
    }
    return json.dumps(report, indent=2)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    infinite = float("inf")
    return {
        "p95": outcome.seconds if outcome.seconds < infinite else None,
        "moneyAMonth": outcome.money if outcome.money < infinite else None,
    }
