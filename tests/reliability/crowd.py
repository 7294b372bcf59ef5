"""Clients by the dozen: each submits its share of invoices with pauses and follows every job to its end."""

import random
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from reliability import invoices
from reliability.client import PatientClient, Trouble
from reliability.fleet import Fleet

CLIENTS = 8
JOBS_EACH = 8
JOBS = CLIENTS * JOBS_EACH


@dataclass(kw_only=True, slots=True)
class Told:
    """What clients have to tell: job id to invoice number, job id to the events of its stream, and the trouble they had."""

    submitted: dict[str, int] = field(default_factory=dict)
    streams: dict[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    trouble: Trouble = field(default_factory=Trouble)


class Crowd:
    """Eight clients with eight jobs each, at work while the block lasts. The seed decides their pauses."""

    def __init__(self, fleet: Fleet, *, seed: int, pause_seconds: float) -> None:
        """`pause_seconds`: a client's mean pause before each submission."""
        self._fleet = fleet
        self._seed = seed
        self._pause_seconds = pause_seconds
        self._pool = ThreadPoolExecutor(CLIENTS, thread_name_prefix="client")
        self._tasks: list[Future[Told]] = []

    def __enter__(self) -> Self:
        self._tasks = [self._pool.submit(self._client, place) for place in range(CLIENTS)]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._pool.shutdown()

    def told(self) -> Told:
        """Waits for all of them. Raises what went wrong with one."""
        all_told = Told()
        for task in self._tasks:
            one = task.result()
            all_told.submitted |= one.submitted
            all_told.streams |= one.streams
            all_told.trouble.add(one.trouble)
        return all_told

    def _client(self, place: int) -> Told:
        chance = random.Random(f"{self._seed} client {place}")
        with PatientClient(self._fleet.addresses, self._fleet.key, first=place) as client:
            told = Told(trouble=client.trouble)
            for number in range(place * JOBS_EACH, (place + 1) * JOBS_EACH):
                time.sleep(chance.uniform(0.0, 2 * self._pause_seconds))
                job_id = client.submit(invoices.document(number), f"{number}.txt", invoices.EXTRACTOR)
                told.submitted[job_id] = number
            told.streams = {job_id: client.follow(job_id) for job_id in told.submitted}
            return told
