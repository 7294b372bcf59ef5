"""Stopping: what fits into the grace is finished, the rest is handed back, and no lease is left to run out."""

import asyncio
import time
from datetime import timedelta

import pytest

from lamplighter_serving.engines.scripted import ScriptedEngine
from lamplighter_serving.queue.job import JobState
from lamplighter_serving.queue.memory import MemoryStore
from serving.worker.worker_harness import (
    CONCURRENCY,
    TENANT,
    WORKER,
    Desk,
    lit,
    new_store,
    settings,
    submit,
    until,
    until_state,
    worker_class,
)


async def states(store: MemoryStore) -> list[str]:
    """State of every presence."""
    return [each.state for each in await store.presences(within=timedelta(minutes=1))]


def test_a_drain_finishes_what_is_under_way_and_takes_nothing_new() -> None:
    async def main() -> None:
        store, gate = new_store(), asyncio.Event()

        async def wait(_: str) -> None:
            await gate.wait()

        desk = Desk(on_extract=wait)
        jobs = [await submit(store, f"d{number}") for number in range(CONCURRENCY + 2)]
        async with lit(store, desk) as worker:
            await until(lambda: len(desk.reading) == CONCURRENCY + 1)
            worker.signals.stop.set()
            await until(lambda: _draining(store))
            gate.set()
            await worker.task
        assert [(await store.get(TENANT, job.id)).state for job in jobs] == [JobState.DONE] * 3 + [JobState.QUEUED]

    async def _draining(store: MemoryStore) -> bool:
        return await states(store) == ["draining"]

    asyncio.run(main())


def test_what_the_grace_does_not_suffice_for_is_handed_back_uncounted() -> None:
    async def main() -> None:
        store = new_store()

        async def never(_: str) -> None:
            await asyncio.Event().wait()

        desk = Desk(on_extract=never)
        jobs = [await submit(store, f"d{number}") for number in range(CONCURRENCY + 1)]
        async with lit(store, desk, having=settings(grace=timedelta(seconds=0.4))) as worker:
            await until(lambda: len(desk.reading) == CONCURRENCY + 1)
            begin = time.monotonic()
            await worker.end()
            assert time.monotonic() - begin < 5
        for job in jobs:
            now = await store.get(TENANT, job.id)
            assert (now.state, now.attempt, now.problem) == (JobState.QUEUED, 0, None)
        # At once, for whoever comes next.
        leases = await store.lease(WORKER, holder="next", limit=9, duration=timedelta(minutes=1))
        assert len(leases) == len(jobs)
        assert await store.reap() == 0

    asyncio.run(main())


def test_a_second_signal_ends_the_waiting() -> None:
    async def main() -> None:
        store = new_store()

        async def never(_: str) -> None:
            await asyncio.Event().wait()

        desk = Desk(on_extract=never)
        job = await submit(store, "endless")
        async with lit(store, desk, having=settings(grace=timedelta(minutes=10))) as worker:
            await until(lambda: desk.extracting)
            worker.signals.stop.set()
            worker.signals.hurry.set()
            await asyncio.wait_for(worker.task, 5)
        assert (await store.get(TENANT, job.id)).state is JobState.QUEUED

    asyncio.run(main())


def test_told_to_stop_while_waking_it_goes_at_once_and_leases_nothing() -> None:
    async def main() -> None:
        store = new_store()
        job = await submit(store, "waits")
        async with lit(store, Desk(), of=worker_class({"loadSeconds": 1.5})) as worker:
            await until(lambda: _waking(store))
            begin = time.monotonic()
            await worker.end()
            assert time.monotonic() - begin < 1.0  # the engine would have taken longer
        now = await store.get(TENANT, job.id)
        assert (now.state, now.attempt) == (JobState.QUEUED, 0)
        assert await states(store) == []

    async def _waking(store: MemoryStore) -> bool:
        return await states(store) == ["waking"]

    asyncio.run(main())


def test_an_idle_worker_goes_at_once_and_its_lamp_with_it() -> None:
    async def main() -> None:
        store = new_store()
        async with lit(store, Desk()) as worker:
            await until(lambda: _is_lit(store))
            await worker.end()
            assert await states(store) == []

    async def _is_lit(store: MemoryStore) -> bool:
        return await states(store) == ["lit"]

    asyncio.run(main())


def test_the_engine_is_closed_after_the_last_job(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        store, gate = new_store(), asyncio.Event()

        async def wait(_: str) -> None:
            await gate.wait()

        desk = Desk(on_extract=wait)
        job = await submit(store, "last")
        seen: list[JobState] = []

        async def close(_: ScriptedEngine) -> None:
            seen.append((await store.get(TENANT, job.id)).state)

        monkeypatch.setattr(ScriptedEngine, "close", close)
        async with lit(store, desk) as worker:
            await until(lambda: desk.extracting)
            worker.signals.stop.set()
            gate.set()
            await worker.task
        assert seen == [JobState.DONE]

    asyncio.run(main())


def test_an_engine_that_does_not_close_does_not_outlast_the_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(_: ScriptedEngine) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(ScriptedEngine, "close", hang)

    async def main() -> None:
        store = new_store()
        async with lit(store, Desk(), having=settings(grace=timedelta(seconds=0.3))) as worker:
            await until_state(store, await submit(store, "one"), JobState.DONE)
            begin = time.monotonic()
            await worker.end()
            assert time.monotonic() - begin < 3

    asyncio.run(main())
