"""What both stores promise of counting and retention: depths, ages, deletion, and totals that survive it."""

import asyncio
from datetime import timedelta

import pytest

from lamplighter_serving.errors import JobNotFound
from lamplighter_serving.queue.job import Depth, JobState
from lamplighter_serving.queue.store import JobStore, Retention
from serving.queue.jobs import LEASE, PROBLEM, TENANT, WORKER, document_of, kinds_of, lease_one, submit, submit_and_lease
from serving.queue.timed import Elapse

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
RETENTION = Retention(documents=DAY, jobs=7 * DAY)


async def numbers(store: JobStore, workers: list[str] | None = None) -> dict[str, tuple[int, int]]:
    return {depth.worker: (depth.queued, depth.running) for depth in await store.depths(workers)}


async def finish(store: JobStore) -> None:
    await store.complete(await submit_and_lease(store), {"total": 1})


async def test_an_empty_queue_has_no_depths_but_for_named_classes(store: JobStore) -> None:
    assert list(await store.depths()) == []
    named = list(await store.depths(["a", "b"]))
    assert named == [Depth(worker=worker, queued=0, running=0, oldest_age_seconds=0.0) for worker in ("a", "b")]
    assert not any(depth.active for depth in named)


async def test_depths_count_queued_and_running_by_class(store: JobStore) -> None:
    for worker in ("b", "a", "a", "a"):
        await submit(store, worker=worker)
    await lease_one(store, worker="a")
    assert await numbers(store) == {"a": (2, 1), "b": (1, 0)}
    assert [depth.worker for depth in await store.depths()] == ["a", "b"]
    assert [depth.worker for depth in await store.depths(["b", "c", "a"])] == ["b", "c", "a"]
    assert all(depth.active for depth in await store.depths())


async def test_named_classes_may_come_from_an_iterator(store: JobStore) -> None:
    assert [depth.worker for depth in await store.depths(iter(["a", "b"]))] == ["a", "b"]


async def test_final_jobs_are_no_longer_counted(store: JobStore) -> None:
    await finish(store)
    await store.cancel(TENANT, (await submit(store)).id)
    assert list(await store.depths()) == []


async def test_a_resting_retry_is_not_counted_until_its_time(store: JobStore, elapse: Elapse) -> None:
    await store.retry(await submit_and_lease(store), PROBLEM, delay=timedelta(minutes=5))
    assert await numbers(store, [WORKER]) == {WORKER: (0, 0)}
    await elapse(timedelta(minutes=5))
    assert await numbers(store) == {WORKER: (1, 0)}


async def test_an_expired_lease_counts_as_running_until_it_is_reaped(store: JobStore, elapse: Elapse) -> None:
    await submit_and_lease(store)
    await elapse(2 * LEASE)
    assert await numbers(store) == {WORKER: (0, 1)}


async def test_the_oldest_age_is_that_of_the_longest_ready_job(store: JobStore, elapse: Elapse) -> None:
    await submit(store)
    await elapse(timedelta(minutes=10))
    await submit(store)
    (depth,) = await store.depths()
    assert depth.oldest_age_seconds == pytest.approx(600, abs=30)
    await lease_one(store)
    (depth,) = await store.depths()
    assert 0 <= depth.oldest_age_seconds < 30


async def test_the_age_of_a_retry_begins_when_its_rest_ends(store: JobStore, elapse: Elapse) -> None:
    lease = await submit_and_lease(store)
    await elapse(timedelta(minutes=9))
    await store.retry(lease, PROBLEM, delay=timedelta(minutes=5))
    await elapse(timedelta(minutes=7))
    (depth,) = await store.depths()
    assert depth.oldest_age_seconds == pytest.approx(120, abs=30)


async def test_nothing_is_deleted_before_its_time(store: JobStore, elapse: Elapse) -> None:
    await finish(store)
    await elapse(DAY - timedelta(minutes=1))
    assert await store.purge(RETENTION) == 0


async def test_a_job_outlives_its_document(store: JobStore, elapse: Elapse) -> None:
    job = await submit(store, bytes(3 * 1024 * 1024))
    await store.complete(await lease_one(store), {"total": 1})
    await elapse(DAY)
    assert await store.purge(RETENTION) == 1
    assert await store.purge(RETENTION) == 0
    assert await document_of(store, job.id) == b""
    kept = await store.get(TENANT, job.id)
    assert (kept.state, kept.document_bytes) == (JobState.DONE, 3 * 1024 * 1024)
    assert await store.result(TENANT, job.id) == {"total": 1}
    assert await kinds_of(store, job.id) == ["queued", "running", "done"]


async def test_a_job_past_its_time_is_gone_with_everything_but_its_total(store: JobStore, elapse: Elapse) -> None:
    job = await submit(store)
    await store.complete(await lease_one(store), {"total": 1})
    await elapse(7 * DAY)
    assert await store.purge(RETENTION) == 2  # its document, and itself
    for read in (store.get, store.result, store.events, store.cancel):
        with pytest.raises(JobNotFound):
            await read(TENANT, job.id)
    with pytest.raises(JobNotFound):
        await document_of(store, job.id)
    assert (await store.list_jobs(TENANT, limit=10)).jobs == ()
    assert await store.outcomes() == {(WORKER, "done"): 1}


async def test_jobs_that_are_not_final_are_never_deleted(store: JobStore, elapse: Elapse) -> None:
    running = await submit_and_lease(store)
    resting = await submit_and_lease(store)
    await store.retry(resting, PROBLEM, delay=100 * DAY)
    queued = await submit(store)
    await elapse(50 * DAY)
    assert await store.purge(RETENTION) == 0
    assert {job.id for job in (await store.list_jobs(TENANT, limit=10)).jobs} == {running.job.id, resting.job.id, queued.id}
    assert await document_of(store, queued.id) != b""


@pytest.mark.parametrize("state", ["done", "failed", "dead", "cancelled"])
async def test_every_final_state_is_purged_and_stays_in_the_totals(store: JobStore, elapse: Elapse, state: str) -> None:
    lease = await submit_and_lease(store, max_attempts=1)
    match state:
        case "done":
            await store.complete(lease, {})
        case "failed":
            await store.fail(lease, PROBLEM)
        case "dead":
            await elapse(LEASE)
            await store.reap()
        case _:
            await store.cancel(TENANT, lease.job.id)
    await elapse(7 * DAY)
    assert await store.purge(RETENTION) == 2
    await store.purge(RETENTION)
    assert await store.outcomes() == {(WORKER, state): 1}


async def test_totals_go_on_growing_over_purges(store: JobStore, elapse: Elapse) -> None:
    for number in range(1, 4):
        await finish(store)
        await elapse(8 * DAY)
        await store.purge(RETENTION)
        assert await store.outcomes() == {(WORKER, "done"): number}


async def test_jobs_kept_for_less_than_their_documents_take_them_along(store: JobStore, elapse: Elapse) -> None:
    await finish(store)
    await elapse(2 * DAY)
    assert await store.purge(Retention(documents=30 * DAY, jobs=DAY)) == 1
    assert (await store.list_jobs(TENANT, limit=10)).jobs == ()


async def test_a_purge_of_more_than_one_statement_takes_deletes_everything(store: JobStore, elapse: Elapse) -> None:
    await asyncio.gather(*(submit(store) for _ in range(1100)))
    leases = await store.lease(WORKER, holder="w", limit=1100, duration=LEASE)
    await asyncio.gather(*(store.fail(lease, PROBLEM) for lease in leases))
    await elapse(8 * DAY)
    assert await store.purge(RETENTION) == 2200
    assert await store.outcomes() == {(WORKER, "failed"): 1100}


async def test_purges_and_reaps_at_once_neither_fail_nor_count_twice(store: JobStore, elapse: Elapse) -> None:
    for _ in range(40):
        await submit(store, max_attempts=1)
    await store.lease(WORKER, holder="w", limit=40, duration=LEASE)
    await elapse(LEASE)
    reaped = await asyncio.gather(*(store.reap() for _ in range(6)))
    assert sum(reaped) == 40
    await elapse(8 * DAY)
    assert sum(await asyncio.gather(*(store.purge(RETENTION) for _ in range(6)))) == 80
    assert await store.outcomes() == {(WORKER, "dead"): 40}
