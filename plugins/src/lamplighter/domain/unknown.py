"""What cannot be computed: unknown is said, and never taken to fit."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Unknown:
    """Why something cannot be computed, and what would make it so."""

    reason: str
    change: str = ""
