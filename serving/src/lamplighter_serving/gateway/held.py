"""How many requests this process holds open, by worker class: the value of one metric."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Self


class HeldRequests:
    """Counts requests that wait for a job to end or a lamp to be lit."""

    def __init__(self) -> None:
        self._count: Counter[str] = Counter()

    @contextmanager
    def holding(self, worker: str) -> Iterator[None]:
        """Counts one request for the length of the block."""
        self._count[worker] += 1
        try:
            yield
        finally:
            self._count[worker] -= 1

    def place(self, worker: str, *, most: int) -> "Place | None":
        """A place that is kept until it is left, None when `most` requests wait already."""
        if self.total >= most:
            return None
        self._count[worker] += 1
        return Place(self._count, worker)

    @property
    def total(self) -> int:
        """Over all worker classes."""
        return self._count.total()

    def by_worker(self) -> Mapping[str, int]:
        """The counts now. A class that never held one is missing."""
        return dict(self._count)


class Place:
    """One request that waits, counted until `leave`. Leaving twice is leaving once."""

    def __init__(self, count: Counter[str], worker: str) -> None:
        self._count = count
        self._worker: str | None = worker

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.leave()

    def leave(self) -> None:
        """Makes room."""
        if self._worker is not None:
            self._count[self._worker] -= 1
            self._worker = None
