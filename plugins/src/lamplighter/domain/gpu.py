"""GPU chips: what memory one really has."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuChip:
    """A chip. `memory_bytes` is the least total that its driver was seen to report, never the number on the box."""

    key: str
    memory_bytes: int
