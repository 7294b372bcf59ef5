"""Several processes and stuck transactions at one real queue."""

import asyncio
import hashlib
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from lamplighter_serving import database as database_module
from lamplighter_serving.database import Database, Query
from lamplighter_serving.errors import JobNotFound, StoreUnavailable
from lamplighter_serving.queue.job import JobState
from lamplighter_serving.queue.postgres import PostgresStore
from lamplighter_serving.queue.store import Retention, Submitted
from serving.queue.jobs import DEADLINE_SECONDS, HOLDER, LEASE, TENANT, WORKER, kinds_of, new_job, submit, submit_and_lease
from serving.queue.racer import take_all

pytestmark = pytest.mark.anyio

JOBS = 200
#: Lets leases be over: for statements that lock rows as another process would.
#: A submission that another process has written and not committed.
STUCK = """
INSERT INTO jobs (id, tenant, worker, request, request_digest, idempotency, document_name, document_bytes, priority,
    max_attempts, created_at, available_at)
VALUES (gen_random_uuid(), %(tenant)s, 'extract', '{}', '', %(key)s, '', 0, 0, 5, now(), now())
"""
EXPIRE_HALF = Query(
    name="expire_half", text=b"UPDATE jobs SET lease_expires_at = now() WHERE state = 'running' AND id < %(middle)s"
)
EXPIRE = Query(name="expire", text=b"UPDATE jobs SET lease_expires_at = now() WHERE state = 'running'")


async def test_two_processes_of_many_tasks_complete_each_job_exactly_once(database_url: str, postgres: PostgresStore) -> None:
    jobs = await asyncio.gather(*(submit(postgres) for _ in range(JOBS)))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=2, mp_context=spawn) as processes:
        futures = [processes.submit(take_all, database_url, WORKER, f"process-{number}", 6, 2) for number in range(2)]
        completed = [await asyncio.wrap_future(future) for future in futures]
    both = completed[0] + completed[1]
    assert len(both) == JOBS
    assert set(both) == {str(job.id) for job in jobs}
    assert all(completed)  # or it was no race
    assert await postgres.outcomes() == {(WORKER, "done"): JOBS}
    for job in jobs[::10]:
        assert await kinds_of(postgres, job.id) == ["queued", "running", "done"]


async def test_a_stuck_transaction_blocks_neither_leasing_nor_reaping_nor_counting(
    database_url: str, postgres: PostgresStore, database: Database
) -> None:
    locked = [await submit(postgres) for _ in range(3)]
    free = await submit(postgres)
    connection = await psycopg.AsyncConnection.connect(database_url)
    async with connection, asyncio.timeout(DEADLINE_SECONDS):
        await connection.execute("SELECT FROM jobs WHERE id = ANY(%s) FOR UPDATE", ([job.id for job in locked],))
        (lease,) = await postgres.lease(WORKER, holder=HOLDER, limit=10, duration=LEASE)
        assert lease.job.id == free.id
        assert await postgres.reap() == 0
        assert [depth.queued for depth in await postgres.depths()] == [3]
        await postgres.complete(lease, {})
        await connection.rollback()
    assert len(await postgres.lease(WORKER, holder=HOLDER, limit=10, duration=LEASE)) == 3


async def test_a_stuck_transaction_holds_up_only_its_own_rows_of_reaping_and_purging(
    database_url: str, postgres: PostgresStore, database: Database
) -> None:
    stuck, other = await submit_and_lease(postgres), await submit_and_lease(postgres, max_attempts=1)
    await database.rows(EXPIRE)
    connection = await psycopg.AsyncConnection.connect(database_url)
    async with connection, asyncio.timeout(DEADLINE_SECONDS):
        await connection.execute("SELECT FROM jobs WHERE id = %s FOR UPDATE", (stuck.job.id,))
        assert await postgres.reap() == 1
        assert (await postgres.get(TENANT, other.job.id)).state is JobState.DEAD
        # At once: final a moment ago is long enough.
        at_once = Retention(documents=timedelta(0), jobs=timedelta(0))
        assert await postgres.purge(at_once) == 2
        await connection.rollback()
    assert await postgres.reap() == 1


async def test_a_stuck_writer_of_a_key_holds_up_a_batch_and_not_those_behind_it(
    database_url: str, postgres: PostgresStore, database: Database
) -> None:
    """A submission of the same key waits for the other's end, as it must; later ones go through the second writer."""
    new = new_job(idempotency_key="key", request_digest="digest")
    other = await psycopg.AsyncConnection.connect(database_url)
    async with other, asyncio.timeout(DEADLINE_SECONDS):
        key = hashlib.sha256(b"key").digest()
        await other.execute(STUCK, {"tenant": TENANT, "key": key})
        waiting = asyncio.create_task(postgres.submit(new, b"document"))
        await database.rows(Query(name="turn", text=b"SELECT"))  # long enough for the first batch to be on its way
        for _ in range(20):
            assert (await submit(postgres)).state is JobState.QUEUED
        assert not waiting.done()
        await other.rollback()
        assert (await waiting).created


async def test_a_process_that_vanished_in_the_middle_of_a_document_does_not_keep_its_key(
    database_url: str, postgres: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its host is gone without a word; on the server its connection stays open until TCP gives up, which takes hours."""
    monkeypatch.setattr(database_module, "IDLE_TRANSACTION_SECONDS", 0.2)
    stuck = Query(name="stuck", text=STUCK.encode())

    async def half_a_submission(vanished: Database) -> None:
        async with vanished.transaction() as transaction:
            await transaction.rows(stuck, {"tenant": TENANT, "key": hashlib.sha256(b"key").digest()})
            submissions.append(await postgres.submit(new_job(idempotency_key="key"), b"document"))
            await transaction.rows(Query(name="rest", text=b"SELECT"))

    submissions: list[Submitted] = []
    async with Database(database_url) as vanished, asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(StoreUnavailable):
            await half_a_submission(vanished)
    (submitted,) = submissions
    assert submitted.created
    assert [job.id for job in (await postgres.list_jobs(TENANT, limit=5)).jobs] == [submitted.job.id]


async def test_a_document_that_is_purged_while_it_is_read_ends_with_an_error_and_not_early(postgres: PostgresStore) -> None:
    job = await submit(postgres, bytes(3 * 1024 * 1024))
    await postgres.cancel(TENANT, job.id)
    pieces = postgres.document(TENANT, job.id)
    await anext(pieces)
    assert await postgres.purge(Retention(documents=timedelta(0), jobs=timedelta(days=1))) == 1
    with pytest.raises(JobNotFound):
        await anext(pieces)


async def test_heartbeats_reaps_and_cancellations_of_the_same_rows_never_deadlock(
    postgres: PostgresStore, database: Database
) -> None:
    for _ in range(5):
        jobs = await asyncio.gather(*(submit(postgres) for _ in range(60)))
        workers = {holder: await postgres.lease(WORKER, holder=holder, limit=20, duration=LEASE) for holder in "abc"}
        await database.rows(EXPIRE_HALF, {"middle": sorted(job.id for job in jobs)[30]})
        *alive, reaped, again = await asyncio.gather(
            *(postgres.heartbeat(holder, leases[::-1], LEASE) for holder, leases in workers.items()),
            *(postgres.cancel(TENANT, job.id) for job in jobs[::4]),
            postgres.reap(),
            postgres.reap(),
        )
        assert isinstance(reaped, int)
        assert isinstance(again, int)
        cancelled = {job.id for job in jobs[::4]}
        held = set[object]().union(*alive[:3])  # type: ignore[arg-type]
        assert reaped + again + len(held | cancelled) >= 60
        for job in jobs:
            await postgres.cancel(TENANT, job.id)
    assert await postgres.outcomes() == {(WORKER, "cancelled"): 300}


async def test_a_lease_and_a_cancellation_of_the_same_rows_take_turns(postgres: PostgresStore) -> None:
    jobs = await asyncio.gather(*(submit(postgres) for _ in range(40)))
    leases, *_ = await asyncio.gather(
        postgres.lease(WORKER, holder=HOLDER, limit=40, duration=LEASE), *(postgres.cancel(TENANT, job.id) for job in jobs)
    )
    assert await postgres.heartbeat(HOLDER, leases, LEASE) == frozenset()
    assert await postgres.outcomes() == {(WORKER, "cancelled"): 40}
