"""The queue alone: taking jobs in against a bare insert of the same rows, and handing them out.

Both sides write the same three rows a job (job, document, event) into the same PostgreSQL, with the same number of callers and
of connections; the bare side does it with the one statement that is cheapest for a single job, prepared. They take turns, so
that the machine's mood is the same for both.
"""

import asyncio
import os
import statistics
import time
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import psycopg

from bench.figure import Figure
from embedded_postgres import embedded_postgres
from lamplighter_serving.database import Database
from lamplighter_serving.queue.job import NewJob
from lamplighter_serving.queue.migrate import migrate
from lamplighter_serving.queue.postgres import PostgresStore

DOCUMENT = os.urandom(10 * 1024)
JOBS = 800  # of one turn
TURNS = 3
CONCURRENCY = 8
LEASED_AT_ONCE = 8
LEASE = timedelta(minutes=5)
REQUEST = '{"schema": {"type": "object", "properties": {"total": {"type": "number"}}}, "instructions": ""}'

#: What the busy tenant has queued, and how many workers work on it one job at a time.
BACKLOG = 100_000
WORKERS = 4
NEWCOMERS = 20
FILL = f"""
INSERT INTO jobs (id, tenant, worker, request, request_digest, document_name, document_bytes, priority, max_attempts,
    created_at, available_at)
SELECT gen_random_uuid(), 'busy', 'shared', '{{}}', '', 'document.pdf', 0, 100, 5, moment, moment
FROM (SELECT now() - make_interval(secs => number) AS moment FROM generate_series(1, {BACKLOG}) AS number) AS moments
""".encode()

LEASED_BEFORE = b"""
SELECT (
    SELECT count(*) FROM jobs WHERE tenant = 'busy' AND leased_at BETWEEN newcomer.created_at AND newcomer.leased_at
) FROM jobs AS newcomer WHERE tenant LIKE 'newcomer-%' AND leased_at IS NOT NULL
"""

BARE_INSERT = b"""
WITH job AS (
    INSERT INTO jobs (id, tenant, worker, request, request_digest, document_name, document_bytes, priority, max_attempts,
        created_at, available_at)
    VALUES (%(id)s, 'bench', 'extract', %(request)s, '', 'document.pdf', %(size)s, 0, 5, %(now)s, %(now)s)
), chunk AS (
    INSERT INTO document_chunks (job_id, ordinal, bytes) VALUES (%(id)s, 0, %(document)b)
)
INSERT INTO job_events (job_id, sequence, at, kind, data) VALUES (%(id)s, 1, %(now)s, 'queued', '{}')
"""


async def seconds_of(calls: int, callers: int, call: Callable[[int], Awaitable[object]]) -> float:
    """Seconds until `calls` calls are done by `callers` concurrent callers. A call is told who makes it."""
    left = iter(range(calls))

    async def caller(number: int) -> None:
        for _ in left:
            await call(number)

    begin = time.perf_counter()
    await asyncio.gather(*(caller(number) for number in range(callers)))
    return time.perf_counter() - begin


async def ingest(store: PostgresStore, url: str, callers: int) -> Figure:
    """Jobs a second through the store and bare, medians of the turns."""
    new = NewJob(tenant="bench", worker="extract", request={"schema": {}, "instructions": ""}, document_name="document.pdf")
    connections = [await psycopg.AsyncConnection.connect(url, autocommit=True) for _ in range(callers)]

    async def bare(number: int) -> None:
        facts = {"id": uuid.uuid4(), "request": REQUEST, "size": len(DOCUMENT), "document": DOCUMENT, "now": datetime.now(UTC)}
        await connections[number].execute(BARE_INSERT, facts, prepare=True)

    ours, theirs = [], []
    for _ in range(TURNS):
        theirs.append(JOBS / await seconds_of(JOBS, callers, bare))
        ours.append(JOBS / await seconds_of(JOBS, callers, lambda _: store.submit(new, DOCUMENT)))
    for connection in connections:
        await connection.close()
    mine, other = statistics.median(ours), statistics.median(theirs)
    return Figure(
        what=f"submit, 10 KiB documents, {callers} callers",
        ours=f"{mine:.0f} jobs/s",
        against=f"{other:.0f} jobs/s, bare psycopg insert of the same rows",
        ratio=mine / other,
        aim="≥ 0.5",
    )


async def work_off(store: PostgresStore, jobs: int) -> list[Figure]:
    """Leases and completes everything that is queued, as one worker does."""
    lease_seconds: list[float] = []
    done = 0
    begin = time.perf_counter()
    while done < jobs:
        lease_begin = time.perf_counter()
        leases = await store.lease("extract", holder="bench", limit=LEASED_AT_ONCE, duration=LEASE)
        lease_seconds.append(time.perf_counter() - lease_begin)
        await asyncio.gather(*(store.complete(lease, {"data": {"total": 1.0}}) for lease in leases))
        done += len(leases)
    rate = done / (time.perf_counter() - begin)
    middle = statistics.median(lease_seconds) * 1000
    return [
        Figure(what=f"lease and complete, {LEASED_AT_ONCE} at a time", ours=f"{rate:.0f} jobs/s"),
        Figure(what=f"one lease of {LEASED_AT_ONCE} jobs, median", ours=f"{middle:.1f} ms"),
    ]


async def commit_to_lease(store: PostgresStore, rounds: int) -> Figure:
    """From the call of submit to the lease in the hand of a worker that waits for notices."""
    new = NewJob(tenant="bench", worker="idle", request={})
    seconds: list[float] = []
    async with store.watch() as wakeups:
        for _ in range(rounds):
            begin = time.perf_counter()
            submitted = await store.submit(new, DOCUMENT)
            while (await anext(wakeups)).job_id != submitted.job.id:
                pass
            await store.lease("idle", holder="bench", limit=1, duration=LEASE)
            seconds.append(time.perf_counter() - begin)
    middle = statistics.median(seconds) * 1000
    return Figure(what="submit, notice, lease: one job on an idle queue, median", ours=f"{middle:.1f} ms", aim="≤ 15 ms")


async def newcomers_behind_a_backlog(store: PostgresStore, url: str) -> list[Figure]:
    """How many jobs of a busy tenant are leased before another tenant's first one, and what such a lease costs."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(FILL)
        await connection.execute("VACUUM ANALYZE jobs")
    lease_seconds: list[float] = []

    async def work(number: int) -> None:
        while True:
            begin = time.perf_counter()
            for lease in await store.lease("shared", holder=f"bench-{number}", limit=1, duration=LEASE):
                lease_seconds.append(time.perf_counter() - begin)
                await store.complete(lease, {})

    workers = [asyncio.create_task(work(number)) for number in range(WORKERS)]
    for number in range(NEWCOMERS):
        new = NewJob(tenant=f"newcomer-{number}", worker="shared", request={}, document_name="document.pdf")
        await store.submit(new, b"")
        await asyncio.sleep(0.05)
    for worker in workers:
        worker.cancel()
    await asyncio.wait(workers)
    async with await psycopg.AsyncConnection.connect(url) as connection:
        rows = await (await connection.execute(LEASED_BEFORE)).fetchall()
    before = [int(count) for (count,) in rows]
    if len(before) != NEWCOMERS:
        raise RuntimeError(f"{NEWCOMERS - len(before)} of {NEWCOMERS} first jobs were not leased at all")
    middle = statistics.median(lease_seconds) * 1000
    return [
        Figure(
            what=f"jobs leased before a tenant's first one, behind {BACKLOG:,} of another at high priority, {WORKERS} workers",
            ours=f"{max(before)} at most, {statistics.median(before):g} in half of {NEWCOMERS} tries",
            ratio=max(before) / WORKERS,
            aim="≤ 1 a worker",
        ),
        Figure(what=f"one lease of one job of {BACKLOG:,} queued, {WORKERS} workers, median", ours=f"{middle:.1f} ms"),
    ]


async def measure(url: str) -> list[Figure]:
    """All figures of the queue."""
    async with Database(url, connections=CONCURRENCY) as database:
        await migrate(database)
        store = PostgresStore(database)
        figures = [await ingest(store, url, 1), await ingest(store, url, CONCURRENCY)]
        figures.append(await commit_to_lease(store, 200))
        figures += await work_off(store, JOBS * TURNS)
        return figures + await newcomers_behind_a_backlog(store, url)


def main() -> list[Figure]:
    """Measures on a PostgreSQL of its own with its default settings: a commit waits for the disk."""
    with embedded_postgres() as server:
        return asyncio.run(measure(server.url))
