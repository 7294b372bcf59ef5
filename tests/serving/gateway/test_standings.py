"""Where jobs stand, for many who wait at once."""

import asyncio
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from lamplighter_serving.errors import JobNotFound, StoreUnavailable
from lamplighter_serving.gateway.standings import Standings
from lamplighter_serving.queue.job import JobState, NewJob, Standing
from lamplighter_serving.queue.memory import MemoryStore


class CountingStore(MemoryStore):
    """Counts the questions, and fails them when told to."""

    def __init__(self) -> None:
        super().__init__(lambda: datetime.now(UTC))
        self.questions: list[int] = []
        self.away = False

    async def standings(self, job_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
        self.questions.append(len(job_ids))
        await asyncio.sleep(0.01)
        if self.away:
            raise StoreUnavailable("The database did not answer.")
        return await super().standings(job_ids)


def test_a_thousand_who_look_up_at_once_are_one_question_and_latecomers_another() -> None:
    async def main() -> None:
        store = CountingStore()
        jobs = [(await store.submit(NewJob(tenant="t", worker="w", request={}), b"")).job for _ in range(1000)]
        standings = Standings(store)
        first = asyncio.gather(*(standings.of(job.id) for job in jobs), standings.of(jobs[0].id))
        await asyncio.sleep(0.005)
        late = await asyncio.gather(*(standings.of(job.id) for job in jobs[:5]))
        assert {standing.state for standing in [*await first, *late]} == {JobState.QUEUED}
        assert store.questions == [1000, 5]

    asyncio.run(main())


def test_an_answer_that_does_not_come_fails_those_who_asked_and_no_other() -> None:
    async def main() -> None:
        store = CountingStore()
        job = (await store.submit(NewJob(tenant="t", worker="w", request={}), b"")).job
        standings = Standings(store)
        store.away = True
        with pytest.raises(StoreUnavailable):
            await standings.of(job.id)
        store.away = False
        gone, there = await asyncio.gather(standings.of(uuid4()), standings.of(job.id), return_exceptions=True)
        assert isinstance(gone, JobNotFound)
        assert there == Standing(state=JobState.QUEUED, fence=0)

    asyncio.run(main())


def test_one_who_goes_leaves_the_answer_to_the_others() -> None:
    async def main() -> None:
        store = CountingStore()
        job = (await store.submit(NewJob(tenant="t", worker="w", request={}), b"")).job
        standings = Standings(store)
        one, other = asyncio.create_task(standings.of(job.id)), asyncio.create_task(standings.of(job.id))
        await asyncio.sleep(0.005)
        one.cancel()
        assert (await other).state is JobState.QUEUED

    asyncio.run(main())
