"""A measured speed, and the bounds that a measurement keeps."""

import time
from collections.abc import Callable
from dataclasses import dataclass

MIB = 1024 * 1024

#: Told the bytes so far and the bytes there are at most.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Speed:
    """Bytes in so many seconds. `how`: what was read and in which way, for whoever compares two of them."""

    size_bytes: int
    seconds: float
    how: str

    @property
    def mibps(self) -> float:
        """MiB a second."""
        return self.size_bytes / MIB / self.seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """What one measurement takes at most: it stops at whichever comes first."""

    most_bytes: int
    most_seconds: float


class Meter:
    """Counts bytes until the bounds are reached."""

    def __init__(self, bounds: Bounds, tell: Progress) -> None:
        self._bounds, self._tell = bounds, tell
        self._began = time.monotonic()
        self.size_bytes = 0

    @property
    def seconds(self) -> float:
        """Since the first byte was asked for."""
        return time.monotonic() - self._began

    @property
    def full(self) -> bool:
        """Whether a bound is reached."""
        return self.size_bytes >= self._bounds.most_bytes or self.seconds >= self._bounds.most_seconds

    def add(self, size_bytes: int) -> None:
        """So many more bytes are here."""
        self.size_bytes += size_bytes
        self._tell(self.size_bytes, self._bounds.most_bytes)

    def speed(self, how: str) -> Speed:
        """What came of it."""
        return Speed(size_bytes=self.size_bytes, seconds=max(self.seconds, 1e-9), how=how)
