"""What both stores promise of `submit`: everything or nothing, each key once, any text and any size."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from lamplighter_serving.errors import IdempotencyConflict, JobNotFound
from lamplighter_serving.queue.job import JobState
from lamplighter_serving.queue.pieces import PIECE_BYTES
from lamplighter_serving.queue.store import JobStore, Retention
from serving.queue.jobs import OTHER_TENANT, TENANT, WORKER, document_of, kinds_of, lease_one, new_job, submit
from serving.queue.timed import Elapse

pytestmark = pytest.mark.anyio

MIB = 1024 * 1024


async def test_a_submitted_job_stands_with_its_document_and_its_first_event(store: JobStore) -> None:
    new = new_job(
        extractor="invoice", request={"schema": {"type": "object"}, "instructions": "read"}, priority=3, max_attempts=2
    )
    submitted = await store.submit(new, b"document")
    assert submitted.created
    job = await store.get(TENANT, submitted.job.id)
    assert job == submitted.job
    assert (job.tenant, job.worker, job.extractor, job.document_name) == (TENANT, WORKER, "invoice", "invoice.pdf")
    assert (job.state, job.priority, job.attempt, job.max_attempts, job.fence) == (JobState.QUEUED, 3, 0, 2, 0)
    assert job.request == {"schema": {"type": "object"}, "instructions": "read"}
    assert (job.document_bytes, await document_of(store, job.id)) == (8, b"document")
    assert (job.started_at, job.finished_at, job.lease_expires_at, job.problem) == (None, None, None, None)
    assert job.created_at == job.available_at
    (event,) = await store.events(TENANT, job.id)
    assert (event.kind, event.job_id, event.data) == ("queued", job.id, {})


async def test_a_document_whose_reading_fails_half_way_leaves_nothing(store: JobStore) -> None:
    def broken() -> Iterator[bytes]:
        yield bytes(2 * MIB)
        raise OSError("the spool is gone")

    with pytest.raises(OSError, match="spool"):
        await store.submit(new_job(idempotency_key="key"), broken())
    assert (await store.list_jobs(TENANT, limit=10)).jobs == ()
    assert await store.lease(WORKER, holder="worker", limit=1, duration=timedelta(minutes=1)) == []
    assert (await store.submit(new_job(idempotency_key="key"), b"again")).created


async def test_a_request_that_is_not_json_is_refused_and_leaves_nothing(store: JobStore) -> None:
    with pytest.raises(ValueError, match="JSON"):
        await store.submit(new_job(request={"limit": float("nan")}), b"document")
    assert (await store.list_jobs(TENANT, limit=10)).jobs == ()


async def test_later_changes_of_the_callers_request_do_not_reach_the_job(store: JobStore) -> None:
    request = {"schema": {"type": "object"}}
    job = await submit(store, request=request)
    request["schema"]["type"] = "array"
    assert (await store.get(TENANT, job.id)).request == {"schema": {"type": "object"}}


async def test_a_repeated_key_gives_the_same_job_as_it_stands_now(store: JobStore) -> None:
    new = new_job(idempotency_key="key", request_digest="digest")
    first = await store.submit(new, b"document")
    await lease_one(store)
    second = await store.submit(new, b"document")
    assert (first.created, second.created) == (True, False)
    assert second.job == await store.get(TENANT, first.job.id)
    assert second.job.state is JobState.RUNNING
    assert await kinds_of(store, first.job.id) == ["queued", "running"]


@pytest.mark.parametrize("size", [10, 3 * MIB])
async def test_a_key_reused_for_another_request_is_refused_with_the_first_jobs_id(store: JobStore, size: int) -> None:
    job = await submit(store, b"first", idempotency_key="key", request_digest="one")
    with pytest.raises(IdempotencyConflict, match=str(job.id)):
        await store.submit(new_job(idempotency_key="key", request_digest="two"), bytes(size))
    assert [each.id for each in (await store.list_jobs(TENANT, limit=10)).jobs] == [job.id]
    assert await document_of(store, job.id) == b"first"


async def test_two_tenants_may_use_the_same_key(store: JobStore) -> None:
    mine = await submit(store, idempotency_key="key")
    theirs = await submit(store, idempotency_key="key", tenant=OTHER_TENANT)
    assert mine.id != theirs.id


async def test_jobs_without_a_key_are_never_taken_for_each_other(store: JobStore) -> None:
    assert (await submit(store)).id != (await submit(store)).id


@pytest.mark.parametrize("size", [10, 3 * MIB])
async def test_concurrent_submissions_of_one_key_make_one_job(store: JobStore, size: int) -> None:
    new = new_job(idempotency_key="key", request_digest="digest")
    submissions = await asyncio.gather(*(store.submit(new, bytes(size)) for _ in range(12)))
    assert len({each.job.id for each in submissions}) == 1
    assert [each.created for each in submissions].count(True) == 1
    assert len((await store.list_jobs(TENANT, limit=10)).jobs) == 1
    assert len(await document_of(store, submissions[0].job.id)) == size


async def test_concurrent_submissions_of_many_keys_neither_mix_nor_wait_for_each_other(store: JobStore) -> None:
    """The same keys in opposite orders are what a deadlock is made of."""
    keys = [f"key-{number}" for number in range(40)]
    order = [*keys, *reversed(keys), *keys]
    submissions = await asyncio.gather(
        *(store.submit(new_job(idempotency_key=key, document_name=key), key.encode()) for key in order)
    )
    ids = dict(zip(order, (each.job.id for each in submissions), strict=True))
    assert [each.job.id for each in submissions] == [ids[key] for key in order]
    assert sum(each.created for each in submissions) == len(keys)
    for key, job_id in ids.items():
        assert await document_of(store, job_id) == key.encode()


async def test_a_key_is_free_again_once_retention_deleted_its_job(store: JobStore, elapse: Elapse) -> None:
    first = await submit(store, idempotency_key="key", request_digest="one")
    await store.cancel(TENANT, first.id)
    await elapse(timedelta(days=2))
    await store.purge(Retention(documents=timedelta(days=1), jobs=timedelta(days=1)))
    second = await store.submit(new_job(idempotency_key="key", request_digest="two"), b"document")
    assert second.created
    assert second.job.id != first.id


@pytest.mark.parametrize("key", ["", "k" * 100_000, "Klíč č. 7", "nul\x00", "half \ud800"])
async def test_any_text_may_be_a_key(store: JobStore, key: str) -> None:
    first = await store.submit(new_job(idempotency_key=key), b"document")
    again = await store.submit(new_job(idempotency_key=key), b"document")
    other = await store.submit(new_job(idempotency_key=key + "x"), b"document")
    assert (again.job.id, again.created, other.created) == (first.job.id, False, True)


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 20 * MIB])
async def test_a_document_of_any_size_comes_back_as_it_was(store: JobStore, size: int) -> None:
    document = (b"0123456789abcdef" * (size // 16 + 1))[:size]
    job = await submit(store, document)
    assert job.document_bytes == (await store.get(TENANT, job.id)).document_bytes == size
    assert await document_of(store, job.id) == document
    assert await store.leased_document(await lease_one(store)) == document


async def test_a_large_document_is_read_in_pieces(store: JobStore) -> None:
    job = await submit(store, bytes(3 * MIB + 5))
    sizes = [len(piece) async for piece in store.document(TENANT, job.id)]
    assert sizes == [MIB, MIB, MIB, 5]


async def test_a_document_may_come_in_chunks_of_any_length(store: JobStore) -> None:
    chunks = [b"a" * 700_000, b"", b"b" * 700_000, b"c" * MIB, b"d"]
    job = (await store.submit(new_job(), iter(chunks))).job
    assert job.document_bytes == sum(map(len, chunks))
    assert await document_of(store, job.id) == b"".join(chunks)


@pytest.mark.parametrize("name", ["účet č. 7 – 🧾.pdf", "", "x" * 10_000, "'; DROP TABLE jobs; --", "100%_%s.pdf"])
async def test_any_document_name_is_kept(store: JobStore, name: str) -> None:
    job = await submit(store, document_name=name)
    assert (await store.get(TENANT, job.id)).document_name == name


async def test_a_document_name_loses_what_postgresql_cannot_hold(store: JobStore) -> None:
    job = await submit(store, document_name="a\x00b\ud800c.pdf")
    assert job.document_name == (await store.get(TENANT, job.id)).document_name == "ab?c.pdf"


async def test_a_request_keeps_every_character_and_the_order_of_its_keys(store: JobStore) -> None:
    request = {"z": "\x00", "a": ["\ud83d", "č", "🧾", "\\u0000", '"'], "m": {"1": None, "0": [True, 1.5, -7, 10**30]}}
    job = await submit(store, request=request)
    kept = (await store.get(TENANT, job.id)).request
    assert kept == request
    assert list(kept) == ["z", "a", "m"]
    assert (await lease_one(store)).job.request == request


async def test_another_tenant_finds_nothing_of_a_job(store: JobStore) -> None:
    job = await submit(store)
    await store.complete(await lease_one(store), {"total": 1})
    for read in (store.get, store.result, store.events, store.cancel):
        with pytest.raises(JobNotFound, match=str(job.id)):
            await read(OTHER_TENANT, job.id)
    with pytest.raises(JobNotFound):
        await document_of(store, job.id, OTHER_TENANT)
    assert (await store.list_jobs(OTHER_TENANT, limit=10)).jobs == ()
    assert (await store.list_jobs(OTHER_TENANT, limit=10, search=str(job.id))).jobs == ()
    assert await store.result(TENANT, job.id) == {"total": 1}


async def test_another_tenants_cancel_leaves_the_job_running(store: JobStore) -> None:
    job = await submit(store)
    lease = await lease_one(store)
    with pytest.raises(JobNotFound):
        await store.cancel(OTHER_TENANT, job.id)
    await store.complete(lease, {})
