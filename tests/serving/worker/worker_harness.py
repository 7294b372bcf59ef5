"""A worker in this process: the real supervisor over the store in memory and the scripted engine, with doors a test can hold.

Durations are short and real, for the worker measures leases with the machine's clock; tests wait for states, not for times.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from lamplighter_serving.catalog import WorkerClass
from lamplighter_serving.documents.page import Box, Document, Line, Page, TextSource, Word
from lamplighter_serving.engines.base import Choose, Engine, Message
from lamplighter_serving.extract.outcome import FieldValue, Outcome
from lamplighter_serving.queue.job import Job, JobState, JsonObject, NewJob
from lamplighter_serving.queue.memory import MemoryStore
from lamplighter_serving.queue.store import JobStore
from lamplighter_serving.settings import WorkerSettings
from lamplighter_serving.worker.drain import Stop
from lamplighter_serving.worker.supervisor import Doors, supervise
from lamplighter_serving.worker.wake import start_engine

WORKER, TENANT, HOLDER = "extract", "default", "worker-of-the-test"
CONCURRENCY = 2
#: What no test waits for in vain.
PATIENCE_SECONDS = 10.0

Handler = Callable[[str], Awaitable[None]]


class Clock:
    """The store's clock: real, and set forward by a test."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def forward(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


async def nothing(_: str) -> None:
    """A handler that lets everything pass."""


@dataclass(kw_only=True)
class Desk:
    """Reading and extraction, watched. `on_read` and `on_extract` are told the document's text and may hold, fail or ask."""

    on_read: Handler = nothing
    on_extract: Handler = nothing
    reading: list[str] = field(default_factory=list)
    extracting: list[str] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    async def read(self, data: bytes) -> Document:
        text = data.decode()
        self.reading.append(text)
        await self.on_read(text)
        box = Box(left=0, top=0, right=10, bottom=10)
        line = Line(words=(Word(text=text, box=box),))
        page = Page(number=1, width=595, height=842, lines=(line,), source=TextSource.PLAIN)
        return Document(media_type="text/plain", pages=(page,))

    async def extract(self, document: Document, _: JsonObject, engine: Engine) -> Outcome:
        text = document.pages[0].lines[0].text
        self.extracting.append(text)
        try:
            await self.on_extract(text)
            choice = await engine.choose(
                Choose(messages=(Message(role="user", content=text),), labels=("A", "B"), prefix="Answer:")
            )
        except asyncio.CancelledError:
            self.cancelled.append(text)
            raise
        value = FieldValue(path="/text", value=text, page=1, text=text, score=1.0)
        return Outcome(
            data={"text": text},
            fields=(value,),
            page_sizes=((1, 595.0, 842.0),),
            prompt_tokens=choice.prompt_tokens,
            completion_tokens=0,
        )


@dataclass(kw_only=True)
class Lit:
    """A running worker."""

    task: "asyncio.Task[None]"
    signals: Stop

    async def end(self) -> None:
        """Asks it to stop and waits until it has."""
        self.signals.stop.set()
        await asyncio.wait_for(self.task, PATIENCE_SECONDS)


def worker_class(options: Mapping[str, object] | None = None, **changes: Any) -> WorkerClass:
    facts: dict[str, Any] = {
        "name": WORKER,
        "engine": "scripted",
        "model": "model-of-the-test",
        "context_tokens": 4096,
        "concurrency": CONCURRENCY,
        "memory_fraction": None,
        "engine_options": options or {},
        "jobs_per_replica": 10,
        "cooldown_seconds": 20.0,
        "max_job_seconds": 60.0,
        "max_attempts": 3,
    }
    return WorkerClass(**(facts | changes))


def settings(**changes: Any) -> WorkerSettings:
    facts: dict[str, Any] = {
        "database_url": "",
        "catalog_path": None,
        "worker": WORKER,
        "holder": HOLDER,
        "model_path": None,
        "lease": timedelta(seconds=30),
        "heartbeat": timedelta(seconds=0.05),
        "grace": timedelta(seconds=25),
        "cpus": 2,
        "started_at": None,
        "group": None,
        "pod": None,
    }
    return WorkerSettings(**(facts | changes))


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="lamp-") as name:
        yield Path(name)


@asynccontextmanager
async def lit(
    store: JobStore,
    desk: Desk,
    *,
    of: WorkerClass | None = None,
    having: WorkerSettings | None = None,
) -> AsyncIterator[Lit]:
    """A worker that runs as long as the block, and is told to hurry at its end."""
    signals = Stop()
    with folder() as own:
        doors = Doors(start_engine=start_engine, store=store, read=desk.read, extract=desk.extract, folder=own)
        task = asyncio.create_task(supervise(having or settings(), of or worker_class(), doors, signals))
        try:
            yield Lit(task=task, signals=signals)
        finally:
            signals.stop.set()
            signals.hurry.set()
            await asyncio.wait([task])
    task.result()


async def submit(store: JobStore, text: str, **changes: Any) -> Job:
    """A job whose document is `text`."""
    new = NewJob(tenant=TENANT, worker=WORKER, request={}, document_name=f"{text}.txt", **changes)
    return (await store.submit(new, text.encode())).job


async def until(condition: Callable[[], Any]) -> None:
    """Waits until something holds; `condition` may be a plain or an async function."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            said = condition()
            if await said if asyncio.iscoroutine(said) else said:
                return
            await asyncio.sleep(0.005)


async def until_state(store: JobStore, job: Job, state: JobState) -> Job:
    """Waits until a job is in a state; gives the job as it then stands."""

    async def reached() -> bool:
        return (await store.get(TENANT, job.id)).state is state

    await until(reached)
    return await store.get(TENANT, job.id)


def new_store(clock: Callable[[], datetime] | None = None) -> MemoryStore:
    return MemoryStore(clock or Clock())
