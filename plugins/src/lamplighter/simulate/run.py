"""The simulation: arrivals into workers, for so many seconds. The same facts, arrivals and seed give the same record."""

import random
from collections.abc import Callable, Iterable

from .arrivals import Arrival
from .clock import Clock
from .fleet import Fleet
from .lamp import WorkerClass
from .record import Record
from .scenario import Scenario

#: How often progress is told.
REPORTS = 50


def simulate(
    scenario: Scenario,
    arrivals: Iterable[Arrival],
    *,
    seconds: float,
    seed: int,
    progress: Callable[[float], None] | None = None,
) -> Record:
    """What happens from 0 to `seconds`. `progress` is told the part that is done, from 0 to 1.

    Raises KeyError for an arrival of a worker that is not in the scenario.
    """
    clock, record = Clock(), Record(seconds=seconds)
    draw = random.Random(seed)  # noqa: S311 (a simulation, no secret)
    fleet = Fleet(scenario, clock, record, draw)
    workers = {
        name: WorkerClass(
            worker=scenario.workers[name],
            control=scenario.control,
            clock=clock,
            fleet=fleet,
            record=record,
            draw=random.Random(draw.random()),  # noqa: S311
        )
        for name in sorted(scenario.workers)
    }
    pending = iter(sorted((arrival for arrival in arrivals if arrival.at < seconds), key=lambda arrival: arrival.at))

    def next_arrival() -> None:
        """One arrival is an event at a time: a heap of all of them would be slow."""
        if (arrival := next(pending, None)) is not None:

            def comes() -> None:
                workers[arrival.worker].arrive(arrival)
                next_arrival()

            clock.at(arrival.at, comes)

    next_arrival()
    for part in range(1, REPORTS + 1):
        clock.run(seconds * part / REPORTS)
        if progress:
            progress(part / REPORTS)
    fleet.close()
    record.undone = sorted((name, at) for name, worker in workers.items() for at in worker.undone())
    return record
