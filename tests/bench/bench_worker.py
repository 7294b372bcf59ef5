"""A lit worker against the engine alone: the same prompts, once with all around them and once straight to the engine.

The prompts are those that the extraction asks about the sample invoices, recorded from it. The worker is the real process on a
real PostgreSQL: it leases, reads, asks through Ray Serve, writes. The two take turns, so that the machine's mood is the same
for both. Twice: with an engine that only waits, as one does whose model runs on a GPU, and with llama.cpp, which shares these
CPUs with the reading of documents (some 0.7 CPU seconds a document that the engine alone does not spend).
"""

import asyncio
import json
import os
import signal
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.figure import Figure
from embedded_postgres import embedded_postgres
from lamplighter_serving.catalog import DEFAULT_CATALOG, Catalog, WorkerClass, load_catalog
from lamplighter_serving.database import Database
from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.reader import DocumentReader
from lamplighter_serving.engines.base import Choice, Choose, Engine, EngineFacts, Generate, Generation
from lamplighter_serving.engines.registry import build_engine
from lamplighter_serving.engines.scripted import Script, ScriptedEngine
from lamplighter_serving.extract.request import parse_request
from lamplighter_serving.extract.run import extract
from lamplighter_serving.queue.job import JobState, NewJob
from lamplighter_serving.queue.migrate import migrate
from lamplighter_serving.queue.postgres import PostgresStore
from serving.worker.worker_process import worker_process

ROOT = Path(__file__).parents[2]
EXTRACTOR = "invoice"
TENANT = "bench"
TURNS = 3
#: How often a turn asks for each document: enough that the first reading and the last answers weigh little. Of a real model
#: less, for a document takes it seconds.
REPEATS = 6
REAL_REPEATS = 2
#: The engine that only waits: 8 billion parameters read 150 tokens in 2.4 TFLOP, 0.12 s of what a T4 sustains (20 TFLOP/s), and
#: four at once share the card.
WAITING = {"serve": True, "delaySeconds": 0.5}
WAITING_CONCURRENCY = 4
WAKE_SECONDS = 300

Request = Choose | Generate


class Recorder:
    """An engine that remembers what it was asked."""

    def __init__(self, engine: Engine, details: Mapping[str, object]) -> None:
        self._engine = engine
        self._facts = replace(engine.facts, details=details)
        self.requests: list[Request] = []

    @property
    def facts(self) -> EngineFacts:
        return self._facts

    async def generate(self, request: Generate) -> Generation:
        self.requests.append(request)
        return await self._engine.generate(request)

    async def choose(self, request: Choose) -> Choice:
        self.requests.append(request)
        return await self._engine.choose(request)

    async def count_tokens(self, texts: Sequence[str]) -> tuple[int, ...]:
        return await self._engine.count_tokens(texts)

    async def close(self) -> None:
        await self._engine.close()


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What both sides have before them: the documents, how they are asked for, and the prompts that makes."""

    documents: tuple[bytes, ...]
    request: Mapping[str, object]
    prompts: tuple[Request, ...]
    repeats: int


async def read_work(catalog: Catalog, worker_class: WorkerClass, repeats: int) -> Work:
    """Records the prompts of the samples that have a text layer: recognising the others would measure Tesseract."""
    documents = tuple(path.read_bytes() for path in sorted((ROOT / "serving" / "samples").glob("*.pdf")))
    extractor = catalog.extractors[EXTRACTOR]
    request = {"schema": extractor.schema, "instructions": extractor.instructions}
    details = {key: worker_class.engine_options[key] for key in ("trust",) if key in worker_class.engine_options}
    recorder = Recorder(ScriptedEngine(worker_class, Script()), details)
    reader = DocumentReader(DocumentLimits(), processes=os.cpu_count() or 1)
    read = [await reader.read(document) for document in documents]
    for document in read:
        await extract(document, parse_request(request), recorder)
    recorder.requests.clear()  # some are asked once a process, and the worker is lit
    for document in read:
        await extract(document, parse_request(request), recorder)
    await reader.close()
    return Work(documents=documents, request=request, prompts=tuple(recorder.requests), repeats=repeats)


async def straight(engine: Engine, work: Work) -> float:
    """Documents a second when the engine is given the prompts of a turn and nothing else, as many at once as it serves."""
    left = iter(work.prompts * work.repeats)

    async def caller() -> None:
        for request in left:
            await (engine.choose(request) if isinstance(request, Choose) else engine.generate(request))

    begin = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(engine.facts.concurrency)))
    return len(work.documents) * work.repeats / (time.perf_counter() - begin)


async def through_the_worker(store: PostgresStore, worker: str, work: Work) -> float:
    """Documents a second from the first submission to the last result."""
    begin = time.perf_counter()
    async with store.watch() as notices:
        left = set()
        for document in work.documents * work.repeats:
            new = NewJob(tenant=TENANT, worker=worker, request=work.request, document_name="bench.pdf")
            left.add((await store.submit(new, document)).job.id)
        count = len(left)
        async for notice in notices:
            if notice.kind in ("finished", "resync"):
                left -= {job for job in left if (await store.get(TENANT, job)).state is JobState.DONE}
            if not left:
                break
    return count / (time.perf_counter() - begin)


async def compare(what: str, url: str, catalog: Path, *, repeats: int, aim: str = "") -> Figure:
    """Turns of both, and the ratio of their medians."""
    loaded = load_catalog(catalog)
    worker_class = loaded.workers[loaded.default_worker]
    work = await read_work(loaded, worker_class, repeats)
    if not work.prompts:
        return Figure(what=f"{what}: the samples raise no question for the model")
    engine = await asyncio.to_thread(build_engine, worker_class, None)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="lb-", ignore_cleanup_errors=True) as folder:
        async with Database(url, connections=4) as database:
            store = PostgresStore(database)
            with worker_process(url, catalog, Path(folder), LAMPLIGHTER_HEARTBEAT="5s") as worker:
                async with asyncio.timeout(WAKE_SECONDS):
                    await through_the_worker(store, worker_class.name, replace(work, documents=work.documents[:1]))
                await straight(engine, replace(work, prompts=work.prompts[:4]))
                for _ in range(TURNS):
                    theirs.append(await straight(engine, work))
                    ours.append(await through_the_worker(store, worker_class.name, work))
                worker.process.send_signal(signal.SIGTERM)
                await asyncio.to_thread(worker.process.wait, 60)
    await engine.close()
    mine, bare = statistics.median(ours), statistics.median(theirs)
    prompts = len(work.prompts) / len(work.documents)
    return Figure(
        what=f"{what}; {prompts:.1f} prompts a document, {worker_class.concurrency} at once",
        ours=f"{mine:.2f} documents/s",
        against=f"{bare:.2f} documents/s, the same prompts straight to the engine",
        ratio=mine / bare,
        aim=aim,
    )


def write_catalog(path: Path, **changes: object) -> Path:
    """The catalog of the package, its one worker class changed."""
    catalog = json.loads(DEFAULT_CATALOG.read_text(encoding="utf-8"))
    catalog["workers"][catalog["defaultWorker"]].update(changes)
    path.write_text(json.dumps(catalog), encoding="utf-8")
    return path


async def measure(url: str) -> list[Figure]:
    """Both comparisons."""
    async with Database(url, connections=1) as database:
        await migrate(database)
    with tempfile.TemporaryDirectory(prefix="lb-") as folder:
        waiting = write_catalog(
            Path(folder) / "waiting.json", engine="scripted", engineOptions=WAITING, concurrency=WAITING_CONCURRENCY
        )
        # With the trust that the package's catalog has, the small model is asked about every third document alone.
        asking = write_catalog(Path(folder) / "asking.json", engineOptions={"trust": 1})
        return [
            await compare("lit worker, model elsewhere", url, waiting, repeats=REPEATS, aim="≥ 0.95"),
            await compare("lit worker, llama.cpp on the same CPUs", url, asking, repeats=REAL_REPEATS),
        ]


def main() -> list[Figure]:
    """All figures of the lit worker."""
    with embedded_postgres() as server:
        return asyncio.run(measure(server.url))
