"""From a job's commit to its first result, by stage: the real worker process, several wakes, llama.cpp with the small model.

What a cluster adds before (node, image) does not happen here. The stages follow each other without gaps, so they add up to the
wake; the steps below `engine` overlap with `weights`. The page cache is warm after the first wake, as on a node that was lit.
"""

import asyncio
import signal
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

from bench.figure import Figure
from embedded_postgres import embedded_postgres
from lamplighter_serving.catalog import DEFAULT_CATALOG, load_catalog
from lamplighter_serving.database import Database
from lamplighter_serving.metrics import WAKE_STAGES
from lamplighter_serving.queue.job import JobState, NewJob
from lamplighter_serving.queue.migrate import migrate
from lamplighter_serving.queue.postgres import PostgresStore
from serving.worker.worker_process import worker_process

ROOT = Path(__file__).parents[2]
WAKES = 5
#: What a wake may take before it counts as failed.
PATIENCE_SECONDS = 300
TENANT = "bench"
EXTRACTOR = "invoice"
TOTAL = "commit to first result"

Seconds = dict[str, list[float]]


async def wake(store: PostgresStore, url: str, seconds: Seconds) -> None:
    """One wake, its times added to `seconds`."""
    extractor = load_catalog(None).extractors[EXTRACTOR]
    request = {"schema": extractor.schema, "instructions": extractor.instructions}
    new = NewJob(tenant=TENANT, worker=extractor.worker, request=request, document_name="bench.pdf")
    document = (ROOT / "serving" / "samples" / "invoice-01.pdf").read_bytes()
    with tempfile.TemporaryDirectory(prefix="lb-", ignore_cleanup_errors=True) as folder:
        async with store.watch() as notices:
            begin = time.time()
            job = (await store.submit(new, document)).job
            started = {"LAMPLIGHTER_STARTED_AT": str(time.time()), "LAMPLIGHTER_HEARTBEAT": "5s"}
            with worker_process(url, DEFAULT_CATALOG, Path(folder), **started) as worker:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    async for notice in notices:
                        if notice.job_id == job.id and (await store.get(TENANT, job.id)).state is JobState.DONE:
                            break
                seconds[TOTAL].append(time.time() - begin)
                worker.process.send_signal(signal.SIGTERM)
                await asyncio.to_thread(worker.process.wait, 60)
                for event in worker.events():
                    if event["event"] == "wake-stage":
                        seconds[event["stage"]].append(event["seconds"])
                    elif event["event"] == "engine-step":
                        seconds[f"engine: {event['step']}"].append(event["seconds"])


async def measure(url: str) -> list[Figure]:
    """All wakes, one after the other."""
    seconds: Seconds = defaultdict(list)
    async with Database(url, connections=2) as database:
        await migrate(database)
        for _ in range(WAKES):
            await wake(PostgresStore(database), url, seconds)
    order = [TOTAL, *WAKE_STAGES, *(f"engine: {step}" for step in ("import", "ray", "serve", "load"))]
    return [
        Figure(
            what=f"wake, {name}, median of {len(seconds[name])}",
            ours=f"{statistics.median(seconds[name]):.2f} s",
            against=f"at most {max(seconds[name]):.2f} s",
        )
        for name in order
        if seconds[name]
    ]


def main() -> list[Figure]:
    """Wakes on a PostgreSQL of their own."""
    with embedded_postgres() as server:
        return asyncio.run(measure(server.url))
