"""A wire between the gateway and its database that a test can cut and mend, faster than a server stops and starts."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from psycopg import conninfo

DEADLINE_SECONDS = 20


class Cable:
    """Passes bytes on to the database at an address. `url` is the address of its near end."""

    def __init__(self, database_url: str) -> None:
        given = conninfo.conninfo_to_dict(database_url)
        self._url = database_url
        self._host = str(given.get("host") or "127.0.0.1")
        self._database_port = int(given.get("port") or 5432)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="cable")
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()
        self._port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self.mend()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE_SECONDS)
        self._loop.close()

    @property
    def url(self) -> str:
        """The database as it is reached through the cable."""
        return conninfo.make_conninfo(self._url, host="127.0.0.1", port=self._port)

    def cut(self) -> None:
        """Ends every connection and refuses new ones."""
        self._run(self._cut())

    def mend(self) -> None:
        """Takes connections (again), on the port of the first time."""
        self._run(self._mend())

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(DEADLINE_SECONDS)

    async def _mend(self) -> None:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in list(self._passing):
            task.cancel()
        await asyncio.gather(*self._passing, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._host.startswith("/"):
            far = await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._database_port}")
        else:
            far = await asyncio.open_connection(self._host, self._database_port)
        for source, target in ((reader, far[1]), (far[0], writer)):
            task = asyncio.create_task(_pass_on(source, target))
            self._passing.add(task)
            task.add_done_callback(self._passing.discard)


async def _pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65536):
            target.write(piece)
            await target.drain()
    except ConnectionError:
        pass
    finally:
        target.close()
