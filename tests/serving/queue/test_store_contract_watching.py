"""What both stores promise of a watch: every change is told, nothing is invented, and equal news may be merged."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from lamplighter_serving.errors import LeaseLost
from lamplighter_serving.queue.job import Wakeup
from lamplighter_serving.queue.store import JobStore, Presence, Retention
from serving.queue.jobs import (
    DEADLINE_SECONDS,
    HOLDER,
    LEASE,
    OTHER_TENANT,
    PROBLEM,
    TENANT,
    WORKER,
    lease_one,
    new_job,
    submit,
    submit_and_lease,
)
from serving.queue.timed import Elapse

pytestmark = pytest.mark.anyio


async def heard(notices: AsyncIterator[Wakeup], store: JobStore) -> list[Wakeup]:
    """Everything told until now: up to the notice of a last job of another class."""
    last = await submit(store, worker="last")
    told = []
    async with asyncio.timeout(DEADLINE_SECONDS):
        async for wakeup in notices:
            if wakeup.job_id == last.id:
                return told
            told.append(wakeup)
    raise AssertionError("a watch never ends by itself")


async def test_a_submission_is_told_with_class_and_job(store: JobStore) -> None:
    async with store.watch() as notices:
        job = await submit(store)
        assert await heard(notices, store) == [Wakeup(worker=WORKER, job_id=job.id, kind="committed")]


async def test_a_large_submission_is_told_once_it_is_committed(store: JobStore) -> None:
    async with store.watch() as notices:
        job = await submit(store, bytes(3 * 1024 * 1024))
        async with asyncio.timeout(DEADLINE_SECONDS):
            wakeup = await anext(notices)
        assert (wakeup.kind, wakeup.job_id) == ("committed", job.id)
        assert (await store.get(TENANT, job.id)).document_bytes == 3 * 1024 * 1024


async def test_what_happened_before_the_watch_is_not_told(store: JobStore) -> None:
    await submit(store)
    async with store.watch() as notices:
        assert await heard(notices, store) == []


async def test_every_change_of_a_job_is_told_by_its_kind(store: JobStore, elapse: Elapse) -> None:
    async with store.watch() as notices:
        told: list[list[str]] = []

        async def note() -> None:
            told.append([wakeup.kind for wakeup in await heard(notices, store)])

        lease = await submit_and_lease(store, max_attempts=2)
        await note()
        await store.record(lease, "stage", {})
        await note()
        await store.release(lease)
        await note()
        await store.retry(await lease_one(store), PROBLEM, delay=timedelta(0))
        await note()
        await lease_one(store)
        await elapse(LEASE)
        await store.reap()
        await note()
    # A lease and a retry both say `changed`; in one breath they may be one notice.
    assert [sorted(set(kinds)) for kinds in told] == [
        ["changed", "committed"],
        ["changed"],
        ["committed"],
        ["changed"],
        ["changed", "finished"],
    ]


@pytest.mark.parametrize("end", ["complete", "fail", "cancel", "retry"])
async def test_every_end_is_told_as_finished(store: JobStore, end: str) -> None:
    lease = await submit_and_lease(store, max_attempts=1)
    async with store.watch() as notices:
        match end:
            case "complete":
                await store.complete(lease, {})
            case "fail":
                await store.fail(lease, PROBLEM)
            case "cancel":
                await store.cancel(TENANT, lease.job.id)
            case _:
                await store.retry(lease, PROBLEM, delay=timedelta(0))
        assert await heard(notices, store) == [Wakeup(worker=WORKER, job_id=lease.job.id, kind="finished")]


async def test_nothing_is_told_of_what_did_not_happen(store: JobStore, elapse: Elapse) -> None:
    new = new_job(idempotency_key="key")
    job = (await store.submit(new, b"document")).job
    lease = await lease_one(store)
    await store.complete(lease, {})
    async with store.watch() as notices:
        assert not (await store.submit(new, b"document")).created
        with pytest.raises(LeaseLost):
            await store.complete(lease, {})
        await store.cancel(TENANT, job.id)
        await store.heartbeat(HOLDER, [lease], LEASE)
        await store.lease(WORKER, holder=HOLDER, limit=3, duration=LEASE)
        await store.reap()
        await store.purge(Retention(documents=LEASE, jobs=LEASE))
        await store.leave("nobody")
        assert await heard(notices, store) == []


async def test_news_is_never_invented(store: JobStore) -> None:
    async with store.watch() as notices:
        jobs = await asyncio.gather(*(submit(store, tenant=tenant) for tenant in (TENANT, OTHER_TENANT) * 20))
        leases = await store.lease(WORKER, holder=HOLDER, limit=10, duration=LEASE)
        await asyncio.gather(*(store.complete(lease, {}) for lease in leases))
        told = await heard(notices, store)
    leased = {lease.job.id for lease in leases}
    expected = {("committed", job.id) for job in jobs}
    expected |= {(kind, job_id) for kind in ("changed", "finished") for job_id in leased}
    assert {(wakeup.kind, wakeup.job_id) for wakeup in told} == expected


async def test_equal_news_that_waits_is_merged(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    async with store.watch() as notices:
        for number in range(50):
            await store.record(lease, "stage", {"number": number})
        await submit(store)
        told = await heard(notices, store)
    changes = [wakeup for wakeup in told if wakeup.kind == "changed"]
    assert 1 <= len(changes) <= 50
    assert set(changes) == {Wakeup(worker=WORKER, job_id=lease.job.id, kind="changed")}


async def test_a_slow_watcher_is_told_to_read_everything_anew(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    async with store.watch() as notices:
        await asyncio.gather(*(submit(store) for _ in range(1100)))
        await store.complete(lease, {})
        async with asyncio.timeout(DEADLINE_SECONDS):
            told = [(await anext(notices)).kind]
            while told[-1] not in ("resync", "finished"):
                told.append((await anext(notices)).kind)
    # How many of them a reader beside it takes in before the first is asked for is its own affair.
    assert len(told) <= 1101
    assert set(told) <= {"committed", "resync", "finished"}


async def test_several_watchers_hear_the_same(store: JobStore) -> None:
    async with store.watch() as first, store.watch() as second:
        job = await submit(store)
        told = [await heard(first, store), await heard(second, store)]
    expected = Wakeup(worker=WORKER, job_id=job.id, kind="committed")
    assert expected in told[0]
    assert expected in told[1]


async def test_a_lamp_is_told_when_state_or_stage_changes_and_when_it_leaves(store: JobStore) -> None:
    started = datetime(2026, 1, 1, tzinfo=UTC)

    def presence(state: str, stage: str = "") -> Presence:
        return Presence(holder=HOLDER, worker=WORKER, state=state, stage=stage, stages={}, started_at=started, beat_at=started)

    lamp = Wakeup(worker=WORKER, job_id=None, kind="lamp")
    async with store.watch() as notices:
        for beat, told in [
            (presence("waking", "weights"), [lamp]),
            (presence("waking", "weights"), []),
            (presence("waking", "warm-up"), [lamp]),
            (presence("lit"), [lamp]),
            (presence("lit"), []),
        ]:
            await store.beat(beat)
            assert await heard(notices, store) == told
        await store.leave(HOLDER)
        assert await heard(notices, store) == [lamp]
        await store.leave(HOLDER)
        assert await heard(notices, store) == []
