"""What both stores promise of a job's end: one outcome, its result or its problem, and totals that count it once."""

import asyncio
import json
from datetime import timedelta
from uuid import UUID

import pytest

from lamplighter_serving.errors import JobNotFound, LeaseLost
from lamplighter_serving.queue.job import JobState, Problem
from lamplighter_serving.queue.store import JobStore
from serving.queue.jobs import PROBLEM, TENANT, WORKER, kinds_of, lease_one, submit, submit_and_lease

pytestmark = pytest.mark.anyio

UNKNOWN_ID = UUID("00000000-0000-4000-8000-000000000000")


async def test_a_completed_job_is_done_and_has_its_result(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    await store.complete(lease, {"data": {"total": 26862.0}, "pages": [1, 2]})
    job = await store.get(TENANT, lease.job.id)
    assert (job.state, job.problem, job.lease_expires_at, job.attempt) == (JobState.DONE, None, None, 1)
    assert job.finished_at is not None
    assert job.started_at is not None
    assert job.created_at <= job.started_at <= job.finished_at
    assert await store.result(TENANT, job.id) == {"data": {"total": 26862.0}, "pages": [1, 2]}
    assert await kinds_of(store, job.id) == ["queued", "running", "done"]
    assert await store.outcomes() == {(WORKER, "done"): 1}


async def test_a_result_keeps_every_character(store: JobStore) -> None:
    result = {"nul": "\x00", "half": "\ud800", "text": "č 🧾 \\u0000", "key \x00": [None, True, 1e300, 10**40], "": {}}
    lease = await submit_and_lease(store)
    await store.complete(lease, result)
    kept = await store.result(TENANT, lease.job.id)
    assert kept == result
    assert list(kept or ()) == list(result)


async def test_a_result_of_several_mebibytes_comes_back(store: JobStore) -> None:
    result = {"text": ["ř" * 1000] * 3000}
    lease = await submit_and_lease(store)
    await store.complete(lease, result)
    assert await store.result(TENANT, lease.job.id) == result


async def test_a_result_that_is_not_json_is_refused_and_the_job_stays_held(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    with pytest.raises(ValueError, match="JSON"):
        await store.complete(lease, {"total": float("inf")})
    assert (await store.get(TENANT, lease.job.id)).state is JobState.RUNNING
    await store.complete(lease, {"total": None})


async def test_an_event_that_is_not_json_is_refused_and_leaves_nothing(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    with pytest.raises(ValueError, match="JSON"):
        await store.record(lease, "stage", {"seconds": float("nan")})
    assert await kinds_of(store, lease.job.id) == ["queued", "running"]


async def test_a_failed_job_says_why_and_has_no_result(store: JobStore) -> None:
    problem = Problem(code="document-unreadable", sentence="The PDF is damaged \x00 \ud800.", hint="Scan it anew.")
    lease = await submit_and_lease(store)
    await store.fail(lease, problem)
    job = await store.get(TENANT, lease.job.id)
    assert (job.state, job.problem, job.lease_expires_at) == (JobState.FAILED, problem, None)
    assert await store.result(TENANT, job.id) is None
    event = (await store.events(TENANT, job.id))[-1]
    assert event.kind == "failed"
    assert json.loads(json.dumps(event.data)) == {
        "attempt": 1,
        "problem": {"code": problem.code, "sentence": problem.sentence, "hint": problem.hint},
    }
    assert await store.outcomes() == {(WORKER, "failed"): 1}


async def test_a_job_done_after_a_retry_keeps_no_problem(store: JobStore) -> None:
    await store.retry(await submit_and_lease(store), PROBLEM, delay=timedelta(0))
    lease = await lease_one(store)
    assert lease.job.problem == PROBLEM
    await store.complete(lease, {})
    assert (await store.get(TENANT, lease.job.id)).problem is None


async def test_a_job_without_a_result_yet_has_none(store: JobStore) -> None:
    job = await submit(store)
    assert await store.result(TENANT, job.id) is None
    await lease_one(store)
    assert await store.result(TENANT, job.id) is None


async def test_only_one_of_many_concurrent_ends_wins(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    ends = [store.complete(lease, {"number": number}) for number in range(6)]
    ends += [store.fail(lease, PROBLEM), store.release(lease)]
    answers = await asyncio.gather(*ends, return_exceptions=True)
    assert [answer for answer in answers if not isinstance(answer, LeaseLost)] == [None]
    kinds = await kinds_of(store, lease.job.id)
    assert len(kinds) == 3
    job = await store.get(TENANT, lease.job.id)
    assert (await store.result(TENANT, job.id) is not None) == (job.state is JobState.DONE)
    assert sum((await store.outcomes()).values()) == (0 if job.state is JobState.QUEUED else 1)


async def test_outcomes_count_by_class_and_final_state(store: JobStore) -> None:
    assert await store.outcomes() == {}
    for worker, times in (("a", 3), ("b", 2)):
        for _ in range(times):
            await submit(store, worker=worker)
            await store.complete(await lease_one(store, worker=worker), {})
    await submit(store, worker="a")
    await store.fail(await lease_one(store, worker="a"), PROBLEM)
    await store.cancel(TENANT, (await submit(store, worker="b")).id)
    assert await store.outcomes() == {("a", "done"): 3, ("a", "failed"): 1, ("b", "done"): 2, ("b", "cancelled"): 1}


async def test_a_job_that_never_was_is_not_found(store: JobStore) -> None:
    for read in (store.get, store.result, store.events, store.cancel):
        with pytest.raises(JobNotFound):
            await read(TENANT, UNKNOWN_ID)
