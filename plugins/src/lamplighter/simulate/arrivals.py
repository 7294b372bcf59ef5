"""Jobs and when they come: days of a pattern, drawn with a seed. Traces of files are read elsewhere (load/traces.py)."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

HOURS_A_DAY = 24
SECONDS_AN_HOUR = 3600.0
SECONDS_A_DAY = HOURS_A_DAY * SECONDS_AN_HOUR


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A job of a worker. `work_seconds`: how long a lit replica needs for it."""

    at: float
    worker: str
    work_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A day's pattern: visits an hour, for each hour, and the jobs that come together at each visit."""

    says: str
    visits: tuple[float, ...]
    jobs_a_visit: int = 1


def _hours(rates: Mapping[range, float]) -> tuple[float, ...]:
    """Each hour's rate; of several ranges the first that holds the hour."""
    return tuple(next((rate for hours, rate in rates.items() if hour in hours), 0.0) for hour in range(HOURS_A_DAY))


#: Assumptions, not measurements: shapes to try settings on before there is a trace of one's own.
DAYS: Mapping[str, Day] = {
    "quiet": Day(says="a document now and then in office hours, 8 a day", visits=_hours({range(8, 16): 1.0})),
    "office": Day(says="20 an hour in office hours, 4 around them", visits=_hours({range(8, 17): 20.0, range(6, 20): 4.0})),
    "nightly": Day(says="one pile of 400 about two in the night", visits=_hours({range(2, 3): 1.0}), jobs_a_visit=400),
    "bursts": Day(says="piles of 50, three a day", visits=_hours({range(7, 19): 0.25}), jobs_a_visit=50),
    "steady": Day(says="one every two minutes, day and night", visits=_hours({range(HOURS_A_DAY): 30.0})),
}


def arrivals_of(day: Day, worker: str, *, days: int, work_seconds: float, seed: int) -> list[Arrival]:
    """Visits as a Poisson process with each hour's rate: within an hour the gaps are exponential. Sorted by time."""
    # A seed of its own for each worker: another worker's jobs change none of these.
    draw = random.Random(f"{seed} {worker}")  # noqa: S311 (a simulation, no secret)
    found: list[Arrival] = []
    for hour in range(days * HOURS_A_DAY):
        rate = day.visits[hour % HOURS_A_DAY]
        at = hour * SECONDS_AN_HOUR
        end = at + SECONDS_AN_HOUR
        while rate and (at := at + draw.expovariate(rate / SECONDS_AN_HOUR)) < end:
            found += [Arrival(at=at, worker=worker, work_seconds=work_seconds)] * day.jobs_a_visit
    return found
