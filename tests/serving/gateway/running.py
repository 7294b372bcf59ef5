"""The real gateway over the real store, HTTP and gRPC on real sockets, on a thread of its own. The caller is the worker."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import uvloop

from lamplighter_serving.catalog import Catalog, load_catalog
from lamplighter_serving.database import Database
from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.reader import DocumentReader
from lamplighter_serving.gateway.app import build_app
from lamplighter_serving.gateway.key_table import KeyTable
from lamplighter_serving.gateway.keys import USUAL_SCOPES, new_key
from lamplighter_serving.gateway.parts import GatewayParts, assemble
from lamplighter_serving.gateway.pictures import PageRenderer
from lamplighter_serving.gateway.scaler.server import ScalerServer
from lamplighter_serving.gateway.scaler.service import ScalerService
from lamplighter_serving.gateway.server import HttpServer, http_server
from lamplighter_serving.gateway.tenant_table import TenantTable
from lamplighter_serving.gateway.webhooks.table import WebhookTable
from lamplighter_serving.queue.job import Lease
from lamplighter_serving.queue.postgres import PostgresStore
from lamplighter_serving.queue.store import JobStore
from lamplighter_serving.settings import read_gateway_settings
from serving.gateway.described import check_response

T = TypeVar("T")

WORKER = "extract"
HOLDER = "test-worker"
TENANT = "tenant"
#: Longer than any test: no lease ends by itself.
LEASE = timedelta(minutes=10)
#: A test that waits longer than this has failed.
DEADLINE_SECONDS = 20


def wait_until(condition: Callable[[], bool]) -> None:
    """Waits for what another thread brings about. Raises `AssertionError` when it does not come."""
    until = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < until, f"it did not come about within {DEADLINE_SECONDS} s"
        time.sleep(0.002)


class RunningGateway:
    """A gateway for the length of its block. `settings` are environment variables beside the database's address."""

    def __init__(
        self,
        database_url: str,
        *,
        settings: Mapping[str, str] | None = None,
        catalog: Catalog | None = None,
        renderer: PageRenderer | None = None,
    ) -> None:
        self.settings = read_gateway_settings({"DATABASE_URL": database_url, **(settings or {})})
        self._catalog = catalog or load_catalog(None)
        self._renderer = renderer
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="gateway")
        self._clients: list[httpx.Client] = []
        self.port = 0
        self.scaler_port = 0
        self.parts: GatewayParts
        self.keys: KeyTable
        self._database: Database
        self._server: HttpServer
        self._serving: asyncio.Task[None]
        self._scaler: ScalerServer | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self.run(self._start())
        except BaseException:
            self._end_loop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close_clients()
        self.stop()
        self._end_loop()

    def stop(self) -> None:
        """Goes away as a gateway does that is told to: whoever waits is let go. Once is enough."""
        self.run(self._stop())

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE_SECONDS)
        self._loop.close()

    @property
    def address(self) -> str:
        """Where the HTTP is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def store(self) -> JobStore:
        """The store the gateway uses; call it through `run`."""
        return self.parts.store

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs something on the gateway's loop and gives its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(DEADLINE_SECONDS)

    def key(self, tenant: str = TENANT, scopes: tuple[str, ...] = USUAL_SCOPES) -> str:
        """A new key of that tenant."""
        new = new_key()
        self.run(self.keys.create(new, tenant=tenant, name="test", scopes=scopes))
        return new.text

    def client(self, tenant: str | None = TENANT, scopes: tuple[str, ...] = USUAL_SCOPES) -> httpx.Client:
        """A client with a new key of that tenant, or with none. Every answer it gets is held to openapi.json."""
        headers = {"authorization": f"Bearer {self.key(tenant, scopes)}"} if tenant else {}
        client = httpx.Client(
            base_url=self.address, headers=headers, timeout=DEADLINE_SECONDS, event_hooks={"response": [check_response]}
        )
        self._clients.append(client)
        return client

    def close_clients(self) -> None:
        """Hangs up every connection of the clients so far."""
        while self._clients:
            self._clients.pop().close()

    def held(self) -> int:
        """How many requests wait for jobs of `WORKER`, streams included."""
        return self.parts.held.by_worker().get(WORKER, 0)

    def lease(self, worker: str = WORKER) -> Lease:
        """Takes the next job of the class. One must be there."""
        (lease,) = self.run(self.store.lease(worker, holder=HOLDER, limit=1, duration=LEASE))
        return lease

    def serve_scaler(self) -> str:
        """Starts the gRPC beside the HTTP; returns its address."""
        self.run(self._start_scaler())
        return f"127.0.0.1:{self.scaler_port}"

    async def _start(self) -> None:
        self._database = Database(self.settings.database_url, connections=self.settings.database_connections)
        self.keys = KeyTable(self._database)
        self.parts = assemble(
            settings=self.settings,
            catalog=self._catalog,
            store=PostgresStore(self._database),
            keys=self.keys,
            tenants=TenantTable(self._database),
            webhooks=WebhookTable(self._database),
            renderer=self._renderer or DocumentReader(DocumentLimits(), processes=1),
            database=self._database,
        )
        listening = socket.create_server(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self._server = http_server(build_app(self.parts))
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.001)

    async def _start_scaler(self) -> None:
        service = ScalerService(catalog=self.parts.catalog, store=self.parts.store, watcher=self.parts.watcher)
        self._scaler = ScalerServer(service)
        self.scaler_port = await self._scaler.start("127.0.0.1", 0)

    async def _stop(self) -> None:
        self.parts.watcher.close()  # as the command does on SIGTERM
        self._server.should_exit = True
        await self._serving
        if self._scaler is not None:
            await self._scaler.stop()
        await self.parts.renderer.close()
        await self._database.close()
