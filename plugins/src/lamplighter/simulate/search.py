"""Settings that cost least and are fast enough, found without derivatives: one block of settings after the other.

A block coordinate search: each block is tried over all its values while the others stand, the best is kept, and it goes round
until nothing gets better. Settings that only help together belong into one block. Money over a few discrete settings has few
valleys, and every run is deterministic, so nothing larger is needed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

#: A setting's value: a number, or a word such as a lifecycle's.
Value = int | str


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a trial came to. `seconds`: infinite where nothing was done."""

    seconds: float
    money: float

    def rank(self, most_seconds: float, most_money: float | None) -> tuple[float, float, float]:
        """Smaller is better: first what misses the limits by least, then what costs least, then what is fastest."""
        missed = max(0.0, self.seconds / most_seconds - 1)
        if most_money is not None:
            missed += max(0.0, self.money - most_money) / max(most_money, 0.01)
        return missed, self.money, self.seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The best settings, their outcome, and every trial on the way in its order."""

    settings: Mapping[str, Value]
    outcome: Outcome
    trials: Sequence[tuple[Mapping[str, Value], Outcome]]


class Trials:
    """Asks once for the same settings, and keeps every answer in its order."""

    def __init__(self, attempt: Callable[[Mapping[str, Value]], Outcome]) -> None:
        self._attempt = attempt
        self._known: dict[tuple[tuple[str, Value], ...], Outcome] = {}
        self.made: list[tuple[Mapping[str, Value], Outcome]] = []

    def outcome_of(self, settings: Mapping[str, Value]) -> Outcome:
        """What these settings come to."""
        key = tuple(sorted(settings.items()))
        if key not in self._known:
            self._known[key] = self._attempt(settings)
            self.made.append((dict(settings), self._known[key]))
        return self._known[key]


def search(
    start: Mapping[str, Value],
    blocks: Sequence[Sequence[Mapping[str, Value]]],
    attempt: Callable[[Mapping[str, Value]], Outcome],
    *,
    most_seconds: float,
    most_money: float | None = None,
) -> Found:
    """The best of what was tried from `start` on; it is never worse. `attempt` is asked once for the same settings."""
    trials = Trials(attempt)
    outcome_of = trials.outcome_of
    best = dict(start)
    better = True
    while better:
        better = False
        for block in blocks:
            for change in block:
                other = best | dict(change)
                if outcome_of(other).rank(most_seconds, most_money) < outcome_of(best).rank(most_seconds, most_money):
                    best, better = other, True
    return Found(settings=best, outcome=outcome_of(best), trials=trials.made)
