"""How many requests this process holds open, by worker class: the value of one metric."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


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

    @property
    def total(self) -> int:
        """Over all worker classes."""
        return self._count.total()

    def by_worker(self) -> Mapping[str, int]:
        """The counts now. A class that never held one is missing."""
        return dict(self._count)
