"""What people ask of a record: how long until the first result and of what that is made, how many jobs were late."""

from collections.abc import Mapping
from dataclasses import dataclass

from .record import PERCENTILES, STAGES, Record, percentile


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerSummary:
    """One worker. Percentiles are seconds by percent; empty where nothing woke or nothing was done.

    `stages`: each stage's own percentiles, which need not add up; `typical`: the stages of the median wake, which do.
    """

    jobs: int
    done: int
    late: int
    begun_again: int
    wakes: int
    first_result: Mapping[int, float]
    stages: Mapping[str, Mapping[int, float]]
    typical: Mapping[str, float]
    result: Mapping[int, float]


def summaries(record: Record, arrived: Mapping[str, int], late_seconds: float) -> Mapping[str, WorkerSummary]:
    """Each worker of `arrived` (jobs that came, by worker). A job without a result is late once it waited so long."""
    return {name: _summary(record, name, jobs, late_seconds) for name, jobs in arrived.items()}


def _summary(record: Record, name: str, jobs: int, late_seconds: float) -> WorkerSummary:
    lamps = sorted((lamp for lamp in record.lamps if lamp.worker == name), key=lambda lamp: lamp.seconds)
    results = [result for result in record.results if result.worker == name]
    waits = [result.finished - result.arrived for result in results]
    undone = [at for worker, at in record.undone if worker == name]
    return WorkerSummary(
        jobs=jobs,
        done=len(results),
        late=sum(wait > late_seconds for wait in waits) + sum(record.seconds - at > late_seconds for at in undone),
        begun_again=sum(result.attempts - 1 for result in results),
        wakes=len(lamps),
        first_result=_percentiles([lamp.seconds for lamp in lamps]),
        stages={stage: _percentiles([lamp.stages[stage] for lamp in lamps]) for stage in STAGES} if lamps else {},
        typical=dict(lamps[(len(lamps) - 1) // 2].stages) if lamps else {},
        result=_percentiles(waits),
    )


def _percentiles(values: list[float]) -> Mapping[int, float]:
    return {percent: percentile(values, percent) for percent in PERCENTILES} if values else {}
