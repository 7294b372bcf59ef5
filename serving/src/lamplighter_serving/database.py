"""The only door to PostgreSQL: named queries, transactions, notices, and what happens when the server goes away.

Knows connections, not tables: the rooms bring their own .sql files (`load_queries`). A connection that broke is found out by a
look at its socket when it is next taken, so a restarted server costs the calls in flight and no later one. Why not
`psycopg_pool`: after a restart its callers wait out its own backoff of 1, 2, 4 … s; here a call connects or fails at once.
"""

import asyncio
import re
import select
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg import conninfo, pq, sql
from psycopg.rows import dict_row

from .errors import SettingsError, StoreError, StoreUnavailable

#: A row as the driver reads it: column name to value.
Row = dict[str, Any]
#: Parameters of a query by name, written %(name)s in its text.
Parameters = Mapping[str, object]

#: How long a call waits for a free connection before it says that the database is overloaded.
ACQUIRE_SECONDS = 10.0
#: The server ends a transaction that says nothing for this long. Its process has vanished with its host; without this, what it
#: locked (the idempotency key of a half written document) stays locked until TCP gives up, after two hours by default.
IDLE_TRANSACTION_SECONDS = 30.0
#: Every statement is planned once a connection and never compiled: each is written for one plan, whatever its parameters. A
#: limit that is a parameter counts as a tenth of the table; that guess alone would compile a lease, for 30 ms.
PLANNING = "SET jit = off; SET plan_cache_mode = force_generic_plan"
#: How often a silent notice connection is asked whether it still lives: a firewall can drop it without a word.
PROBE_SECONDS = 20.0
#: Pauses between attempts to reconnect a notice connection: short at first, for a restart takes about a second.
RECONNECT_FIRST_SECONDS = 0.1
RECONNECT_MOST_SECONDS = 5.0
#: libpq's own limits, where the address does not say otherwise: they end a call on a connection whose other side vanished.
#: Seconds, but tcp_user_timeout is milliseconds.
CONNECT_OPTIONS = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}

ADDRESS_HINT = "Set DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/DATABASE."

#: What a new connection may cure. Of the states that the driver files under programming errors: a server that only reads is the
#: old primary after a failover, and a transaction that idled was ended by the server.
_AWAY = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
)

_Connection = psycopg.AsyncConnection[Row]


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """One SQL statement. Each connection prepares it at its first use."""

    name: str
    text: bytes


def load_queries(folder: Path) -> Mapping[str, Query]:
    """Every query in the .sql files directly in `folder`; each begins with a line `-- name: <its name>`."""
    queries: dict[str, Query] = {}
    for path in sorted(folder.glob("*.sql")):
        _, *parts = re.split(r"^-- name: (\w+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            if name in queries:
                raise ValueError(f"{path}: the query name {name} is used twice in {folder}")
            queries[name] = Query(name=name, text=text.strip().removesuffix(";").encode())
    return queries


class Transaction:
    """A connection inside a transaction. Ends with its block: committed, or rolled back when an error leaves the block."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection

    async def rows(self, query: Query, parameters: Parameters | None = None) -> list[Row]:
        """Runs a query and gives all its rows; none for a statement without any. Raises `StoreError`."""
        try:
            with _driver_errors(query.name):
                async with self._connection.cursor(binary=True) as cursor:
                    await cursor.execute(query.text, parameters, prepare=True)
                    return await cursor.fetchall() if cursor.description else []
        except UnicodeEncodeError:  # half of a surrogate pair; the error holds the text it stands in
            raise StoreError(f"A text given to {query.name} is not valid Unicode.") from None

    async def row(self, query: Query, parameters: Parameters | None = None) -> Row | None:
        """The first row, None when there is none. Raises `StoreError`."""
        rows = await self.rows(query, parameters)
        return rows[0] if rows else None

    async def script(self, text: bytes) -> None:
        """Runs a text of several statements that take no parameters. Raises `StoreError`."""
        with _driver_errors("script"):
            await self._connection.execute(text)


class Database:
    """A PostgreSQL database. All methods raise `StoreUnavailable` when it does not answer.

    `url` is what libpq takes: a URL or `key=value` pairs; another text raises `SettingsError`. `connections` bounds how many
    calls run at once; every `listen` has one connection more.
    """

    def __init__(self, url: str, *, connections: int = 8) -> None:
        try:
            given = conninfo.conninfo_to_dict(url)
        except psycopg.ProgrammingError:  # its text may quote a password
            raise SettingsError("The address of the database cannot be read.", hint=ADDRESS_HINT) from None
        options = {name: value for name, value in CONNECT_OPTIONS.items() if name not in given}
        self._address = conninfo.make_conninfo(url, **options)
        self._slots = asyncio.Semaphore(connections)
        self._connections = connections
        self._idle: list[_Connection] = []
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the idle connections; one that is in use closes when its call ends."""
        self._closed = True
        while self._idle:
            await self._idle.pop().close()

    async def rows(self, query: Query, parameters: Parameters | None = None) -> list[Row]:
        """Runs one query in a transaction of its own, in one round trip, and gives all its rows."""
        async with self._connection() as connection:
            return await Transaction(connection).rows(query, parameters)

    async def row(self, query: Query, parameters: Parameters | None = None) -> Row | None:
        """Like `rows`, but the first row, None when there is none."""
        async with self._connection() as connection:
            return await Transaction(connection).row(query, parameters)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Several queries, all or none."""
        async with self._connection() as connection:
            with _driver_errors("transaction"):
                async with connection.transaction():
                    yield Transaction(connection)

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[AsyncIterator[str | None]]:
        """Payloads of notices on `channel`, from when the block is entered. None: the connection was lost and is back.

        Notices sent in between are gone: whoever gets None reads anew what it follows. Reconnects for as long as it takes.
        """
        listener = _Listener(self, channel)
        try:
            await listener.connect()
            async with aclosing(listener.payloads()) as payloads:
                yield payloads
        finally:
            await listener.close()

    async def connect(self) -> _Connection:
        """A new connection, outside the bound and owned by the caller."""
        idle_ms = int(IDLE_TRANSACTION_SECONDS * 1000)
        with _driver_errors("connect"):
            connection = await psycopg.AsyncConnection.connect(self._address, autocommit=True, row_factory=dict_row)
            try:
                # Not in the address: a connection pooler in between refuses options it does not know.
                await connection.execute(f"SET idle_in_transaction_session_timeout = {idle_ms}; {PLANNING}".encode())
            except BaseException:  # cancelled too: nobody else knows the connection yet
                await connection.close()
                raise
            return connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[_Connection]:
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            raise StoreUnavailable(
                f"All {self._connections} database connections were busy for {ACQUIRE_SECONDS:g} s.",
                hint="Try again later, or raise LAMPLIGHTER_DATABASE_CONNECTIONS.",
            ) from None
        try:
            connection = await self._take()
            try:
                yield connection
            except StoreUnavailable:
                # It may look healthy and be of no use: to an old primary, after a failover.
                await connection.close()
                raise
            finally:
                await self._put_back(connection)
        finally:
            self._slots.release()

    async def _take(self) -> _Connection:
        # The last one put back comes first: few connections stay warm, with their prepared statements.
        while self._idle:
            connection = self._idle.pop()
            if not _hung_up(connection):
                return connection
            await connection.close()
        return await self.connect()

    async def _put_back(self, connection: _Connection) -> None:
        if self._closed or connection.info.transaction_status != pq.TransactionStatus.IDLE:
            await connection.close()
        else:
            self._idle.append(connection)


class _Listener:
    """A connection that hears one channel and comes back when it is lost."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._listen = sql.SQL("LISTEN {}").format(sql.Identifier(channel))
        self._connection: _Connection | None = None

    async def connect(self) -> None:
        self._connection = await self._database.connect()
        with _driver_errors("listen"):
            await self._connection.execute(self._listen)

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def payloads(self) -> AsyncGenerator[str | None]:
        while True:
            with suppress(StoreUnavailable, TimeoutError):
                async with aclosing(self._heard()) as heard:
                    async for payload in heard:
                        yield payload
            await self._reconnect()
            yield None

    async def _heard(self) -> AsyncGenerator[str]:
        connection = self._connection
        if connection is None:
            return
        with _driver_errors("listen"):
            while True:
                async with aclosing(connection.notifies(timeout=PROBE_SECONDS)) as notices:
                    async for notice in notices:
                        yield notice.payload
                async with asyncio.timeout(PROBE_SECONDS):
                    await connection.execute("SELECT 1")

    async def _reconnect(self) -> None:
        pause_seconds = RECONNECT_FIRST_SECONDS
        while True:
            await self.close()
            try:
                return await self.connect()
            except StoreUnavailable:
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(RECONNECT_MOST_SECONDS, pause_seconds * 2)


def _hung_up(connection: _Connection) -> bool:
    """Whether the server said goodbye: on an idle connection that hears no channel there is nothing else to read."""
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


@contextmanager
def _driver_errors(doing: str) -> Iterator[None]:
    """Turns the driver's errors into ours. Their texts may quote values, so ours repeats only the state code."""
    try:
        yield
    except _AWAY as error:
        raise StoreUnavailable("The database did not answer.", hint="Try again in a few seconds.") from error
    except psycopg.Error as error:
        raise StoreError(f"PostgreSQL refused {doing} with state {error.sqlstate}.") from error
