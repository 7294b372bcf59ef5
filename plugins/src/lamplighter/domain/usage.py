"""Who holds how much of a GPU: what a plan shows of every card."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineUsage:
    """One engine on a card: the bytes of its parts, and what it may have from `start_bytes` on. Parts above that do not fit."""

    worker: str
    model: str
    parts: Mapping[str, int]
    start_bytes: int
    reserved_bytes: int
    reason: str = ""  # why its parts cannot be said; they are empty then

    @property
    def needed_bytes(self) -> int:
        """All parts together."""
        return sum(self.parts.values())

    @property
    def margin_bytes(self) -> int:
        """What is left of what it may have; negative where it does not fit."""
        return self.reserved_bytes - self.needed_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class CardUsage:
    """GPUs of one pool that hold the same. `count` of them at the peak; 0 where a worker may run and need not, or cannot."""

    pool: str
    chip: str
    count: int
    total_bytes: int
    engines: tuple[EngineUsage, ...]

    @property
    def end_bytes(self) -> int:
        """Where the last part, or the last reservation, ends: beyond the card where something does not fit."""
        return max((engine.start_bytes + max(engine.needed_bytes, engine.reserved_bytes) for engine in self.engines), default=0)

    @property
    def fits(self) -> bool:
        """Whether every engine stays within what it may have, and all of them within the card."""
        return self.end_bytes <= self.total_bytes and all(engine.margin_bytes >= 0 for engine in self.engines)
