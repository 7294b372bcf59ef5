"""What both stores promise of another attempt: rest, count, release, reaping, and the dead-letter state at the end."""

import asyncio
from datetime import timedelta

import pytest

from lamplighter_serving.queue.backoff import retry_delay
from lamplighter_serving.queue.failures import WORKER_LOST
from lamplighter_serving.queue.job import JobState
from lamplighter_serving.queue.store import JobStore
from serving.queue.jobs import HOLDER, LEASE, PROBLEM, TENANT, WORKER, kinds_of, lease_one, submit, submit_and_lease
from serving.queue.timed import Elapse

pytestmark = pytest.mark.anyio

REST = timedelta(minutes=5)


async def nothing_to_lease(store: JobStore) -> bool:
    return not await store.lease(WORKER, holder=HOLDER, limit=1, duration=LEASE)


async def test_a_retried_job_rests_and_comes_back_with_its_problem(store: JobStore, elapse: Elapse) -> None:
    lease = await submit_and_lease(store)
    assert await store.retry(lease, PROBLEM, delay=REST) is JobState.QUEUED
    job = await store.get(TENANT, lease.job.id)
    assert (job.state, job.problem, job.attempt, job.lease_expires_at) == (JobState.QUEUED, PROBLEM, 1, None)
    assert job.finished_at is None
    assert await nothing_to_lease(store)
    await elapse(REST - timedelta(minutes=1))
    assert await nothing_to_lease(store)
    await elapse(timedelta(minutes=1))
    again = await lease_one(store)
    assert (again.job.id, again.job.attempt, again.fence) == (job.id, 2, 2)
    assert await kinds_of(store, job.id) == ["queued", "running", "retry", "running"]


async def test_a_retry_without_delay_is_ready_at_once(store: JobStore) -> None:
    await store.retry(await submit_and_lease(store), PROBLEM, delay=timedelta(0))
    assert (await lease_one(store)).job.attempt == 2


async def test_the_event_of_a_retry_says_attempt_and_problem(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    await store.retry(lease, PROBLEM, delay=REST)
    said = {"code": PROBLEM.code, "sentence": PROBLEM.sentence, "hint": PROBLEM.hint}
    assert (await store.events(TENANT, lease.job.id))[-1].data == {"attempt": 1, "problem": said}


async def test_the_last_attempt_ends_dead_with_its_problem(store: JobStore) -> None:
    first = await submit_and_lease(store, max_attempts=2)
    assert await store.retry(first, PROBLEM, delay=timedelta(0)) is JobState.QUEUED
    assert await store.outcomes() == {}
    assert await store.retry(await lease_one(store), PROBLEM, delay=timedelta(0)) is JobState.DEAD
    job = await store.get(TENANT, first.job.id)
    assert (job.state, job.problem, job.attempt, job.lease_expires_at) == (JobState.DEAD, PROBLEM, 2, None)
    assert job.finished_at is not None
    assert await kinds_of(store, job.id) == ["queued", "running", "retry", "running", "dead"]
    assert (await store.events(TENANT, job.id))[-1].data["attempt"] == 2
    assert await store.outcomes() == {(WORKER, "dead"): 1}
    assert await nothing_to_lease(store)


async def test_a_released_job_is_ready_at_once_and_its_attempt_is_not_counted(store: JobStore) -> None:
    lease = await submit_and_lease(store, max_attempts=1)
    for _ in range(3):
        await store.release(lease)
        job = await store.get(TENANT, lease.job.id)
        assert (job.state, job.attempt, job.problem, job.lease_expires_at) == (JobState.QUEUED, 0, None, None)
        previous, lease = lease, await lease_one(store)
        assert (lease.job.attempt, lease.fence) == (1, previous.fence + 1)
    assert await kinds_of(store, lease.job.id) == ["queued", "running"] * 4


async def test_a_release_keeps_the_problem_of_an_earlier_attempt(store: JobStore) -> None:
    await store.retry(await submit_and_lease(store), PROBLEM, delay=timedelta(0))
    lease = await lease_one(store)
    await store.release(lease)
    job = await store.get(TENANT, lease.job.id)
    assert (job.attempt, job.problem) == (1, PROBLEM)


async def test_reaping_sends_the_jobs_of_a_silent_worker_back_after_the_usual_rest(store: JobStore, elapse: Elapse) -> None:
    lease = await submit_and_lease(store)
    assert await store.reap() == 0
    await elapse(LEASE)
    assert await store.reap() == 1
    assert await store.reap() == 0
    job = await store.get(TENANT, lease.job.id)
    assert (job.state, job.problem, job.attempt, job.lease_expires_at) == (JobState.QUEUED, WORKER_LOST, 1, None)
    assert await kinds_of(store, job.id) == ["queued", "running", "retry"]
    event = (await store.events(TENANT, job.id))[-1]
    assert (event.data["attempt"], event.data["problem"]["code"]) == (1, "worker-lost")  # type: ignore[index]
    # The rest has a part left to chance.
    rest = job.available_at - event.at
    assert retry_delay(1, 0) - timedelta(seconds=0.1) <= rest <= retry_delay(1, 1)
    await elapse(retry_delay(1, 1))
    assert (await lease_one(store)).job.attempt == 2


async def test_each_further_lost_attempt_rests_longer(store: JobStore, elapse: Elapse) -> None:
    job = await submit(store, max_attempts=12)
    for attempt in range(1, 12):
        lease = await lease_one(store)
        assert lease.job.attempt == attempt
        await elapse(LEASE)
        await store.reap()
        event = (await store.events(TENANT, job.id))[-1]
        rest = (await store.get(TENANT, job.id)).available_at - event.at
        assert retry_delay(attempt, 0) - timedelta(seconds=0.1) <= rest <= retry_delay(attempt, 1)
        await elapse(retry_delay(attempt, 1))


async def test_reaping_the_last_attempt_ends_the_job_dead_because_the_worker_was_lost(store: JobStore, elapse: Elapse) -> None:
    lease = await submit_and_lease(store, max_attempts=1)
    await elapse(LEASE)
    assert await store.reap() == 1
    job = await store.get(TENANT, lease.job.id)
    assert (job.state, job.problem) == (JobState.DEAD, WORKER_LOST)
    assert job.finished_at is not None
    assert await kinds_of(store, job.id) == ["queued", "running", "dead"]
    assert await store.outcomes() == {(WORKER, "dead"): 1}
    assert await store.reap() == 0


async def test_reaping_leaves_living_leases_and_other_states_alone(store: JobStore, elapse: Elapse) -> None:
    expired = await submit_and_lease(store)
    await elapse(LEASE / 2)
    living = await submit_and_lease(store)
    await submit(store)
    await elapse(LEASE / 2)
    assert await store.reap() == 1
    assert (await store.get(TENANT, expired.job.id)).state is JobState.QUEUED
    assert await store.heartbeat(HOLDER, [living], LEASE) == {living.job.id}


async def test_reaping_more_than_one_statement_takes_reaps_them_all(store: JobStore, elapse: Elapse) -> None:
    await asyncio.gather(*(submit(store, max_attempts=1 + number % 2) for number in range(1001)))
    assert len(await store.lease(WORKER, holder=HOLDER, limit=1001, duration=LEASE)) == 1001
    await elapse(LEASE)
    assert await store.reap() == 1001
    assert await store.outcomes() == {(WORKER, "dead"): 501}
    (depth,) = await store.depths([WORKER])
    assert (depth.running, depth.queued) == (0, 0)


async def test_next_available_is_the_soonest_resting_retry_of_the_class(store: JobStore, elapse: Elapse) -> None:
    assert await store.next_available(WORKER) is None
    for rest in (REST * 2, REST):
        await store.retry(await submit_and_lease(store), PROBLEM, delay=rest)
    await submit(store)  # ready: nothing to wait for
    seconds = await store.next_available(WORKER)
    assert seconds == pytest.approx(300, abs=30)
    assert await store.next_available("another") is None
    await elapse(REST)
    assert await store.next_available(WORKER) == pytest.approx(300, abs=30)
    await elapse(REST)
    assert await store.next_available(WORKER) is None
