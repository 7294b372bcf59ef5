"""Gateway: ingest against a bare psycopg insert of the same rows, memory under large uploads, and how fast a commit is pushed.

Everything runs against the real gateway process over loopback. Client and peer run in processes of their own, so that their
Python does not share an interpreter with what is measured; the two cores are shared by all of them, in both cases.
"""

import asyncio
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import psycopg

from bench.figure import Figure
from embedded_postgres import embedded_postgres
from lamplighter_serving.gateway.scaler.externalscaler_pb2 import ScaledObjectRef
from lamplighter_serving.gateway.scaler.externalscaler_pb2_grpc import ExternalScalerStub

DOCUMENTS = 2000
CONCURRENCY = 8
DOCUMENT_BYTES = 10 * 1024
#: Ours and theirs in turn, so that a busy moment of the machine hits both; the middle one counts.
ROUNDS = 9
LARGE_BYTES = 20_000_000
LARGE_UPLOADS = 8
PUSHES = 40
BOUNDARY = "lamplighter-bench"


@dataclass(frozen=True, kw_only=True, slots=True)
class Running:
    """A gateway process."""

    pid: int
    key: str
    http_port: int
    scaler_port: int


@contextmanager
def gateway(database_url: str, **settings: str) -> Iterator[Running]:
    """Starts a gateway on free ports, ends it with its block. `settings` are further environment variables."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "LAMPLIGHTER_PORT": "0",
        "LAMPLIGHTER_SCALER_PORT": "0",
        **settings,
    }
    command = [sys.executable, "-m", "lamplighter_serving.gateway.main", "serve", "--migrate", "--format", "json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            key = json.loads(process.stdout.readline())["key"]
            ports = json.loads(process.stdout.readline())
            yield Running(pid=process.pid, key=key, http_port=ports["http_port"], scaler_port=ports["scaler_port"])
        finally:
            process.terminate()


def request_bytes(key: str, document: bytes) -> bytes:
    """A whole submission as it goes over the wire."""
    body = (
        (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="extractor"\r\n\r\ninvoice\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="document"; filename="bench.bin"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        ).encode()
        + document
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )
    head = (
        f"POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    return head + body


async def post_many(port: int, request: bytes, count: int) -> None:
    """Sends the same request `count` times over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 202"):
            raise RuntimeError(f"the gateway answered {head.splitlines()[0]!r}")
        length = next(line for line in head.lower().splitlines() if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
    writer.close()


async def ingest(port: int, key: str) -> float:
    """Documents a second through the gateway."""
    request = request_bytes(key, os.urandom(DOCUMENT_BYTES))
    begin = time.perf_counter()
    await asyncio.gather(*(post_many(port, request, DOCUMENTS // CONCURRENCY) for _ in range(CONCURRENCY)))
    return DOCUMENTS / (time.perf_counter() - begin)


#: The rows of a submission in one statement: the cheapest way to write them by hand. No notice, no answer.
BARE_INSERT = """
WITH job AS (
    INSERT INTO jobs (id, tenant, worker, extractor, request, request_digest, document_name, document_bytes, priority,
                      max_attempts, created_at, available_at)
    VALUES (%(id)s, 'default', 'extract', 'invoice', %(request)s, %(digest)s, 'bench.bin', %(bytes)s, 0, 5, now(), now())
    RETURNING id
), document AS (
    INSERT INTO document_chunks (job_id, ordinal, bytes) SELECT id, 0, %(document)s FROM job
)
INSERT INTO job_events (job_id, sequence, at, kind, data) SELECT id, 1, now(), 'queued', '{}' FROM job
"""


async def insert_many(url: str, request: str, document: bytes, count: int) -> None:
    """Inserts the rows of `count` jobs over one connection, a transaction each."""
    connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
    async with connection, connection.cursor(binary=True) as cursor:
        for _ in range(count):
            values = {"id": uuid.uuid4(), "request": request, "digest": "0" * 64, "bytes": len(document), "document": document}
            await cursor.execute(BARE_INSERT, values, prepare=True)


async def bare(url: str, request: str) -> float:
    """Documents a second by psycopg alone, on as many connections."""
    document = os.urandom(DOCUMENT_BYTES)
    begin = time.perf_counter()
    count = DOCUMENTS // CONCURRENCY
    await asyncio.gather(*(insert_many(url, request, document, count) for _ in range(CONCURRENCY)))
    return DOCUMENTS / (time.perf_counter() - begin)


def _run(queue: "multiprocessing.Queue[float]", work: Callable[..., object], arguments: tuple[object, ...]) -> None:
    queue.put(asyncio.run(work(*arguments)))  # type: ignore[arg-type]


def in_a_process(work: Callable[..., object], *arguments: object) -> float:
    """Runs a coroutine function in a process of its own; gives its number."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_run, args=(queue, work, arguments))
    process.start()
    try:
        return float(queue.get(timeout=120))
    finally:
        process.join()


def ingest_figures(running: Running, url: str) -> list[Figure]:
    """Ingest against the bare insert."""
    with psycopg.connect(url) as connection:
        in_a_process(ingest, running.http_port, running.key)  # warms both sides: connections, prepared statements, tables
        request = json.dumps(connection.execute("SELECT request FROM jobs LIMIT 1").fetchone()[0])  # type: ignore[index]
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(in_a_process(bare, url, request))
        ours.append(in_a_process(ingest, running.http_port, running.key))
    mine, bare_rate = statistics.median(ours), statistics.median(theirs)
    return [
        Figure(
            what=f"ingest of {DOCUMENT_BYTES // 1024} KiB documents, {CONCURRENCY} clients, against bare psycopg inserts",
            ours=f"{mine:.0f} documents/s",
            against=f"{bare_rate:.0f} inserts/s",
            ratio=mine / bare_rate,
            aim="≥ 0.5",
        )
    ]


def memory_mib(pid: int, field: str) -> float:
    """VmRSS or VmHWM of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(field)).split()[1]) / 1024


def memory_figures(running: Running) -> list[Figure]:
    """Growth of the gateway while large documents come in."""

    async def upload() -> None:
        request = request_bytes(running.key, os.urandom(LARGE_BYTES))
        await asyncio.gather(*(post_many(running.http_port, request, 1) for _ in range(LARGE_UPLOADS)))

    before = memory_mib(running.pid, "VmRSS")
    Path(f"/proc/{running.pid}/clear_refs").write_text("5")  # the peak starts from here
    begin = time.perf_counter()
    asyncio.run(upload())
    seconds = time.perf_counter() - begin
    growth = memory_mib(running.pid, "VmHWM") - before
    return [
        Figure(
            what=f"peak growth of the gateway, {LARGE_UPLOADS} parallel uploads of {LARGE_BYTES // 10**6} MB ({seconds:.1f} s)",
            ours=f"{growth:.0f} MiB",
            against=f"{LARGE_UPLOADS * LARGE_BYTES / 2**20:.0f} MiB sent",
            ratio=growth / (LARGE_UPLOADS * LARGE_BYTES / 2**20),
            aim="< 100 MB",
        )
    ]


def push_figures(running: Running, url: str) -> list[Figure]:
    """From sending a submission to hearing the push, on a class that was idle before each."""
    seconds = []
    request = request_bytes(running.key, b"a short document")
    with grpc.insecure_channel(f"127.0.0.1:{running.scaler_port}") as channel, psycopg.connect(url, autocommit=True) as queue:
        queue.execute("DELETE FROM jobs")
        queue.execute("VACUUM jobs")  # an idle queue is not one where thousands of rows have just died
        stream = ExternalScalerStub(channel).StreamIsActive(
            ScaledObjectRef(name="bench", namespace="bench", scalerMetadata={"worker": "extract"})
        )
        assert not next(stream).result
        for _ in range(PUSHES):
            begin = time.perf_counter()
            asyncio.run(post_many(running.http_port, request, 1))
            assert next(stream).result
            seconds.append(time.perf_counter() - begin)
            queue.execute("DELETE FROM jobs")
            # As the end of a job would say it; else the stream would find out by its own look, seconds later.
            notice = json.dumps({"worker": "extract", "job": None, "kind": "changed"})
            queue.execute("SELECT pg_notify('lamplighter', %s)", [notice])
            assert not next(stream).result
        stream.cancel()
    return [
        Figure(
            what="push: from sending a submission to StreamIsActive saying active, p50",
            ours=f"{statistics.median(seconds) * 1000:.1f} ms",
            against=f"p95 {sorted(seconds)[int(PUSHES * 0.95)] * 1000:.1f} ms",
        )
    ]


def main() -> list[Figure]:
    """All figures of the gateway."""
    with embedded_postgres() as server, gateway(server.url) as running:
        return [
            *ingest_figures(running, server.url),
            *memory_figures(running),
            *push_figures(running, server.url),
        ]
