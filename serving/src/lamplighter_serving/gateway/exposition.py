"""/metrics: the names of `metrics` with the values of the store, in Prometheus' text format.

The values come from PostgreSQL, so each gateway replica says the same: aggregate over replicas with `max`, never with `sum`.
Only `lamplighter_held_requests` is this process's own; that one is summed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from .. import metrics
from ..queue.job import FINAL_STATES, Depth
from ..queue.store import Tally

#: A tally has one label; where a metric has two beside `worker`, the tally's label holds both with this between them.
LABEL_SEPARATOR = ","

#: Metrics whose values workers write as tallies.
_TALLIED = (metrics.WAKE_STAGE, metrics.JOB_SECONDS, metrics.ENGINE_VRAM, metrics.TOKENS_TOTAL)


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricFacts:
    """Everything the metrics show, for the named worker classes."""

    workers: tuple[str, ...]
    depths: tuple[Depth, ...]
    outcomes: Mapping[tuple[str, str], int]
    tallies: tuple[Tally, ...]
    held: Mapping[str, int]


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
        yield _gauge(metrics.JOBS, _jobs(self._facts.depths))
        yield _gauge(metrics.OLDEST_JOB_AGE, {(depth.worker,): depth.oldest_age_seconds for depth in self._facts.depths})
        yield _counter(metrics.JOBS_TOTAL, _ended(self._facts))
        yield _gauge(metrics.HELD_REQUESTS, {(worker,): self._facts.held.get(worker, 0) for worker in self._facts.workers})
        for metric in _TALLIED:
            yield _FAMILIES[metric.kind](metric, [tally for tally in self._facts.tallies if tally.metric == metric.name])


def _jobs(depths: Iterable[Depth]) -> dict[tuple[str, ...], float]:
    samples: dict[tuple[str, ...], float] = {}
    for depth in depths:
        samples[depth.worker, "queued"] = depth.queued
        samples[depth.worker, "running"] = depth.running
    return samples


def _ended(facts: MetricFacts) -> dict[tuple[str, ...], float]:
    # Zeros too: an alert on a rate needs the counter to be there before its first step.
    zeros = {(worker, state.value): 0 for worker in facts.workers for state in sorted(FINAL_STATES)}
    return {labels: float(count) for labels, count in {**zeros, **facts.outcomes}.items()}


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
