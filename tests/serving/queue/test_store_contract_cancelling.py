"""What both stores promise of a cancellation: it ends a queued or running job at once, and never a final one."""

import asyncio
from datetime import timedelta

import pytest

from lamplighter_serving.errors import LeaseLost
from lamplighter_serving.queue.job import JobState
from lamplighter_serving.queue.store import JobStore
from serving.queue.jobs import HOLDER, LEASE, PROBLEM, TENANT, WORKER, kinds_of, lease_one, submit, submit_and_lease
from serving.queue.timed import Elapse

pytestmark = pytest.mark.anyio


async def test_a_cancelled_queued_job_is_never_leased(store: JobStore) -> None:
    job = await submit(store)
    cancelled = await store.cancel(TENANT, job.id)
    assert (cancelled.id, cancelled.state, cancelled.attempt) == (job.id, JobState.CANCELLED, 0)
    assert cancelled.finished_at is not None
    assert cancelled == await store.get(TENANT, job.id)
    assert list(await store.lease(WORKER, holder=HOLDER, limit=1, duration=LEASE)) == []
    assert await kinds_of(store, job.id) == ["queued", "cancelled"]
    assert await store.outcomes() == {(WORKER, "cancelled"): 1}


async def test_a_cancelled_running_job_is_lost_to_its_worker(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    cancelled = await store.cancel(TENANT, lease.job.id)
    assert (cancelled.state, cancelled.lease_expires_at) == (JobState.CANCELLED, None)
    assert await store.heartbeat(HOLDER, [lease], LEASE) == frozenset()
    with pytest.raises(LeaseLost):
        await store.complete(lease, {})
    assert await store.result(TENANT, lease.job.id) is None


async def test_a_job_cancelled_after_its_lease_ran_out_is_not_reaped(store: JobStore, elapse: Elapse) -> None:
    lease = await submit_and_lease(store)
    await elapse(LEASE)
    await store.cancel(TENANT, lease.job.id)
    assert await store.reap() == 0
    assert (await store.get(TENANT, lease.job.id)).state is JobState.CANCELLED


async def test_a_job_cancelled_while_it_rests_keeps_the_problem_of_its_attempt(store: JobStore, elapse: Elapse) -> None:
    lease = await submit_and_lease(store)
    await store.retry(lease, PROBLEM, delay=timedelta(minutes=5))
    job = await store.cancel(TENANT, lease.job.id)
    assert (job.state, job.problem) == (JobState.CANCELLED, PROBLEM)
    assert await store.next_available(WORKER) is None


@pytest.mark.parametrize("end", ["done", "failed", "dead", "cancelled"])
async def test_cancelling_a_final_job_changes_nothing(store: JobStore, elapse: Elapse, end: str) -> None:
    lease = await submit_and_lease(store, max_attempts=1)
    match end:
        case "done":
            await store.complete(lease, {"total": 1})
        case "failed":
            await store.fail(lease, PROBLEM)
        case "dead":
            await store.retry(lease, PROBLEM, delay=timedelta(0))
        case _:
            await store.cancel(TENANT, lease.job.id)
    before = await store.get(TENANT, lease.job.id)
    history = await store.events(TENANT, lease.job.id)
    await elapse(timedelta(0))
    assert await store.cancel(TENANT, lease.job.id) == before
    assert before.state == end
    assert await store.events(TENANT, lease.job.id) == history
    assert await store.outcomes() == {(WORKER, end): 1}
    assert await store.result(TENANT, lease.job.id) == ({"total": 1} if end == "done" else None)


async def test_of_a_cancellation_and_a_completion_at_once_exactly_one_happens(store: JobStore) -> None:
    for _ in range(10):
        lease = await submit_and_lease(store)
        completed, cancelled = await asyncio.gather(
            store.complete(lease, {}), store.cancel(TENANT, lease.job.id), return_exceptions=True
        )
        job = await store.get(TENANT, lease.job.id)
        assert cancelled == job
        assert job.state is (JobState.CANCELLED if isinstance(completed, LeaseLost) else JobState.DONE)
        assert len(await kinds_of(store, job.id)) == 3
    assert sum((await store.outcomes()).values()) == 10


async def test_a_job_cancelled_while_workers_race_for_it_ends_cancelled(store: JobStore) -> None:
    for _ in range(10):
        job = await submit(store)
        leases, cancelled = await asyncio.gather(
            store.lease(WORKER, holder=HOLDER, limit=1, duration=LEASE), store.cancel(TENANT, job.id)
        )
        assert cancelled.state is JobState.CANCELLED
        assert await store.heartbeat(HOLDER, leases, LEASE) == frozenset()
        assert (await kinds_of(store, job.id))[-1] == "cancelled"
    assert await store.outcomes() == {(WORKER, "cancelled"): 10}


async def test_cancelling_twice_at_once_counts_once(store: JobStore) -> None:
    job = await submit(store)
    answers = await asyncio.gather(*(store.cancel(TENANT, job.id) for _ in range(6)))
    assert {answer.state for answer in answers} == {JobState.CANCELLED}
    assert await kinds_of(store, job.id) == ["queued", "cancelled"]
    assert await store.outcomes() == {(WORKER, "cancelled"): 1}


async def test_other_jobs_stay_as_they_are(store: JobStore) -> None:
    first, second = await submit(store), await submit(store)
    await store.cancel(TENANT, first.id)
    assert (await lease_one(store)).job.id == second.id
