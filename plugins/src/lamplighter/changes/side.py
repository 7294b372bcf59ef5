"""One environment as it stands on one side of a change: what it renders, and what that needs and costs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..domain.usage import CardUsage

#: Hours of a month, as clouds count it (8,760 / 12).
MONTH_HOURS = 730.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Engine:
    """Bytes of one engine on one card; `limit_bytes` is what it may have there. No numbers: `reason` says why."""

    needed_bytes: int
    limit_bytes: int
    verdict: str
    reason: str = ""

    @property
    def margin_bytes(self) -> int:
        """What is left; negative where it does not fit."""
        return self.limit_bytes - self.needed_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Money:
    """Prices of nodes an hour; None where a pool that counts has none. Disks and traffic are not in it."""

    idle: float | None
    peak: float | None
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """`absent`: there is no such environment here. `refused`: why it cannot be rendered; then there are no objects.

    Objects are keyed `Kind namespace/name`, engines by (worker, model, pool), wakes by worker in seconds (at least).
    """

    absent: bool = False
    refused: tuple[str, ...] = ()
    objects: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    engines: Mapping[tuple[str, str, str], Engine] = field(default_factory=dict)
    peak_nodes: Mapping[str, int] = field(default_factory=dict)
    wakes: Mapping[str, float] = field(default_factory=dict)
    money: Money = field(default_factory=lambda: Money(idle=None, peak=None, currency=""))
    cards: tuple[CardUsage, ...] = ()
