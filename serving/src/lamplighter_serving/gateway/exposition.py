"""/metrics: the names of `metrics` with the values of the store, in Prometheus' text format.

The values come from PostgreSQL, so each gateway replica says the same: aggregate over replicas with `max`, never with `sum`.
This process's own are `lamplighter_held_requests` and `lamplighter_http_responses_total`, which are summed, and
`lamplighter_database_up` and `lamplighter_last_purge_timestamp_seconds`. They are all that is there while the database is away.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from .. import metrics
from ..queue.job import FINAL_STATES, Depth
from ..queue.store import Presence, Tally

#: A tally has one label; where a metric has two beside `worker`, the tally's label holds both with this between them.
LABEL_SEPARATOR = ","

#: Metrics whose values workers write as tallies.
_TALLIED = (metrics.WAKE_STAGE, metrics.JOB_SECONDS, metrics.ENGINE_VRAM, metrics.TOKENS_TOTAL)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoreFacts:
    """What the metrics show of the queue and its workers."""

    depths: tuple[Depth, ...]
    outcomes: Mapping[tuple[str, str], int]
    tallies: tuple[Tally, ...]
    presences: tuple[Presence, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricFacts:
    """Everything the metrics show, for the named worker classes. `store` is None while the database does not answer."""

    workers: tuple[str, ...]
    store: StoreFacts | None
    held: Mapping[str, int]
    responses: Mapping[int, int]
    last_purge_at: float  # Unix seconds


def exposition(facts: MetricFacts) -> bytes:
    """The text that Prometheus scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(facts))
    return generate_latest(registry)


class _Collector:
    """What prometheus_client asks for metrics."""

    def __init__(self, facts: MetricFacts) -> None:
        self._facts = facts

    def collect(self) -> Iterator[Metric]:
        """All families, also those without samples yet."""
        facts = self._facts
        yield _gauge(metrics.HELD_REQUESTS, {(worker,): facts.held.get(worker, 0) for worker in facts.workers})
        yield _counter(metrics.HTTP_RESPONSES, {(str(code),): count for code, count in sorted(facts.responses.items())})
        yield _gauge(metrics.DATABASE_UP, {(): float(facts.store is not None)})
        yield _gauge(metrics.LAST_PURGE, {(): facts.last_purge_at})
        if facts.store is not None:
            yield from _of_the_store(facts.workers, facts.store)


def _of_the_store(workers: tuple[str, ...], store: StoreFacts) -> Iterator[Metric]:
    yield _gauge(metrics.JOBS, _jobs(store.depths))
    yield _gauge(metrics.OLDEST_JOB_AGE, {(depth.worker,): depth.oldest_age_seconds for depth in store.depths})
    yield _counter(metrics.JOBS_TOTAL, _ended(workers, store.outcomes))
    yield _gauge(metrics.REPLICAS, _replicas(workers, store.presences))
    for metric in _TALLIED:
        yield _FAMILIES[metric.kind](metric, [tally for tally in store.tallies if tally.metric == metric.name])


def _jobs(depths: Iterable[Depth]) -> dict[tuple[str, ...], float]:
    samples: dict[tuple[str, ...], float] = {}
    for depth in depths:
        samples[depth.worker, "queued"] = depth.queued
        samples[depth.worker, "running"] = depth.running
    return samples


def _ended(workers: tuple[str, ...], outcomes: Mapping[tuple[str, str], int]) -> dict[tuple[str, ...], float]:
    # Zeros too: an alert on a rate needs the counter to be there before its first step.
    zeros = {(worker, state.value): 0 for worker in workers for state in sorted(FINAL_STATES)}
    return {labels: float(count) for labels, count in {**zeros, **outcomes}.items()}


def _replicas(workers: tuple[str, ...], presences: Iterable[Presence]) -> dict[tuple[str, ...], float]:
    zeros = {(worker, state): 0 for worker in workers for state in metrics.REPLICA_STATES}
    counted = Counter((presence.worker, presence.state) for presence in presences)
    return {labels: float(count) for labels, count in {**zeros, **counted}.items()}


def _gauge(metric: metrics.Metric, samples: Mapping[tuple[str, ...], float]) -> Metric:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in samples.items():
        family.add_metric(labels, value)
    return family


def _counter(metric: metrics.Metric, samples: Mapping[tuple[str, ...], float]) -> Metric:
    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    for labels, value in samples.items():
        family.add_metric(labels, value)
    return family


def _tallied_gauge(metric: metrics.Metric, tallies: Iterable[Tally]) -> Metric:
    return _gauge(metric, {_labels(tally): tally.total for tally in tallies})


def _tallied_counter(metric: metrics.Metric, tallies: Iterable[Tally]) -> Metric:
    return _counter(metric, {_labels(tally): tally.total for tally in tallies})


def _tallied_histogram(metric: metrics.Metric, tallies: Iterable[Tally]) -> Metric:
    family = HistogramMetricFamily(metric.name, metric.help, labels=metric.labels)
    for tally in tallies:
        edges = [*(str(float(bound)) for bound in tally.bounds), "+Inf"]
        family.add_metric(_labels(tally), list(zip(edges, accumulate(tally.counts), strict=True)), sum_value=tally.total)
    return family


_FAMILIES = {"gauge": _tallied_gauge, "counter": _tallied_counter, "histogram": _tallied_histogram}


def _labels(tally: Tally) -> tuple[str, ...]:
    return (tally.worker, *tally.label.split(LABEL_SEPARATOR))
