"""The watcher: each waiter hears what concerns it, none is forgotten, and a flood becomes one word."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.gateway.watch import MOST_PENDING, Watcher
from lamplighter_serving.queue.job import NewJob, Wakeup
from lamplighter_serving.queue.memory import MemoryStore
from lamplighter_serving.queue.notices import RESYNC

DEADLINE_SECONDS = 10


def run(work: Callable[[Watcher, MemoryStore], Awaitable[None]]) -> None:
    """Runs `work` beside a listening watcher."""

    async def bounded() -> None:
        store = MemoryStore(lambda: datetime.now(UTC))
        watcher = Watcher(store)
        listening = asyncio.create_task(watcher.run())
        with watcher.everything() as everything:
            assert await everything.next(DEADLINE_SECONDS) == (RESYNC,)  # what was before was not heard
        async with asyncio.timeout(DEADLINE_SECONDS):
            await work(watcher, store)
        listening.cancel()

    asyncio.run(bounded())


def new(worker: str) -> NewJob:
    return NewJob(tenant="t", worker=worker, request={})


def test_each_waiter_hears_its_job_its_class_or_everything() -> None:
    async def work(watcher: Watcher, store: MemoryStore) -> None:
        with watcher.everything() as everything, watcher.worker("a") as of_a, watcher.worker("b") as of_b:
            job = (await store.submit(new("a"), b"")).job
            committed = Wakeup(worker="a", job_id=job.id, kind="committed")
            assert await everything.next(DEADLINE_SECONDS) == (committed,)
            assert await of_a.next(DEADLINE_SECONDS) == (committed,)
            assert await of_b.next(0) == ()
            with watcher.job(job.id) as mine, watcher.job(uuid4()) as other:
                await store.cancel("t", job.id)
                assert await mine.next(DEADLINE_SECONDS) == (Wakeup(worker="a", job_id=job.id, kind="finished"),)
                assert await other.next(0) == ()

    run(work)


def test_notice_that_came_before_the_asking_is_not_lost() -> None:
    async def work(watcher: Watcher, store: MemoryStore) -> None:
        with watcher.worker("a") as notices, watcher.worker("a") as other:
            await store.submit(new("a"), b"")
            await other.next(DEADLINE_SECONDS)  # it was passed on by now
            assert len(await notices.next(0)) == 1
            assert await notices.next(0) == ()

    run(work)


def test_wait_ends_with_its_time() -> None:
    async def work(watcher: Watcher, _store: MemoryStore) -> None:
        with watcher.worker("a") as notices:
            assert await notices.next(0.01) == ()
            assert not notices.ended

    run(work)


def test_flood_becomes_one_word() -> None:
    async def work(watcher: Watcher, _store: MemoryStore) -> None:
        with watcher.everything() as notices:
            for _ in range(MOST_PENDING + 1):
                notices.tell(Wakeup(worker="a", job_id=uuid4(), kind="changed"))
            taken = await notices.next(0)
            assert taken[0] == RESYNC
            assert len(taken) == 2

    run(work)


@given(told=st.lists(st.integers(0, 20), max_size=60))
def test_equal_notices_are_told_once_in_the_order_of_their_first(told: list[int]) -> None:
    async def work(watcher: Watcher, _store: MemoryStore) -> None:
        with watcher.everything() as notices:
            for number in told:
                notices.tell(Wakeup(worker=str(number), job_id=None, kind="lamp"))
            assert [notice.worker for notice in await notices.next(0)] == [str(number) for number in dict.fromkeys(told)]

    run(work)


def test_waiter_that_comes_after_the_close_does_not_wait() -> None:
    async def work(watcher: Watcher, _store: MemoryStore) -> None:
        watcher.close()
        with watcher.everything() as notices:
            assert notices.ended
            assert await notices.next(DEADLINE_SECONDS * 2) == ()

    run(work)
