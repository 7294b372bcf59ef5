"""The stores under test: `store` is each of the two in turn, `postgres` the one for real work alone."""

from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from psycopg import sql

from lamplighter_serving.database import Database
from lamplighter_serving.queue.postgres import PostgresStore
from lamplighter_serving.queue.store import JobStore
from serving.queue.databases import copied_database
from serving.queue.timed import Elapse, TimedStore, timed_store

#: Everything a test leaves behind; what belongs to a job goes with it.
TABLES = ("jobs", "outcomes", "presences", "tallies", "tenants", "usage")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def emptied_url(postgres_url: str, database_template: str) -> Iterator[str]:
    """A database for all tests of the contract: emptying it takes a tenth of the time that a fresh one takes."""
    with copied_database(postgres_url, database_template) as url:
        yield url


@pytest.fixture(params=["memory", "postgres"])
def store_url(request: pytest.FixtureRequest) -> str | None:
    """Where the store of this test is; None: in memory."""
    if request.param == "memory":
        return None
    url: str = request.getfixturevalue("emptied_url")
    with psycopg.connect(url, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    return url


@pytest.fixture
async def timed(store_url: str | None) -> AsyncIterator[TimedStore]:
    async with timed_store(store_url) as timed:
        yield timed


@pytest.fixture
def store(timed: TimedStore) -> JobStore:
    return timed.store


@pytest.fixture
def elapse(timed: TimedStore) -> Elapse:
    return timed.elapse


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(database_url, connections=8) as database:
        yield database


@pytest.fixture
def postgres(database: Database) -> PostgresStore:
    return PostgresStore(database)
