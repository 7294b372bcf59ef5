"""Proposed settings of a worker's scale beside those that stand, and what both come to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..about import NAME, VERSION
from ..simulate.search import Found, Outcome
from .screen import Screen
from .text import printable

FORMAT = 1


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
    start: Mapping[str, int]
    now: Outcome
    found: Found
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
        f"  {'':<18}{'now':>10}{'proposed':>10}",
    ]
    for name, value in tuning.start.items():
        lines.append(f"  {name:<18}{value:>10}{tuning.found.settings[name]:>10}")
    now, then = tuning.now, tuning.found.outcome
    lines.append(f"  {'p95, seconds':<18}{now.seconds:>10.1f}{then.seconds:>10.1f}")
    lines.append(f"  {f'{tuning.currency} a month':<18}{now.money:>10.2f}{then.money:>10.2f}")
    lines += ["", f"{len(tuning.found.trials)} settings were simulated."]
    if not tuning.met:
        lines.append(screen.painted("None of them keeps the limits; this one misses them by least.", "warning"))
        lines.append("lamplighter compare shows what nodes, disks and weights would change.")
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
    done = outcome.seconds < float("inf")
    return {"p95": outcome.seconds if done else None, "moneyAMonth": outcome.money}
