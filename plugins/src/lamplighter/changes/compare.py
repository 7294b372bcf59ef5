"""From two sides of an environment to what differs between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..domain.usage import CardUsage
from .objects import Edit, edits, masked
from .side import Engine, Money, Side

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved(Generic[T]):
    """A number before and after; None where there was or is none."""

    before: T | None
    after: T | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What a change does to one environment. Maps hold only what differs; `cards` are those of the new side that do."""

    environment: str
    before: Side
    after: Side
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: Mapping[str, tuple[Edit, ...]]
    engines: Mapping[tuple[str, str, str], Moved[Engine]]
    peak_nodes: Mapping[str, Moved[int]]
    wakes: Mapping[str, Moved[float]]
    money: Moved[Money] | None
    cards: tuple[CardUsage, ...]

    @property
    def nothing(self) -> bool:
        """Whether both sides are the same."""
        return self.before == self.after


def compare(environment: str, before: Side, after: Side) -> Change:
    """What differs between two sides of an environment. Of objects nothing is said where a side could not be rendered."""
    old, new = (before.objects, after.objects) if not (before.refused or after.refused) else ({}, {})
    both = old.keys() & new.keys()
    changed = {key: tuple(edits(masked(old[key]), masked(new[key]))) for key in sorted(both)}
    return Change(
        environment=environment,
        before=before,
        after=after,
        added=tuple(sorted(new.keys() - both)),
        removed=tuple(sorted(old.keys() - both)),
        changed={key: found for key, found in changed.items() if found},
        engines=_moved(before.engines, after.engines),
        peak_nodes=_moved(before.peak_nodes, after.peak_nodes),
        wakes=_moved(before.wakes, after.wakes),
        money=None if before.money == after.money else Moved(before=before.money, after=after.money),
        cards=tuple(card for card in after.cards if card not in before.cards),
    )


K = TypeVar("K")


def _moved(before: Mapping[K, T], after: Mapping[K, T]) -> Mapping[K, Moved[T]]:
    keys = [*before, *(key for key in after if key not in before)]
    return {key: Moved(before=before.get(key), after=after.get(key)) for key in keys if before.get(key) != after.get(key)}
