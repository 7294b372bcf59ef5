"""How much of a table the statements touch: what makes the queue as fast with a million old jobs as on its first day.

Counted by PostgreSQL itself inside one transaction, so there is nothing to wait for and no plan to interpret.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Mapping

import psycopg
import pytest

from lamplighter_serving.database import Database, Parameters, Query, Transaction
from lamplighter_serving.queue.cursor import FIRST_PAGE, LAST_PAGE
from lamplighter_serving.queue.postgres import PostgresStore
from lamplighter_serving.queue.postgres.rows import QUERIES
from serving.queue.databases import copied_database
from serving.queue.jobs import HOLDER, LEASE, WORKER, submit

pytestmark = pytest.mark.anyio

QUEUED = 20_000
FINISHED = 60_000
FILL = f"""
INSERT INTO jobs (id, tenant, worker, request, request_digest, document_name, document_bytes, priority, max_attempts,
    created_at, available_at, state, finished_at)
SELECT gen_random_uuid(), 'acme', 'extract', '{{}}', '', 'invoice.pdf', 10, number % 3, 5,
    now() - make_interval(secs => number), now() - make_interval(secs => number),
    CASE WHEN number <= {QUEUED} THEN 'queued' ELSE 'done' END, CASE WHEN number <= {QUEUED} THEN NULL ELSE now() END
FROM generate_series(1, {QUEUED + FINISHED}) AS number
"""
TOUCHED = Query(
    name="touched",
    text=b"""
    SELECT seq_tup_read AS read_whole, idx_tup_fetch AS fetched, n_tup_upd AS updated, n_tup_hot_upd AS updated_in_place
    FROM pg_stat_xact_user_tables WHERE relname = 'jobs'
    """,
)
PLACES = {"before_at": FIRST_PAGE.at, "before_id": FIRST_PAGE.id, "edge_at": LAST_PAGE.at, "edge_id": LAST_PAGE.id}
LEASED: Parameters = {"worker": WORKER, "holder": HOLDER, "limit": 8, "duration": LEASE}


@pytest.fixture(scope="module")
def full_url(postgres_url: str, database_template: str) -> Iterator[str]:
    """A queue with 20,000 jobs queued and 60,000 done, as autovacuum leaves it."""
    with copied_database(postgres_url, database_template) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(FILL)
            connection.execute("VACUUM ANALYZE jobs")
        yield url


@pytest.fixture(params=["custom", "generic"])
async def transaction(request: pytest.FixtureRequest, full_url: str) -> AsyncIterator[Transaction]:
    """Statements planned for their parameters, and for any parameters: which one runs is PostgreSQL's choice."""
    async with Database(full_url) as database, database.transaction() as transaction:
        await transaction.rows(Query(name="mode", text=f"SET LOCAL plan_cache_mode = force_{request.param}_plan".encode()))
        yield transaction
        raise psycopg.Rollback


async def touched(transaction: Transaction, name: str, parameters: Parameters | None = None) -> Mapping[str, int]:
    """Rows of the jobs table that a statement touched."""
    before = await transaction.row(TOUCHED)
    await transaction.rows(QUERIES[name], parameters)
    after = await transaction.row(TOUCHED)
    assert before is not None
    assert after is not None
    return {column: after[column] - before[column] for column in after}


async def test_leasing_touches_a_few_rows_for_each_job_it_takes(transaction: Transaction) -> None:
    for _ in range(3):
        counted = await touched(transaction, "lease_jobs", LEASED)
        assert (counted["read_whole"], counted["updated"]) == (0, 8)
        assert counted["fetched"] <= 8 * 7


async def test_leasing_from_an_empty_class_touches_nothing(transaction: Transaction) -> None:
    counted = await touched(transaction, "lease_jobs", {**LEASED, "worker": "another"})
    assert (counted["read_whole"], counted["fetched"]) == (0, 0)


async def test_counting_depths_reads_the_index_alone(transaction: Transaction) -> None:
    counted = await touched(transaction, "count_depths")
    assert counted["read_whole"] == 0
    # An index tells what a vacuumed page holds without a look at it; the tests before have leased, and so touched, a few pages.
    assert counted["fetched"] <= QUEUED / 50


async def test_waiting_for_a_retry_and_reaping_read_no_queued_or_finished_job(transaction: Transaction) -> None:
    counted = await touched(transaction, "next_available", {"worker": WORKER})
    assert (counted["read_whole"], counted["fetched"]) == (0, 0)
    backoff = {"first_seconds": 1.0, "factor": 2.0, "most_seconds": 300.0, "jitter": 0.5, "problem": "{}", "limit": 500}
    counted = await touched(transaction, "reap_leases", backoff)
    assert (counted["read_whole"], counted["fetched"]) == (0, 0)


@pytest.mark.parametrize("state", [None, "queued", "dead"])
async def test_a_page_of_the_list_reads_about_its_own_rows(transaction: Transaction, state: str | None) -> None:
    name = "list_jobs" if state is None else "list_jobs_in_state"
    counted = await touched(transaction, name, {"tenant": "acme", **PLACES, "search": "", "limit": 51, "state": state})
    assert counted["read_whole"] == 0
    assert counted["fetched"] <= 51


async def test_a_search_reads_no_more_than_its_window(transaction: Transaction) -> None:
    edge = await transaction.row(
        QUERIES["search_edge"], {"tenant": "acme", "before_at": FIRST_PAGE.at, "before_id": FIRST_PAGE.id, "window": 999}
    )
    assert edge is not None
    places = {**PLACES, "edge_at": edge["created_at"].isoformat(), "edge_id": str(edge["id"])}
    counted = await touched(
        transaction, "list_jobs", {"tenant": "acme", **places, "search": "none", "limit": 51, "state": None}
    )
    assert counted["read_whole"] == 0
    assert counted["fetched"] <= 1000


async def test_leasing_touches_a_few_rows_before_the_first_analyze_too(database: Database) -> None:
    await database.rows(Query(name="fill", text=FILL.encode()))
    async with database.transaction() as transaction:
        counted = await touched(transaction, "lease_jobs", LEASED)
    assert counted["read_whole"] == 0
    assert counted["fetched"] <= 8 * 7


@pytest.mark.parametrize("request_characters", [20, 1500, 6000])
async def test_heartbeats_rewrite_no_index_however_long_the_requests_are(
    postgres: PostgresStore, database: Database, request_characters: int
) -> None:
    """Four workers with eight leases each. A row that finds no room beside its old version costs an entry in every index."""
    chance = random.Random(7)  # nothing to compress
    request = {"schema": {"title": chance.randbytes(request_characters // 2).hex()}}
    await asyncio.gather(*(submit(postgres, request=request) for _ in range(100)))
    updated = in_place = 0
    workers = [await postgres.lease(WORKER, holder=f"w{number}", limit=8, duration=LEASE) for number in range(4)]
    for leases in workers * 5:
        held = {"ids": [lease.job.id for lease in leases], "fences": [lease.fence for lease in leases]}
        async with database.transaction() as transaction:
            counted = await touched(transaction, "extend_leases", {"holder": leases[0].holder, "duration": LEASE, **held})
        assert counted["updated"] == 8
        updated += counted["updated"]
        in_place += counted["updated_in_place"]
    assert in_place >= 0.9 * updated
