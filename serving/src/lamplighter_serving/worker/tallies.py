"""What this process counts: wake stages, phases of jobs, tokens. Kept in memory, written whole with every heartbeat.

The values are absolute since the process started, so a write that is repeated or lost changes nothing in the end.
"""

from bisect import bisect_left

from ..metrics import JOB_SECONDS, TOKENS_TOTAL, WAKE_STAGE, Metric
from ..queue.store import Tally


class Tallies:
    """The counters and histograms of one worker process."""

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._histograms: dict[tuple[Metric, str], tuple[list[int], list[float]]] = {}
        self._counters: dict[tuple[Metric, str], float] = {}

    def stage(self, stage: str, seconds: float) -> None:
        """A wake stage took so long."""
        self._observe(WAKE_STAGE, stage, seconds)

    def phase(self, phase: str, seconds: float) -> None:
        """A phase of a job took so long."""
        self._observe(JOB_SECONDS, phase, seconds)

    def tokens(self, kind: str, count: int) -> None:
        """The engine read (prompt) or wrote (completion) so many tokens."""
        key = (TOKENS_TOTAL, kind)
        self._counters[key] = self._counters.get(key, 0.0) + count

    def read(self) -> list[Tally]:
        """Everything counted so far."""
        histograms = [
            self._tally(metric, label, metric.bounds, tuple(counts), sum(values))
            for (metric, label), (counts, values) in self._histograms.items()
        ]
        counters = [self._tally(metric, label, (), (0,), total) for (metric, label), total in self._counters.items()]
        return histograms + counters

    def _observe(self, metric: Metric, label: str, seconds: float) -> None:
        counts, total = self._histograms.setdefault((metric, label), ([0] * (len(metric.bounds) + 1), [0.0]))
        # A bucket holds what is less than or equal to its bound, as Prometheus counts.
        counts[bisect_left(metric.bounds, seconds)] += 1
        total[0] += seconds

    def _tally(self, metric: Metric, label: str, bounds: tuple[float, ...], counts: tuple[int, ...], total: float) -> Tally:
        return Tally(worker=self._worker, metric=metric.name, label=label, bounds=bounds, counts=counts, total=total)
