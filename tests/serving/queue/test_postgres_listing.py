"""What only a database can get wrong about a list: its locale, and a search over more jobs than one page looks at."""

import asyncio
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import conninfo, sql

from lamplighter_serving.database import Database
from lamplighter_serving.queue.job import JobState
from lamplighter_serving.queue.migrate import migrate
from lamplighter_serving.queue.postgres import PostgresStore, jobs
from serving.queue.jobs import TENANT, submit

pytestmark = pytest.mark.anyio


@pytest.fixture
def ascii_url(postgres_url: str) -> Iterator[str]:
    """A database that knows the case of ASCII letters only: CloudNativePG's default, and many others'."""
    name = sql.Identifier(f"lamplighter_test_{uuid.uuid4().hex}")
    with psycopg.connect(postgres_url, autocommit=True) as server:
        statement = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        server.execute(sql.SQL(statement).format(name))
        yield conninfo.make_conninfo(postgres_url, dbname=name.as_string().strip('"'))
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


async def test_a_search_folds_case_whatever_the_databases_locale(ascii_url: str) -> None:
    async with Database(ascii_url) as database:
        await migrate(database)
        store = PostgresStore(database)
        await submit(store, document_name="ÚČTENKA č. 7.pdf")
        for search in ("účtenka", "ÚČTENKA", "Č. 7"):
            assert len((await store.list_jobs(TENANT, limit=5, search=search)).jobs) == 1


@pytest.mark.parametrize("window", [1, 7, 10, 30, 100])
@pytest.mark.parametrize("state", [None, JobState.QUEUED])
async def test_a_search_over_more_jobs_than_one_page_looks_at_finds_every_match_once(
    postgres: PostgresStore, monkeypatch: pytest.MonkeyPatch, window: int, state: JobState | None
) -> None:
    monkeypatch.setattr(jobs, "SEARCH_WINDOW_JOBS", window)
    await asyncio.gather(*(submit(postgres, document_name="match" if number % 9 == 0 else "other") for number in range(30)))
    found, cursor, pages = [], None, 0
    while True:
        page = await postgres.list_jobs(TENANT, limit=2, cursor=cursor, search="match", state=state)
        found += page.jobs
        pages += 1
        cursor = page.next_cursor
        if cursor is None:
            break
        assert pages <= 40
    assert len(found) == len({job.id for job in found}) == 4
    assert found == sorted(found, key=lambda job: job.created_at, reverse=True)


async def test_a_list_without_a_search_has_no_window(postgres: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "SEARCH_WINDOW_JOBS", 1)
    for _ in range(5):
        await submit(postgres)
    page = await postgres.list_jobs(TENANT, limit=5)
    assert (len(page.jobs), page.next_cursor) == (5, None)
