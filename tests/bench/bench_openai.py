"""The OpenAI API: what streaming costs beside the engine alone, and a gateway process with 2,000 open waits and 300 streams.

Everything is real but the model: a scripted engine behind Ray Serve writes a token each fiftieth of a second, as an 8B model on
a T4 does. The clients are bare sockets in processes of their own. For the load the bench plays the workers: it writes pieces,
each with the moment at which it was written; client and writer read the same clock.
"""

import asyncio
import json
import multiprocessing
import re
import signal
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import psycopg

from bench.bench_gateway import Running, gateway, in_a_process, memory_mib
from bench.bench_worker import write_catalog
from bench.figure import Figure
from embedded_postgres import embedded_postgres
from lamplighter_serving.catalog import load_catalog
from lamplighter_serving.database import Database
from lamplighter_serving.engines.base import Generate, Message
from lamplighter_serving.engines.scripted import ScriptedEngine
from lamplighter_serving.queue.job import Lease, Piece
from lamplighter_serving.queue.postgres import PostgresStore
from serving.worker.worker_process import worker_process

TOKEN_SECONDS = 0.02
ANSWER_TOKENS = 200
STREAMS_AT_ONCE = 4
ROUNDS = 3

WAITS, STREAMS = 2000, 300
#: Of each stream, and for how long.
PIECES_A_SECOND = 5
SECONDS = 12
PROBES_A_SECOND = 10


def question(stream: bool, model: str) -> bytes:
    body = {"model": model, "messages": [{"role": "user", "content": "Read this."}], "stream": stream}
    return json.dumps(body).encode()


async def opened(port: int, key: str, path: str, body: bytes | None) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A request that has been sent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**14)
    head = f"{'GET' if body is None else 'POST'} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {key}\r\n"
    writer.write(f"{head}Content-Length: {len(body or b'')}\r\n\r\n".encode() + (body or b""))
    await writer.drain()
    return reader, writer


async def stream_texts(port: int, key: str, model: str) -> float:
    """Tokens a second of `STREAMS_AT_ONCE` streams at once."""

    async def one() -> int:
        reader, writer = await opened(port, key, "/v1/chat/completions", question(True, model))
        characters = 0
        while b"[DONE]" not in (line := await reader.readline()):
            if line.startswith(b"data: "):
                characters += len(json.loads(line[6:])["choices"][0]["delta"].get("content", ""))
        writer.close()
        return characters

    begin = time.perf_counter()
    characters = sum(await asyncio.gather(*(one() for _ in range(STREAMS_AT_ONCE))))
    return characters / 4 / (time.perf_counter() - begin)


async def straight(engine: ScriptedEngine) -> float:
    """The same by the engine alone."""
    request = Generate(messages=(Message(role="user", content="Read this."),), max_tokens=4096)
    begin = time.perf_counter()
    calls = (engine.generate(request, lambda _: None) for _ in range(STREAMS_AT_ONCE))
    answers = await asyncio.gather(*calls)
    return sum(answer.completion_tokens for answer in answers) / (time.perf_counter() - begin)


def streaming_figures(url: str) -> list[Figure]:
    """Streams through gateway, queue and worker against the engine."""
    with tempfile.TemporaryDirectory(prefix="lb-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        script = {"serve": True, "tokenSeconds": TOKEN_SECONDS, "answers": ["word" * ANSWER_TOKENS]}
        path = write_catalog(folder / "c.json", engine="scripted", engineOptions=script, concurrency=STREAMS_AT_ONCE)
        catalog = load_catalog(path)
        chosen = catalog.workers[catalog.default_worker]
        own = {key: value for key, value in chosen.engine_options.items() if key != "serve"}
        engine = ScriptedEngine(replace(chosen, engine_options=own))
        ours, theirs = [], []
        with gateway(url, LAMPLIGHTER_CATALOG=str(path)) as running, worker_process(url, path, folder) as worker:
            in_a_process(stream_texts, running.http_port, running.key, chosen.model)  # wakes it
            for _ in range(ROUNDS):
                theirs.append(asyncio.run(straight(engine)))
                ours.append(in_a_process(stream_texts, running.http_port, running.key, chosen.model))
            worker.process.send_signal(signal.SIGTERM)
            worker.process.wait(60)
    mine, bare = statistics.median(ours), statistics.median(theirs)
    return [
        Figure(
            what=f"streamed answers, {STREAMS_AT_ONCE} at once, {1 / TOKEN_SECONDS:.0f} tokens/s each, model elsewhere",
            ours=f"{mine:.0f} tokens/s",
            against=f"{bare:.0f} tokens/s straight from the engine",
            ratio=mine / bare,
            aim="≥ 0.95",
        )
    ]


async def crowd(port: int, key: str, model: str, talk: "Connection") -> None:
    """Opens all waits and streams, reads the streams and looks at the models meanwhile; tells what it saw."""
    delays: list[float] = []
    probes: list[float] = []

    async def stream() -> None:
        reader, _ = await opened(port, key, "/v1/chat/completions", question(True, model))
        while line := await reader.readline():
            if line.startswith(b"data: {"):
                text = json.loads(line[6:])["choices"][0]["delta"].get("content")
                delays.extend(time.time() - float(moment) for moment in (text or "").split())

    async def probe() -> None:
        begin = time.perf_counter()
        reader, writer = await opened(port, key, "/v1/models", None)
        await reader.readuntil(b"\r\n\r\n")
        probes.append(time.perf_counter() - begin)
        writer.close()

    async def some(count: int, streamed: bool) -> list[Any]:
        kept: list[Any] = []
        for begin in range(0, count, 50):
            most = min(50, count - begin)
            if streamed:
                kept += [asyncio.create_task(stream()) for _ in range(most)]
                await asyncio.sleep(0.1)
            else:
                body = question(False, model)
                kept += await asyncio.gather(*(opened(port, key, "/v1/chat/completions", body) for _ in range(most)))
        return kept

    streams = await some(STREAMS, True)
    waits = await some(WAITS, False)
    talk.send("open")
    while not talk.poll():
        await probe()
        await asyncio.sleep(1 / PROBES_A_SECOND)
    for task in streams:
        task.cancel()
    talk.send((sorted(delays), sorted(probes)))
    del waits


async def feed(url: str, worker: str) -> None:
    """Plays the workers of the streams."""
    async with Database(url, connections=4) as database:
        store = PostgresStore(database)
        leases: list[Lease] = []
        while len(leases) < STREAMS:
            found = await store.lease(worker, holder="bench", limit=STREAMS - len(leases), duration=timedelta(minutes=5))
            leases += [lease for lease in found if lease.job.request.get("streamed")]
            await asyncio.sleep(0.05)
        ordinals = dict.fromkeys(range(STREAMS), 0)
        # As ten workers would: each writes its thirty streams together.
        groups = [range(begin, begin + STREAMS // 10) for begin in range(0, STREAMS, STREAMS // 10)]

        async def write(group: Sequence[int], late: float) -> None:
            await asyncio.sleep(late)
            for _ in range(SECONDS * PIECES_A_SECOND):
                begin = time.monotonic()
                pieces = []
                for place in group:
                    ordinals[place] += 1
                    lease = leases[place]
                    content = {"text": f"{time.time():.6f} "}
                    pieces.append(Piece(job_id=lease.job.id, fence=lease.fence, ordinal=ordinals[place], content=content))
                await store.write(pieces)
                await asyncio.sleep(max(0.0, 1 / PIECES_A_SECOND - (time.monotonic() - begin)))

        await asyncio.gather(*(write(group, place / 10 / PIECES_A_SECOND) for place, group in enumerate(groups)))


def held_requests(running: Running) -> int:
    """What the gateway itself says."""
    with urllib.request.urlopen(f"http://127.0.0.1:{running.http_port}/metrics") as answer:
        return int(sum(map(float, re.findall(r"^lamplighter_held_requests\{.*\} (.+)$", answer.read().decode(), re.M))))


def load_figures(running: Running, url: str) -> list[Figure]:
    """Memory of the gateway, and how long pieces and other requests take meanwhile."""
    catalog = load_catalog(None)
    worker = catalog.workers[catalog.default_worker]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM jobs")
    before = memory_mib(running.pid, "VmRSS")
    context = multiprocessing.get_context("spawn")
    talk, theirs = context.Pipe()
    client = context.Process(target=_crowd, args=(running.http_port, running.key, worker.model, theirs))
    client.start()
    talk.recv()
    opened = memory_mib(running.pid, "VmRSS")
    asyncio.run(feed(url, worker.name))
    peak = memory_mib(running.pid, "VmHWM")
    held = held_requests(running)
    talk.send("over")
    delays, probes = talk.recv()
    client.join()
    told = STREAMS * SECONDS * PIECES_A_SECOND
    return [
        Figure(
            what=f"memory of one gateway process that holds {held} requests, {STREAMS} of them streams",
            ours=f"{peak:.0f} MiB at most",
            against=f"{before:.0f} MiB before, {opened:.0f} MiB when all had been sent",
            aim="< 250 MiB",
        ),
        Figure(
            what=f"a piece from its writing to the client, {STREAMS * PIECES_A_SECOND} a second, p50",
            ours=f"{_at(delays, 0.5) * 1000:.0f} ms",
            against=f"p99 {_at(delays, 0.99) * 1000:.0f} ms; {len(delays)} of {told} pieces read",
        ),
        Figure(
            what="GET /v1/models meanwhile, on a new connection, p50",
            ours=f"{_at(probes, 0.5) * 1000:.0f} ms",
            against=f"p99 {_at(probes, 0.99) * 1000:.0f} ms",
        ),
    ]


def _crowd(port: int, key: str, model: str, talk: "Connection") -> None:
    asyncio.run(crowd(port, key, model, talk))


def _at(ordered: Sequence[float], part: float) -> float:
    return ordered[int(part * (len(ordered) - 1))]


def main() -> list[Figure]:
    """All figures of the OpenAI API."""
    with embedded_postgres() as server, gateway(server.url, LAMPLIGHTER_MAX_HELD="5000") as running:
        loaded = load_figures(running, server.url)
    with embedded_postgres() as server:
        return [*streaming_figures(server.url), *loaded]
