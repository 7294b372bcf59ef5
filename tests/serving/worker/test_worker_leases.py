"""What a lit worker takes, keeps and loses."""

import asyncio
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from lamplighter_serving.errors import StoreUnavailable
from lamplighter_serving.queue.job import JobState, JsonObject, Lease
from lamplighter_serving.queue.memory import MemoryStore
from serving.worker.worker_harness import (
    CONCURRENCY,
    HOLDER,
    TENANT,
    WORKER,
    Clock,
    Desk,
    lit,
    new_store,
    settings,
    submit,
    until,
    until_state,
)


def hold(gate: asyncio.Event) -> Any:
    async def wait(_: str) -> None:
        await gate.wait()

    return wait


def test_a_job_becomes_a_result_that_says_where_it_came_from() -> None:
    async def main() -> None:
        store = new_store()
        async with lit(store, Desk()):
            job = await until_state(store, await submit(store, "faktura"), JobState.DONE)
        result = await store.result(TENANT, job.id)
        assert result is not None
        assert result["data"] == {"text": "faktura"}
        assert result["engine"] == {"name": "scripted", "model": "model-of-the-test"}
        assert set(result["seconds"]) == {"wait", "read", "extract"}  # type: ignore[call-overload]
        assert job.attempt == 1

    asyncio.run(main())


def test_as_many_jobs_are_worked_on_as_the_engine_takes_and_one_more_is_read_ahead() -> None:
    async def main() -> None:
        store, gate = new_store(), asyncio.Event()
        desk = Desk(on_extract=hold(gate))
        jobs = [await submit(store, f"d{number}") for number in range(CONCURRENCY + 3)]
        async with lit(store, desk):
            await until(lambda: len(desk.reading) == CONCURRENCY + 1 and len(desk.extracting) == CONCURRENCY)
            (depth,) = await store.depths([WORKER])
            assert (depth.running, depth.queued) == (CONCURRENCY + 1, 2)
            gate.set()
            for job in jobs:
                await until_state(store, job, JobState.DONE)

    asyncio.run(main())


def test_the_oldest_job_goes_first_and_a_higher_priority_before_it() -> None:
    async def main() -> None:
        store, desk = new_store(), Desk()
        jobs = [await submit(store, "old"), await submit(store, "new"), await submit(store, "urgent", priority=5)]
        async with lit(store, desk):
            for job in jobs:
                await until_state(store, job, JobState.DONE)
        assert desk.reading == ["urgent", "old", "new"]

    asyncio.run(main())


def test_a_job_that_comes_while_the_worker_idles_is_taken_at_its_notice() -> None:
    async def main() -> None:
        store = new_store()
        async with lit(store, Desk(), having=settings(heartbeat=timedelta(hours=1))):
            await until(lambda: _lit(store))
            await until_state(store, await submit(store, "late"), JobState.DONE)

    async def _lit(store: MemoryStore) -> bool:
        return any(each.state == "lit" for each in await store.presences(within=timedelta(minutes=1)))

    asyncio.run(main())


def test_heartbeats_keep_a_job_that_takes_longer_than_its_lease() -> None:
    async def main() -> None:
        store, gate = new_store(), asyncio.Event()
        desk = Desk(on_extract=hold(gate))
        having = settings(lease=timedelta(seconds=0.4), heartbeat=timedelta(seconds=0.05))
        async with lit(store, desk, having=having):
            job = await submit(store, "long")
            await until(lambda: desk.extracting)
            lease_ends = (await store.get(TENANT, job.id)).lease_expires_at
            assert lease_ends is not None

            async def three_leases_later() -> bool:
                now = (await store.get(TENANT, job.id)).lease_expires_at
                return now is not None and now > lease_ends + timedelta(seconds=0.8)

            await until(three_leases_later)
            gate.set()
            done = await until_state(store, job, JobState.DONE)
        assert done.attempt == 1

    asyncio.run(main())


def test_the_work_on_a_cancelled_job_ends_and_makes_room() -> None:
    async def main() -> None:
        store = new_store()

        async def never(text: str) -> None:
            if text.startswith("slow"):
                await asyncio.Event().wait()

        desk = Desk(on_extract=never)
        slow = [await submit(store, f"slow{number}") for number in range(CONCURRENCY)]
        next_one = await submit(store, "next")
        async with lit(store, desk):
            await until(lambda: len(desk.extracting) == CONCURRENCY)
            await store.cancel(TENANT, slow[0].id)
            await until_state(store, next_one, JobState.DONE)
            assert desk.cancelled == ["slow0"]
            assert (await store.get(TENANT, slow[0].id)).state is JobState.CANCELLED
            assert (await store.get(TENANT, slow[1].id)).state is JobState.RUNNING

    asyncio.run(main())


def test_a_worker_that_lost_its_lease_publishes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        clock, gate = Clock(), asyncio.Event()
        store, desk = new_store(clock), Desk(on_extract=hold(gate))
        job = await submit(store, "contested")
        # A heartbeat an hour: the worker finds out when it writes.
        async with lit(store, desk, having=settings(heartbeat=timedelta(hours=1))) as worker:
            await until(lambda: desk.extracting)
            clock.forward(60)
            assert await store.reap() == 1
            clock.forward(60)
            (other,) = await store.lease(WORKER, holder="other", limit=1, duration=timedelta(minutes=5))
            gate.set()
            await until(lambda: "write-refused" in caplog.messages)
            now = await store.get(TENANT, job.id)
            assert (now.state, now.fence) == (JobState.RUNNING, other.fence)
            assert await store.result(TENANT, job.id) is None
            await store.complete(other, {"data": {"text": "the other's"}})
            await worker.end()
        assert await store.result(TENANT, job.id) == {"data": {"text": "the other's"}}

    with caplog.at_level("INFO"):
        asyncio.run(main())


def test_a_heartbeat_that_misses_a_lease_ends_its_work(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        clock = Clock()
        store, desk = new_store(clock), Desk(on_extract=hold(asyncio.Event()))
        await submit(store, "lost", max_attempts=1)
        async with lit(store, desk):
            await until(lambda: desk.extracting)
            clock.forward(60)
            await until(lambda: desk.cancelled)
            assert "lease-lost" in caplog.messages

    with caplog.at_level("INFO"):
        asyncio.run(main())


class Flaky(MemoryStore):
    """A store whose database is away for the calls of some methods, so many times."""

    def __init__(self, away: dict[str, int]) -> None:
        super().__init__(Clock())
        self.away = away

    def _maybe(self, method: str) -> None:
        if self.away.get(method, 0) > 0:
            self.away[method] -= 1
            raise StoreUnavailable("The database is away, as the test says.")

    async def complete(self, lease: Lease, result: JsonObject) -> None:
        self._maybe("complete")
        await super().complete(lease, result)

    async def leased_document(self, lease: Lease) -> bytes:
        self._maybe("leased_document")
        return await super().leased_document(lease)

    async def heartbeat(self, holder: str, leases: Iterable[Lease], duration: timedelta) -> frozenset[UUID]:
        self._maybe("heartbeat")
        return await super().heartbeat(holder, leases, duration)

    async def lease(self, worker: str, *, holder: str, limit: int, duration: timedelta) -> Any:
        self._maybe("lease")
        return await super().lease(worker, holder=holder, limit=limit, duration=duration)


@pytest.mark.parametrize("method", ["complete", "leased_document", "heartbeat", "lease"])
def test_a_database_that_is_away_for_a_moment_costs_no_attempt(method: str) -> None:
    async def main() -> None:
        store = Flaky({method: 2})
        async with lit(store, Desk()):
            job = await until_state(store, await submit(store, "patient"), JobState.DONE)
        assert job.attempt == 1

    asyncio.run(main())


def test_a_database_that_is_away_for_longer_than_the_lease_ends_the_work(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        store = Flaky({"heartbeat": 1000})
        desk = Desk(on_extract=hold(asyncio.Event()))
        job = await submit(store, "adrift")
        async with lit(store, desk, having=settings(lease=timedelta(seconds=0.3), heartbeat=timedelta(seconds=0.05))):
            await until(lambda: desk.cancelled)
            assert await store.result(TENANT, job.id) is None

    with caplog.at_level("INFO"):
        asyncio.run(main())
    assert "heartbeat-failed" in caplog.messages


def test_leases_are_taken_in_the_name_of_this_worker() -> None:
    async def main() -> None:
        store, desk = new_store(), Desk(on_extract=hold(asyncio.Event()))
        await submit(store, "mine")
        async with lit(store, desk):
            await until(lambda: desk.extracting)
            assert [each.holder for each in await store.presences(within=timedelta(minutes=1))] == [HOLDER]

    asyncio.run(main())
