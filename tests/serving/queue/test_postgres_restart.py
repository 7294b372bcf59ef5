"""The queue through the loss of its server: nothing committed is lost, callers hear at once, watchers are told to look anew."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from embedded_postgres import EmbeddedPostgres, embedded_postgres
from lamplighter_serving.database import Database, Query
from lamplighter_serving.errors import StoreUnavailable
from lamplighter_serving.queue.job import JobState, Wakeup
from lamplighter_serving.queue.migrate import migrate
from lamplighter_serving.queue.notices import RESYNC
from lamplighter_serving.queue.postgres import PostgresStore
from lamplighter_serving.queue.store import Retention
from serving.queue.jobs import (
    DEADLINE_SECONDS,
    DOCUMENT,
    HOLDER,
    LEASE,
    PROBLEM,
    TENANT,
    WORKER,
    document_of,
    kinds_of,
    lease_one,
    new_job,
    submit,
    submit_and_lease,
)

pytestmark = pytest.mark.anyio

END_LISTENERS = Query(
    name="end_listeners",
    text=b"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    b"WHERE datname = current_database() AND query LIKE 'LISTEN%%' AND pid <> pg_backend_pid()",
)
NOTIFY = Query(name="notify", text=b"SELECT pg_notify('lamplighter', %(payload)s)")


@pytest.fixture(scope="module")
def server() -> Iterator[EmbeddedPostgres]:
    """A server of these tests alone: they stop it."""
    with embedded_postgres() as server:
        yield server


@pytest.fixture
async def store(server: EmbeddedPostgres) -> AsyncIterator[PostgresStore]:
    async with Database(server.url, connections=4) as database:
        await migrate(database)
        await database.rows(Query(name="empty", text=b"TRUNCATE jobs, pieces, outcomes, presences, tallies CASCADE"))
        yield PostgresStore(database)


async def told(notices: AsyncIterator[Wakeup]) -> Wakeup:
    async with asyncio.timeout(DEADLINE_SECONDS):
        return await anext(notices)


async def test_every_call_says_that_the_store_is_away_and_works_when_it_is_back(
    server: EmbeddedPostgres, store: PostgresStore
) -> None:
    lease = await submit_and_lease(store, bytes(3 * 1024 * 1024))
    job_id = lease.job.id
    server.stop()
    calls = [
        store.submit(new_job(), DOCUMENT),
        store.submit(new_job(), bytes(3 * 1024 * 1024)),
        store.get(TENANT, job_id),
        store.list_jobs(TENANT, limit=5, search="invoice"),
        store.cancel(TENANT, job_id),
        store.result(TENANT, job_id),
        document_of(store, job_id),
        store.events(TENANT, job_id),
        store.lease(WORKER, holder=HOLDER, limit=1, duration=LEASE),
        store.heartbeat(HOLDER, [lease], LEASE),
        store.leased_document(lease),
        store.record(lease, "stage", {}),
        store.complete(lease, {}),
        store.fail(lease, PROBLEM),
        store.retry(lease, PROBLEM, delay=timedelta(0)),
        store.release(lease),
        store.reap(),
        store.purge(Retention(documents=LEASE, jobs=LEASE)),
        store.depths(),
        store.next_available(WORKER),
        store.outcomes(),
        store.leave(HOLDER),
        store.presences(within=LEASE),
        store.tally(HOLDER, []),
        store.tallies(),
    ]
    for call in calls:
        async with asyncio.timeout(DEADLINE_SECONDS):
            with pytest.raises(StoreUnavailable):
                await call
    with pytest.raises(StoreUnavailable):
        async with store.watch():
            pytest.fail("nobody is there to be watched")
    server.start()
    # The worker slept through it, its lease lives, and what it then writes counts.
    assert await store.heartbeat(HOLDER, [lease], LEASE) == {job_id}
    await store.complete(lease, {"total": 1})
    assert await store.result(TENANT, job_id) == {"total": 1}
    assert await kinds_of(store, job_id) == ["queued", "running", "done"]
    assert len((await store.list_jobs(TENANT, limit=5)).jobs) == 1


async def test_a_watcher_is_told_to_look_anew_after_a_restart_and_hears_what_follows(
    server: EmbeddedPostgres, store: PostgresStore
) -> None:
    async with store.watch() as notices:
        before = await submit(store)
        assert (await told(notices)).job_id == before.id
        server.stop()
        server.start()
        assert await told(notices) == RESYNC
        after = await submit(store)
        assert await told(notices) == Wakeup(worker=WORKER, job_id=after.id, kind="committed")


async def test_a_job_committed_while_the_watcher_was_cut_off_is_found_by_looking_anew(
    server: EmbeddedPostgres, store: PostgresStore
) -> None:
    async with Database(server.url) as administrator, store.watch() as notices:
        for _ in range(3):
            await administrator.rows(END_LISTENERS)
            job = await submit(store)
            # Notices of its own may come too, when the connection was back before it.
            while await told(notices) != RESYNC:
                pass
            assert (await lease_one(store)).job.id == job.id


async def test_submissions_through_a_restart_are_there_once_each_when_repeated_with_their_key(
    server: EmbeddedPostgres, store: PostgresStore
) -> None:
    async def insist(number: int) -> None:
        while True:
            try:
                await submit(store, idempotency_key=str(number), document_name=str(number))
                return
            except StoreUnavailable:
                await asyncio.sleep(0.01)

    async def restart() -> None:
        await asyncio.to_thread(server.stop)
        await asyncio.to_thread(server.start)

    async with asyncio.timeout(DEADLINE_SECONDS):
        await asyncio.gather(restart(), *(insist(number) for number in range(150)))
    page = await store.list_jobs(TENANT, limit=200)
    assert sorted(int(job.document_name) for job in page.jobs) == list(range(150))
    assert {job.state for job in page.jobs} == {JobState.QUEUED}


async def test_a_notice_of_somebody_else_on_our_channel_says_that_anything_may_have_changed(
    server: EmbeddedPostgres, store: PostgresStore
) -> None:
    payloads = ["", "x", "[]", "null", "7", '{"worker": "a"}', '{"worker": "a", "job": "x", "kind": "k"}', '{"job": 7}']
    async with Database(server.url) as other, store.watch() as notices:
        for payload in payloads:
            await other.rows(NOTIFY, {"payload": payload})
            assert await told(notices) == RESYNC
        job = await submit(store)
        assert (await told(notices)).job_id == job.id
