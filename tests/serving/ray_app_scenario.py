"""Run as a process by test_ray_app: a Ray as KubeRay would start it, our application in it, and what it answers, as JSON."""

import asyncio
import json
import os
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from lamplighter_serving.database import Database
from lamplighter_serving.queue.job import JobState, NewJob
from lamplighter_serving.queue.postgres import PostgresStore
from serving.worker.worker_process import INVOICE, SCHEMA, WORKER

#: Of the start of Ray, Serve and a replica on a machine that may be busy.
PATIENCE_SECONDS = 120.0
CHAT = {"model": "model-of-the-test", "messages": [{"role": "user", "content": "Read this."}]}


async def finished_job(store: PostgresStore) -> dict[str, Any]:
    """A job that the application's worker has done, and its result."""
    new = NewJob(tenant="default", worker=WORKER, request={"schema": SCHEMA, "instructions": ""}, document_name="1.txt")
    job = (await store.submit(new, INVOICE.encode())).job
    until = time.monotonic() + PATIENCE_SECONDS
    while (await store.get("default", job.id)).state is not JobState.DONE:
        assert time.monotonic() < until
        await asyncio.sleep(0.05)
    return dict((await store.result("default", job.id)) or {})


async def tell(folder: Path, port: int) -> dict[str, Any]:
    """The whole story."""
    import ray
    from ray import serve

    from lamplighter_serving.ray_app import build

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, _temp_dir=str(folder), _node_ip_address="127.0.0.1")
    serve.start(http_options={"host": "127.0.0.1", "port": port})
    begin = time.monotonic()
    await asyncio.to_thread(lambda: serve.run(build({"replicas": 1}), name="always-lit", route_prefix="/"))
    report: dict[str, Any] = {"lit_seconds": time.monotonic() - begin}
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE_SECONDS) as client,
        Database(os.environ["DATABASE_URL"], connections=2) as database,
    ):
        store = PostgresStore(database)
        report["models"] = (await client.get("/v1/models")).json()
        answer = await client.post("/v1/chat/completions", json=CHAT)
        report["chat"] = {"status": answer.status_code, "body": answer.json()}
        refused = await client.post("/v1/chat/completions", json={**CHAT, "stream": True})
        report["refused"] = {"status": refused.status_code, "body": refused.json()}
        report["elsewhere"] = (await client.get("/v1/other")).status_code
        report["result"] = (await finished_job(store))["data"]
        await asyncio.to_thread(lambda: serve.delete("always-lit"))
        presences = await store.presences(within=timedelta(days=1))
        report["workers_left"] = [each.worker for each in presences]
    await asyncio.to_thread(serve.shutdown)
    ray.shutdown()
    return report


if __name__ == "__main__":
    print(json.dumps(asyncio.run(tell(Path(sys.argv[1]), int(sys.argv[2])))))
