"""What both stores promise of leases: order, one holder at a time, heartbeats, and no write without a living lease."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from lamplighter_serving.errors import LeaseLost
from lamplighter_serving.queue.job import JobState, Lease
from lamplighter_serving.queue.store import JobStore, Retention
from serving.queue.jobs import HOLDER, LEASE, PROBLEM, TENANT, WORKER, kinds_of, lease_one, submit, submit_and_lease
from serving.queue.timed import Elapse, TimedStore

pytestmark = pytest.mark.anyio

Write = Callable[[JobStore, Lease], Awaitable[object]]

#: Everything a worker may do with a lease beside a heartbeat.
WRITES: dict[str, Write] = {
    "leased_document": lambda store, lease: store.leased_document(lease),
    "record": lambda store, lease: store.record(lease, "stage", {"stage": "reading"}),
    "complete": lambda store, lease: store.complete(lease, {"total": 1}),
    "fail": lambda store, lease: store.fail(lease, PROBLEM),
    "retry": lambda store, lease: store.retry(lease, PROBLEM, delay=timedelta(0)),
    "release": lambda store, lease: store.release(lease),
}


async def expire(timed: TimedStore, lease: Lease) -> None:
    await timed.elapse(LEASE)


async def reap(timed: TimedStore, lease: Lease) -> None:
    await expire(timed, lease)
    assert await timed.store.reap() == 1


async def pass_on(timed: TimedStore, lease: Lease) -> None:
    await reap(timed, lease)
    await timed.elapse(timedelta(minutes=5))
    await lease_one(timed.store)  # the same process: its name does not make an old lease good again


async def cancel(timed: TimedStore, lease: Lease) -> None:
    await timed.store.cancel(TENANT, lease.job.id)


async def complete(timed: TimedStore, lease: Lease) -> None:
    await timed.store.complete(lease, {"total": 7})


async def release(timed: TimedStore, lease: Lease) -> None:
    await timed.store.release(lease)


async def retry(timed: TimedStore, lease: Lease) -> None:
    await timed.store.retry(lease, PROBLEM, delay=timedelta(0))


async def purge(timed: TimedStore, lease: Lease) -> None:
    await cancel(timed, lease)
    await timed.elapse(timedelta(days=1))
    await timed.store.purge(Retention(documents=timedelta(hours=1), jobs=timedelta(hours=1)))


async def test_the_highest_priority_goes_first_and_then_the_oldest(store: JobStore) -> None:
    names = [("low", -1), ("first", 0), ("second", 0), ("high", 5), ("third", 0)]
    for name, priority in names:
        await submit(store, document_name=name, priority=priority)
    leases = [await lease_one(store) for _ in names]
    assert [lease.job.document_name for lease in leases] == ["high", "first", "second", "third", "low"]


async def test_several_jobs_leased_at_once_come_in_the_same_order(store: JobStore) -> None:
    for name, priority in [("first", 0), ("high", 5), ("second", 0), ("low", -1)]:
        await submit(store, document_name=name, priority=priority)
    leases = await store.lease(WORKER, holder=HOLDER, limit=3, duration=LEASE)
    assert [lease.job.document_name for lease in leases] == ["high", "first", "second"]


async def test_jobs_submitted_at_once_keep_the_order_in_which_they_came(store: JobStore) -> None:
    jobs = await asyncio.gather(*(submit(store) for _ in range(20)))
    assert [job.created_at for job in jobs] == sorted(job.created_at for job in jobs)
    # Written together, but not at one time: a list by time would have them in any order.
    assert len({job.created_at for job in jobs}) > 1
    leases = await store.lease(WORKER, holder=HOLDER, limit=20, duration=LEASE)
    assert [lease.job.id for lease in leases] == [job.id for job in jobs]


async def test_a_retried_job_keeps_its_place_before_younger_ones(store: JobStore) -> None:
    lease = await submit_and_lease(store, document_name="old")
    await submit(store, document_name="young")
    await store.retry(lease, PROBLEM, delay=timedelta(0))
    assert (await lease_one(store)).job.document_name == "old"


@pytest.mark.parametrize("limit", [-1, 0])
async def test_a_worker_without_room_gets_nothing(store: JobStore, limit: int) -> None:
    await submit(store)
    assert list(await store.lease(WORKER, holder=HOLDER, limit=limit, duration=LEASE)) == []


async def test_an_empty_queue_gives_nothing_at_once(store: JobStore) -> None:
    assert list(await store.lease(WORKER, holder=HOLDER, limit=5, duration=LEASE)) == []


async def test_a_worker_gets_only_jobs_of_its_class(store: JobStore) -> None:
    await submit(store, worker="other")
    assert list(await store.lease(WORKER, holder=HOLDER, limit=5, duration=LEASE)) == []


async def test_a_lease_says_what_the_job_then_stands_as(store: JobStore) -> None:
    job = await submit(store)
    lease = await lease_one(store)
    assert lease.job == await store.get(TENANT, job.id)
    assert (lease.holder, lease.fence, lease.expires_at) == (HOLDER, 1, lease.job.lease_expires_at)
    assert (lease.job.state, lease.job.attempt, lease.job.fence) == (JobState.RUNNING, 1, 1)
    assert lease.job.started_at is not None
    assert lease.expires_at - lease.job.started_at == LEASE
    assert [event.data for event in await store.events(TENANT, job.id)] == [{}, {"attempt": 1}]


async def test_a_leased_job_is_not_leased_again_until_it_is_reaped(store: JobStore, elapse: Elapse) -> None:
    await submit_and_lease(store)
    await elapse(2 * LEASE)
    assert list(await store.lease(WORKER, holder="other", limit=5, duration=LEASE)) == []
    await store.reap()
    await elapse(timedelta(minutes=5))
    assert (await lease_one(store, holder="other")).fence == 2


async def test_concurrent_workers_share_the_jobs_without_a_double(store: JobStore) -> None:
    for _ in range(30):
        await submit(store)
    taken = await asyncio.gather(*(store.lease(WORKER, holder=f"w{n}", limit=5, duration=LEASE) for n in range(8)))
    # Under contention a call may get fewer than its limit, never a job that another one got.
    ids = [lease.job.id for leases in taken for lease in leases]
    ids += [lease.job.id for lease in await store.lease(WORKER, holder="last", limit=30, duration=LEASE)]
    assert len(ids) == len(set(ids)) == 30


async def test_the_first_start_is_kept_over_later_leases(store: JobStore, elapse: Elapse) -> None:
    first = await submit_and_lease(store)
    await store.release(first)
    second = await lease_one(store)
    assert second.job.started_at == first.job.started_at


async def test_a_job_that_lost_its_worker_twice_is_leased_alone_by_a_worker_that_holds_nothing(timed: TimedStore) -> None:
    suspect = await submit(timed.store)
    for _ in range(2):
        await reap(timed, await lease_one(timed.store))
        await timed.elapse(timedelta(minutes=5))
    others = [await submit(timed.store) for _ in range(2)]
    alone = await timed.store.lease(WORKER, holder=HOLDER, limit=3, duration=LEASE)
    assert [lease.job.id for lease in alone] == [suspect.id]
    assert await timed.store.lease(WORKER, holder=HOLDER, limit=2, duration=LEASE) == []
    beside = await timed.store.lease(WORKER, holder="another", limit=2, duration=LEASE)
    assert [lease.job.id for lease in beside] == [other.id for other in others]


async def test_a_heartbeat_extends_a_lease_from_now(store: JobStore, elapse: Elapse) -> None:
    lease = await submit_and_lease(store)
    for _ in range(4):
        await elapse(LEASE * 0.75)
        assert await store.heartbeat(HOLDER, [lease], LEASE) == {lease.job.id}
    assert await store.reap() == 0
    await store.complete(lease, {})


async def test_a_heartbeat_answers_with_those_still_held(store: JobStore, elapse: Elapse) -> None:
    for _ in range(4):
        await submit(store)
    held, cancelled, released, _ = leases = await store.lease(WORKER, holder=HOLDER, limit=4, duration=LEASE)
    await store.cancel(TENANT, cancelled.job.id)
    await store.release(released)
    unknown = replace(held, job=replace(held.job, id=uuid4()))
    old = replace(held, fence=held.fence - 1)
    assert await store.heartbeat(HOLDER, [*leases, unknown], LEASE) == {held.job.id, leases[3].job.id}
    assert await store.heartbeat(HOLDER, [old], LEASE) == frozenset()
    assert await store.heartbeat("another", leases, LEASE) == frozenset()
    assert await store.heartbeat(HOLDER, [], LEASE) == frozenset()
    assert await store.heartbeat(HOLDER, iter(leases), LEASE) == {held.job.id, leases[3].job.id}


async def test_a_heartbeat_does_not_revive_a_lease_that_ran_out(store: JobStore, elapse: Elapse) -> None:
    lease = await submit_and_lease(store)
    await elapse(LEASE)
    assert await store.heartbeat(HOLDER, [lease], LEASE) == frozenset()
    assert await store.reap() == 1


async def test_a_heartbeat_leaves_no_event(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    await store.heartbeat(HOLDER, [lease], LEASE)
    assert await kinds_of(store, lease.job.id) == ["queued", "running"]


async def test_a_worker_records_events_of_its_own_in_order(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    for stage in ("\x00", "reading", "extracting"):
        await store.record(lease, "stage", {"stage": stage, "seconds": 1.5})
    events = await store.events(TENANT, lease.job.id)
    assert [event.kind for event in events] == ["queued", "running", "stage", "stage", "stage"]
    assert [event.data.get("stage") for event in events[2:]] == ["\x00", "reading", "extracting"]
    assert [event.sequence for event in events] == sorted({event.sequence for event in events})
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert await store.events(TENANT, lease.job.id, after=events[2].sequence) == list(events[3:])
    assert list(await store.events(TENANT, lease.job.id, after=events[-1].sequence)) == []


async def test_concurrent_records_get_a_sequence_each(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    await asyncio.gather(*(store.record(lease, "stage", {"number": number}) for number in range(20)))
    events = await store.events(TENANT, lease.job.id)
    assert sorted(event.data["number"] for event in events[2:]) == list(range(20))  # type: ignore[type-var]
    assert len({event.sequence for event in events}) == 22


@pytest.mark.parametrize("lose", [expire, reap, pass_on, cancel, complete, release, retry, purge])
async def test_every_write_after_a_lost_lease_is_refused_and_changes_nothing(
    timed: TimedStore, lose: Callable[[TimedStore, Lease], Awaitable[None]]
) -> None:
    store = timed.store
    lease = await submit_and_lease(store)
    await lose(timed, lease)
    before = (await store.list_jobs(TENANT, limit=10)).jobs
    history = [await store.events(TENANT, job.id) for job in before]
    outcomes = await store.outcomes()
    for write in WRITES.values():
        with pytest.raises(LeaseLost, match=f"fence {lease.fence}"):
            await write(store, lease)
    assert await store.heartbeat(HOLDER, [lease], LEASE) == frozenset()
    assert (await store.list_jobs(TENANT, limit=10)).jobs == before
    assert [await store.events(TENANT, job.id) for job in before] == history
    assert await store.outcomes() == outcomes
    results = [await store.result(TENANT, job.id) for job in before]
    assert results == [{"total": 7} if job.state is JobState.DONE else None for job in before]


@pytest.mark.parametrize("name", WRITES)
async def test_every_write_is_allowed_while_the_lease_lives(store: JobStore, elapse: Elapse, name: str) -> None:
    lease = await submit_and_lease(store)
    await elapse(LEASE - timedelta(minutes=1))
    await WRITES[name](store, lease)


async def test_the_second_holder_is_not_disturbed_by_the_first_ones_late_writes(timed: TimedStore) -> None:
    store = timed.store
    old = await submit_and_lease(store)
    await timed.elapse(LEASE)
    await store.reap()
    await timed.elapse(timedelta(minutes=5))
    new = await lease_one(store, holder="second")
    for write in WRITES.values():
        with pytest.raises(LeaseLost):
            await write(store, old)
    await store.complete(new, {"by": "second"})
    assert await store.result(TENANT, old.job.id) == {"by": "second"}
