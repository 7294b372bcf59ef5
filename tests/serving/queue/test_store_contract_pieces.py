"""What both stores promise of answers while they are written: pieces in order, of living leases alone, gone when these end."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from lamplighter_serving.queue.job import Lease, Mark, Piece
from lamplighter_serving.queue.store import JobStore, Retention
from serving.queue.jobs import DEADLINE_SECONDS, LEASE, PROBLEM, TENANT, lease_one, submit, submit_and_lease
from serving.queue.timed import Elapse

pytestmark = pytest.mark.anyio


def piece(lease: Lease, ordinal: int, **content: object) -> Piece:
    return Piece(job_id=lease.job.id, fence=lease.fence, ordinal=ordinal, content=content or {"text": f"{ordinal}"})


async def places(store: JobStore, lease: Lease, mark: Mark | None = None) -> list[tuple[int, int]]:
    return [(each.fence, each.ordinal) for each in await store.pieces({lease.job.id: mark or Mark()})]


async def test_pieces_are_read_in_their_order_from_a_mark_on(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    await store.write([piece(lease, 1, text="ž\x00 🧾"), piece(lease, 2)])
    await store.write([piece(lease, 3)])
    assert await store.pieces({lease.job.id: Mark()}) == [piece(lease, 1, text="ž\x00 🧾"), piece(lease, 2), piece(lease, 3)]
    assert await places(store, lease, Mark(fence=lease.fence, ordinal=2)) == [(lease.fence, 3)]
    assert await store.pieces({}) == []


async def test_a_piece_that_is_written_twice_is_there_once(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    await store.write([piece(lease, 1, text="first")])
    await store.write([piece(lease, 1, text="again"), piece(lease, 2)])
    assert [each.content for each in await store.pieces({lease.job.id: Mark()})] == [{"text": "first"}, {"text": "2"}]


async def test_pieces_of_several_jobs_are_written_and_read_together(store: JobStore) -> None:
    one, other = await submit_and_lease(store), await submit_and_lease(store)
    await store.write([piece(one, 1), piece(other, 1), piece(other, 2)])
    read = await store.pieces({one.job.id: Mark(), other.job.id: Mark(fence=other.fence, ordinal=1)})
    assert {(each.job_id, each.ordinal) for each in read} == {(one.job.id, 1), (other.job.id, 2)}


async def test_a_lost_lease_writes_nothing_and_hinders_no_other(store: JobStore, elapse: Elapse) -> None:
    lost = await submit_and_lease(store)
    await elapse(LEASE + timedelta(seconds=1))
    held = await submit_and_lease(store)
    await store.write([piece(lost, 1), piece(held, 1)])
    assert (await places(store, lost), await places(store, held)) == ([], [(held.fence, 1)])


async def test_the_next_attempt_writes_anew_beyond_every_mark_of_the_last(store: JobStore) -> None:
    first = await submit_and_lease(store)
    await store.write([piece(first, 1), piece(first, 2)])
    await store.retry(first, PROBLEM, delay=timedelta(0))
    second = await lease_one(store)
    await store.write([piece(first, 3), piece(second, 1)])
    assert await places(store, first, Mark(fence=first.fence, ordinal=2)) == [(second.fence, 1)]


@pytest.mark.parametrize("end", ["complete", "cancel", "retry", "next lease"])
async def test_pieces_of_an_ended_lease_are_forgotten(store: JobStore, end: str) -> None:
    lease = await submit_and_lease(store)
    await store.write([piece(lease, 1)])
    if end == "complete":
        await store.complete(lease, {"data": {}})
    elif end == "cancel":
        await store.cancel(TENANT, lease.job.id)
    else:
        await store.retry(lease, PROBLEM, delay=timedelta(0))
    if end == "next lease":
        again = await lease_one(store)
        await store.write([piece(again, 1)])
        await store.reap()
        assert await places(store, lease) == [(again.fence, 1)]
    else:
        await store.reap()
        assert await places(store, lease) == []


async def test_pieces_go_with_their_job(store: JobStore, elapse: Elapse) -> None:
    lease = await submit_and_lease(store)
    await store.write([piece(lease, 1)])
    await store.complete(lease, {})
    await elapse(timedelta(seconds=1))
    await store.purge(Retention(documents=timedelta(0), jobs=timedelta(0)))
    assert await places(store, lease) == []


async def test_those_who_watch_for_pieces_hear_of_them_and_the_others_do_not(store: JobStore) -> None:
    lease = await submit_and_lease(store)
    async with store.watch() as notices, store.watch_written() as written:
        await store.write([piece(lease, 1)])
        last = await submit(store, worker="last")
        async with asyncio.timeout(DEADLINE_SECONDS):
            told = await anext(written)
            others: list[Any] = []
            async for wakeup in notices:
                others.append(wakeup.kind)
                if wakeup.job_id == last.id:
                    break
    assert (told.kind, told.job_id) == ("written", lease.job.id)
    assert others == ["committed"]
