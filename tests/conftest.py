"""One PostgreSQL a test session, one fresh database a test that asks for `database_url`.

`DATABASE_URL`, when set, names the server to use instead (its user must be allowed to create databases).
"""

import asyncio
import os
import signal
import uuid
from collections.abc import Iterator

import psycopg
import pytest
from hypothesis import settings
from psycopg import conninfo, sql

from embedded_postgres import embedded_postgres
from lamplighter_serving.database import Database
from lamplighter_serving.queue.migrate import migrate


def pytest_configure() -> None:
    """Ends a terminated session like an interrupted one, so that fixtures stop their servers; judges no test by the clock."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings.register_profile("lamplighter", deadline=None)
    settings.load_profile("lamplighter")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The server of this session: the address of a database one may create others from."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    with embedded_postgres() as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            # The data does not outlive the session; waiting for the disk would only make it slower.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.url


@pytest.fixture(scope="session")
def database_template(postgres_url: str) -> Iterator[str]:
    """The name of a migrated, empty database to copy."""
    name = _create_database(postgres_url)
    asyncio.run(_migrate(conninfo.make_conninfo(postgres_url, dbname=name)))
    yield name
    _drop_database(postgres_url, name)


@pytest.fixture
def database_url(postgres_url: str, database_template: str) -> Iterator[str]:
    """The address of a fresh, migrated database of this test alone."""
    name = _create_database(postgres_url, template=database_template)
    yield conninfo.make_conninfo(postgres_url, dbname=name)
    _drop_database(postgres_url, name)


@pytest.fixture(scope="module")
def module_database_url(postgres_url: str, database_template: str) -> Iterator[str]:
    """The address of a fresh, migrated database of the tests of one module."""
    name = _create_database(postgres_url, template=database_template)
    yield conninfo.make_conninfo(postgres_url, dbname=name)
    _drop_database(postgres_url, name)


async def _migrate(url: str) -> None:
    async with Database(url, connections=1) as database:
        await migrate(database)


def _create_database(server_url: str, template: str = "template1") -> str:
    name = f"lamplighter_test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return name


def _drop_database(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
