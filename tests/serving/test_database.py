"""The door to PostgreSQL: its connections, transactions and notices, and what it says when something fails."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psycopg
import pytest
from psycopg import conninfo

from embedded_postgres import EmbeddedPostgres, embedded_postgres
from lamplighter_serving import database as database_module
from lamplighter_serving.database import Database, Query, Transaction, load_queries
from lamplighter_serving.errors import SettingsError, StoreError, StoreUnavailable

pytestmark = pytest.mark.anyio

DEADLINE_SECONDS = 20
SECRET = "s3cret-passw0rd"


def query(text: str) -> Query:
    return Query(name="test_query", text=text.encode())


ONE = query("SELECT 1 AS one")
PROCESS = query("SELECT pg_backend_pid() AS process")
#: Ends every connection to this database but the one that asks.
END_OTHERS = query(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
NOTIFY = query("SELECT pg_notify(%(channel)s, %(payload)s)")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(database_url, connections=2) as database:
        yield database


async def end_connections(url: str) -> None:
    """What a restart, a failover or an administrator does to every open connection."""
    async with Database(url) as other:
        await other.rows(END_OTHERS)


async def test_rows_come_as_a_mapping_of_their_columns(database: Database) -> None:
    found = await database.rows(
        query("SELECT n AS number, n::text AS text FROM generate_series(1, %(most)s) AS n"), {"most": 2}
    )
    assert found == [{"number": 1, "text": "1"}, {"number": 2, "text": "2"}]
    assert await database.row(ONE) == {"one": 1}
    assert await database.row(query("SELECT 1 WHERE false")) is None
    assert await database.rows(query("CREATE TABLE things (name text)")) == []


async def test_a_transaction_is_all_or_nothing(database: Database) -> None:
    await database.rows(query("CREATE TABLE things (name text UNIQUE)"))
    insert, count = query("INSERT INTO things VALUES (%(name)s)"), query("SELECT count(*) AS things FROM things")
    async with database.transaction() as transaction:
        await transaction.rows(insert, {"name": "kept"})

    async def spoiled(spoil: Callable[[Transaction], Awaitable[object]]) -> None:
        async with database.transaction() as transaction:
            await transaction.rows(insert, {"name": "not kept"})
            await spoil(transaction)

    with pytest.raises(StoreError):
        await spoiled(lambda transaction: transaction.rows(insert, {"name": "kept"}))
    with pytest.raises(ZeroDivisionError):
        await spoiled(lambda _: asyncio.sleep(1 // 0))
    assert await database.row(count) == {"things": 1}


async def test_more_calls_than_connections_take_turns(database: Database) -> None:
    processes = await asyncio.gather(*(database.row(PROCESS) for _ in range(40)))
    assert len({row["process"] for row in processes if row}) <= 2


async def test_a_call_that_finds_all_connections_busy_says_how_many_there_are(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "ACQUIRE_SECONDS", 0.05)
    async with Database(database_url, connections=1) as database:
        async with database.transaction():
            with pytest.raises(StoreUnavailable, match=r"All 1 database connections were busy for 0\.05 s"):
                await database.rows(ONE)
        assert await database.row(ONE) == {"one": 1}


async def test_a_cancelled_call_gives_its_connection_back(database_url: str) -> None:
    async with Database(database_url, connections=1) as database:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await database.rows(query("SELECT pg_sleep(60)"))
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await database.row(ONE) == {"one": 1}


async def test_ended_connections_cost_the_calls_in_flight_and_no_later_one(database_url: str, database: Database) -> None:
    await asyncio.gather(*(database.rows(PROCESS) for _ in range(2)))

    async def call_in_flight() -> None:
        async with database.transaction() as transaction:
            await transaction.rows(ONE)
            await end_connections(database_url)
            await transaction.rows(ONE)

    with pytest.raises(StoreUnavailable):
        await call_in_flight()
    for _ in range(5):
        assert await database.row(ONE) == {"one": 1}


async def test_a_server_that_only_reads_is_unavailable_and_its_connection_is_not_used_again(
    database_url: str, database: Database
) -> None:
    """After a failover the old primary may still answer. Trying again reaches the new one."""
    await database.rows(query("CREATE TABLE things (name text)"))
    insert = query("INSERT INTO things VALUES ('thing')")
    with psycopg.connect(database_url, autocommit=True) as administrator:
        name = psycopg.sql.Identifier(administrator.info.dbname)
        administrator.execute(psycopg.sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
        await end_connections(database_url)
        with pytest.raises(StoreUnavailable):
            await database.rows(insert)
    with psycopg.connect(database_url, autocommit=True, options="-c default_transaction_read_only=off") as administrator:
        administrator.execute(psycopg.sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
    await database.rows(insert)


async def test_a_closed_database_keeps_no_connection(database_url: str) -> None:
    database = Database(database_url, connections=3)
    async with database.transaction() as transaction:
        await asyncio.gather(*(database.rows(ONE) for _ in range(2)))
        await database.close()
        await transaction.rows(ONE)  # one in use ends with its call
    async with Database(database_url) as other, asyncio.timeout(DEADLINE_SECONDS):
        backends = query(
            "SELECT count(*) AS others FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        while await other.row(backends) != {"others": 0}:
            pass


async def test_an_address_that_cannot_be_read_is_refused_without_repeating_it() -> None:
    with pytest.raises(SettingsError) as refusal:
        Database(f"postgresql://user:{SECRET}@host:port:5432:x/db?nonsense={SECRET}")
    assert SECRET not in str(refusal.value) + refusal.value.hint
    assert refusal.value.__cause__ is None


async def test_a_server_that_is_not_there_is_unavailable_without_a_word_of_the_address() -> None:
    async with Database(f"host=/nonexistent user={SECRET} password={SECRET} dbname={SECRET}") as database:
        for call in (database.rows(ONE), database.row(ONE)):
            with pytest.raises(StoreUnavailable) as refusal:
                await call
            assert SECRET not in str(refusal.value) + refusal.value.hint
        with pytest.raises(StoreUnavailable):
            async with database.listen("channel"):
                pytest.fail("nothing is there to listen to")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT %(value)s::integer",
        "SELECT %(value)s::uuid",
        "SELECT %(value)s::json",
        "INSERT INTO things VALUES (%(value)s), (%(value)s)",
        "INSERT INTO things VALUES (%(value)s || repeat('x', 200))",
        "SELECT no_such_column FROM things WHERE name = %(value)s",
    ],
)
async def test_a_refused_statement_is_named_with_its_state_code_and_without_its_values(database: Database, text: str) -> None:
    await database.rows(query("CREATE TABLE things (name varchar(150) PRIMARY KEY)"))
    with pytest.raises(StoreError) as refusal:
        await database.rows(query(text), {"value": SECRET})
    assert not isinstance(refusal.value, StoreUnavailable)
    assert SECRET not in str(refusal.value) + refusal.value.sentence + refusal.value.hint
    assert "test_query" in refusal.value.sentence
    assert await database.row(ONE) == {"one": 1}


@pytest.mark.parametrize("value", ["nul \x00", "half \ud800"])
async def test_a_text_that_postgresql_cannot_hold_is_refused_as_ours(database: Database, value: str) -> None:
    with pytest.raises(StoreError, match="test_query") as refusal:
        await database.rows(query("SELECT %(value)s::text"), {"value": value})
    assert not isinstance(refusal.value, StoreUnavailable)
    assert await database.row(ONE) == {"one": 1}


async def test_notices_of_one_channel_are_heard_in_order(database: Database) -> None:
    async with database.listen("mine") as payloads, asyncio.timeout(DEADLINE_SECONDS):
        for payload in ("first", "second ř"):
            await database.rows(NOTIFY, {"channel": "other", "payload": "not for us"})
            await database.rows(NOTIFY, {"channel": "mine", "payload": payload})
        assert [await anext(payloads), await anext(payloads)] == ["first", "second ř"]


async def test_a_lost_notice_connection_comes_back_and_says_so(database_url: str, database: Database) -> None:
    async with database.listen("mine") as payloads, asyncio.timeout(DEADLINE_SECONDS):
        for _ in range(3):
            await end_connections(database_url)
            assert await anext(payloads) is None
            await database.rows(NOTIFY, {"channel": "mine", "payload": "after"})
            assert await anext(payloads) == "after"


async def test_a_silent_notice_connection_is_asked_whether_it_lives(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "PROBE_SECONDS", 0.05)
    probes = query("SELECT count(*) AS probes FROM pg_stat_activity WHERE query = 'SELECT 1' AND datname = current_database()")
    async with database.listen("mine") as payloads, asyncio.timeout(DEADLINE_SECONDS):
        heard = asyncio.create_task(anext(payloads))  # type: ignore[arg-type]
        while await database.row(probes) == {"probes": 0}:
            pass
        await database.rows(NOTIFY, {"channel": "mine", "payload": "still here"})
        assert await heard == "still here"


async def test_leaving_a_watch_closes_its_connection(database: Database) -> None:
    listeners = query(
        "SELECT count(*) AS listeners FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND pid <> pg_backend_pid()"
    )
    async with database.listen("mine") as payloads:
        waiting = asyncio.create_task(anext(payloads))  # type: ignore[arg-type]
        await database.rows(NOTIFY, {"channel": "mine", "payload": "news"})
        await waiting
    async with asyncio.timeout(DEADLINE_SECONDS):
        while await database.row(listeners) != {"listeners": 0}:
            pass


@pytest.fixture(scope="module")
def own_server() -> object:
    with embedded_postgres() as server:
        yield server


async def test_a_restarted_server_is_found_again_at_once(own_server: EmbeddedPostgres) -> None:
    async with Database(own_server.url, connections=4) as database, database.listen("mine") as payloads:
        await asyncio.gather(*(database.rows(ONE) for _ in range(4)))
        own_server.stop()
        for _ in range(3):
            with pytest.raises(StoreUnavailable):
                await database.rows(ONE)
        own_server.start()
        begin = time.monotonic()
        answers = await asyncio.gather(*(database.row(ONE) for _ in range(8)))
        assert answers == [{"one": 1}] * 8
        assert time.monotonic() - begin < DEADLINE_SECONDS / 4
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await anext(payloads) is None


def test_queries_are_read_by_their_names_without_the_last_semicolon(tmp_path: Path) -> None:
    (tmp_path / "b.sql").write_text("-- What this is for.\n\n-- name: two\n-- why\nSELECT 2;\n")
    (tmp_path / "a.sql").write_text("-- name: one\nSELECT ';';\n\n-- name: another\nSELECT 3\n")
    assert {name: each.text for name, each in load_queries(tmp_path).items()} == {
        "one": b"SELECT ';'",
        "another": b"SELECT 3",
        "two": b"-- why\nSELECT 2",
    }


def test_a_query_name_used_twice_is_refused_with_file_and_name(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text("-- name: same\nSELECT 1;\n")
    (tmp_path / "b.sql").write_text("-- name: same\nSELECT 2;\n")
    with pytest.raises(ValueError, match=r"b\.sql: the query name same is used twice"):
        load_queries(tmp_path)


async def test_what_the_address_says_of_timeouts_is_kept(database_url: str) -> None:
    async with Database(conninfo.make_conninfo(database_url, connect_timeout=7)) as database:
        connection = await database.connect()
        try:
            given = connection.info.get_parameters()
        finally:
            await connection.close()
    assert given["connect_timeout"] == "7"
    assert given["keepalives_idle"] == "15"
