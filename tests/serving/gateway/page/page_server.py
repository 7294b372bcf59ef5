"""The real gateway over a store in memory, on a thread of its own, with a worker whose every move the caller makes.

For tests of the page and for its screenshots. The caller says what the worker does and when; nothing happens by itself.
"""

import asyncio
import socket
import threading
from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from io import BytesIO
from types import TracebackType
from typing import Any, Self, TypeVar

import pypdfium2
import uvicorn

from lamplighter_serving.catalog import Catalog, load_catalog
from lamplighter_serving.errors import DocumentError
from lamplighter_serving.gateway.app import build_app
from lamplighter_serving.gateway.key_memory import MemoryKeys
from lamplighter_serving.gateway.keys import new_key
from lamplighter_serving.gateway.parts import GatewayParts, assemble
from lamplighter_serving.metrics import WAKE_BOUNDS_SECONDS, WAKE_STAGE
from lamplighter_serving.queue.job import Job, JsonObject, Lease, NewJob, Problem
from lamplighter_serving.queue.memory import MemoryStore
from lamplighter_serving.queue.store import Presence, Tally
from lamplighter_serving.settings import read_gateway_settings

T = TypeVar("T")

WORKER = "extract"
HOLDER = "scripted"
TENANT = "default"
DEADLINE_SECONDS = 20
#: Longer than any test: no lease ends by itself.
LEASE = timedelta(minutes=10)


class PdfRenderer:
    """Draws pages in this process: the documents of these tests are our own."""

    async def render(self, data: bytes, page_number: int, width_pixels: int) -> bytes:
        """One page as PNG."""
        try:
            with pypdfium2.PdfDocument(data) as document:
                page = document[page_number - 1]
                picture = page.render(scale=width_pixels / page.get_width()).to_pil()
        except (pypdfium2.PdfiumError, IndexError) as error:
            raise DocumentError("document-damaged", "The document cannot be read: it is not a whole PDF.") from error
        out = BytesIO()
        picture.save(out, "PNG")
        return out.getvalue()

    async def close(self) -> None:
        """Nothing to end."""


class PageServer:
    """A gateway one can stop and start again on the same port, with the same jobs."""

    def __init__(self, *, authentication: bool = True, catalog: Catalog | None = None) -> None:
        self._settings = read_gateway_settings(
            {"DATABASE_URL": "postgresql:///unused", "LAMPLIGHTER_AUTHENTICATION": "on" if authentication else "off"}
        )
        self.key = ""
        self.port = 0
        self._store = MemoryStore(lambda: datetime.now(UTC))
        self._keys = MemoryKeys()
        self._catalog = catalog or load_catalog(None)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="page-server")
        self._parts: GatewayParts | None = None
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self._began = datetime.now(UTC)

    def __enter__(self) -> Self:
        self._thread.start()
        self.key = self.new_key(TENANT)
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE_SECONDS)
        self._loop.close()

    @property
    def address(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Listens; the second time on the port of the first."""
        self._run(self._start())

    def stop(self) -> None:
        """Goes away as a gateway does that is told to stop: every stream ends."""
        self._run(self._stop())

    def new_key(self, tenant: str) -> str:
        """A key of that tenant."""
        new = new_key()
        self._run(self._keys.create(new, tenant=tenant, name="test"))
        return new.text

    # --- what the worker does ---------------------------------------------------------------------------------------

    def begin_wake(self, *, before: timedelta = timedelta()) -> None:
        """From now on presences are of a process that was called that long before now."""
        self._began = datetime.now(UTC) - before

    def beat(self, state: str, stage: str = "", stages: Mapping[str, float] | None = None) -> None:
        """The worker says how it is."""
        presence = Presence(
            holder=HOLDER,
            worker=WORKER,
            state=state,
            stage=stage,
            stages=stages or {},
            started_at=self._began,
            beat_at=self._began,
        )
        self._run(self._store.beat(presence))

    def leave(self) -> None:
        """The worker is gone."""
        self._run(self._store.leave(HOLDER))

    def remember_wakes(self, stages: Mapping[str, tuple[int, ...]]) -> None:
        """Earlier wakes, per stage the observations in each of the buckets of `WAKE_BOUNDS_SECONDS`."""
        tallies = [
            Tally(
                worker=WORKER,
                metric=WAKE_STAGE.name,
                label=stage,
                bounds=WAKE_BOUNDS_SECONDS,
                counts=counts + (0,) * (len(WAKE_BOUNDS_SECONDS) + 1 - len(counts)),
                total=0.0,
            )
            for stage, counts in stages.items()
        ]
        self._run(self._store.tally("earlier", tallies))

    def lease(self) -> Lease:
        """Takes the next job. One must be there."""
        (lease,) = self._run(self._store.lease(WORKER, holder=HOLDER, limit=1, duration=LEASE))
        return lease

    def complete(self, lease: Lease, result: JsonObject) -> None:
        """Ends a job with its result."""
        self._run(self._store.complete(lease, result))

    def fail(self, lease: Lease, problem: Problem) -> None:
        """Ends a job without one."""
        self._run(self._store.fail(lease, problem))

    # --- what a client does, past the page --------------------------------------------------------------------------

    def submit(self, name: str, document: bytes, extractor: str = "invoice") -> None:
        """A job from elsewhere."""
        new = NewJob(tenant=TENANT, worker=WORKER, request={}, extractor=extractor, document_name=name)
        self._run(self._store.submit(new, document))

    def jobs(self) -> tuple[Job, ...]:
        """All jobs, newest first."""
        return self._run(self._store.list_jobs(TENANT, limit=100)).jobs

    # --- inside -----------------------------------------------------------------------------------------------------

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(DEADLINE_SECONDS)

    async def _start(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._parts = assemble(
            settings=self._settings, catalog=self._catalog, store=self._store, keys=self._keys, renderer=PdfRenderer()
        )
        config = uvicorn.Config(build_app(self._parts), log_config=None, lifespan="on", ws="none")
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))

    async def _stop(self) -> None:
        if self._server is None or self._parts is None or self._serving is None:
            return
        self._parts.watcher.close()  # as the real server does: else the open streams would hold it up
        self._server.should_exit = True
        await self._serving
        self._server = None
