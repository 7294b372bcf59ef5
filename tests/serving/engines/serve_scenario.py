"""Run as a process by test_serve_app: starts the engine in Ray Serve, lives through a story, and prints what it saw as JSON.

A process of its own, because Ray's settings are those of a process and its servers belong to one.
"""

import asyncio
import json
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import grpc
import psutil

from lamplighter_serving import serve_app
from lamplighter_serving.engines.base import Choose, Delta, Engine, Generate, Message
from lamplighter_serving.errors import LamplighterError
from serving.engines.worker_classes import CONCURRENCY, worker_class

CHOOSE = Choose(messages=(Message(role="user", content="canary-7731, which one?"),), labels=("A", "B"), prefix="Answer:")
LONG = Choose(messages=(Message(role="user", content="canary-7731 " * 1000),), labels=("A", "B"))
DELAY_SECONDS = 0.3
#: How long a new replica may take on a busy machine.
PATIENCE_SECONDS = 90.0


async def outcome(call: Any) -> dict[str, str]:
    """What a call came to."""
    try:
        await call
    except LamplighterError as error:
        return {"kind": type(error).__name__, "sentence": error.sentence, "context": f"{error.__cause__}{error.__context__}"}
    return {"kind": "answer"}


async def until_it_answers(engine: Engine) -> float:
    """Seconds until a call succeeds. The first call of a replica hangs, as the script says, and is given up."""
    begin = time.monotonic()
    while time.monotonic() - begin < PATIENCE_SECONDS:
        with suppress(TimeoutError):
            if (await asyncio.wait_for(outcome(engine.choose(CHOOSE)), 2))["kind"] == "answer":
                return time.monotonic() - begin
        await asyncio.sleep(0.05)
    raise TimeoutError("no replica came up")


async def overlap(engine: Engine) -> dict[str, Any]:
    """How long twice as many calls as fit at once take, in delays."""
    await engine.choose(CHOOSE)  # connects
    begin = time.monotonic()
    await asyncio.gather(*(engine.choose(CHOOSE) for _ in range(2 * CONCURRENCY)))
    return {"delays": (time.monotonic() - begin) / DELAY_SECONDS}


async def cancelled_calls(engine: Engine) -> str:
    """Fills the replica with calls that hang, cancels them, and calls again."""
    calls = [asyncio.create_task(engine.choose(CHOOSE)) for _ in range(CONCURRENCY)]
    await asyncio.sleep(DELAY_SECONDS)
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
    try:
        await asyncio.wait_for(engine.choose(CHOOSE), 20)
    except TimeoutError:
        return "stuck"
    return "answered"


async def written(engine: Engine) -> dict[str, Any]:
    """An answer that is heard while it is written."""
    pieces: list[Delta] = []
    request = Generate(messages=CHOOSE.messages, max_tokens=100, json_schema={"const": "lamp" * 50})
    answer = await engine.generate(request, pieces.append)
    return {"answer": answer.text, "pieces": [piece.text for piece in pieces]}


def listeners() -> list[dict[str, Any]]:
    """Where the processes that this one started listen, this one included, and what those beyond loopback say to a stranger."""
    me = psutil.Process()
    found = []
    for process in [me, *me.children(recursive=True)]:
        for connection in process.net_connections(kind="inet"):
            if connection.status == psutil.CONN_LISTEN:
                host, port = connection.laddr
                loopback = host.removeprefix("::ffff:").startswith("127.")
                answer = "" if loopback else call_as_a_stranger(port)
                found.append({"process": process.name(), "loopback": loopback, "answer": answer})
    return found


def call_as_a_stranger(port: int) -> str:
    """What a replica's gRPC server says to a call without the token."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        try:
            channel.unary_unary("/ray.serve.ASGIService/HandleRequest")(b"", timeout=5)
        except grpc.RpcError as error:
            return str(error.code().name)
    return "an answer"


def children() -> list[str]:
    """Names of the processes that this one started and that live."""
    alive = (each for each in psutil.Process().children(recursive=True) if each.status() != psutil.STATUS_ZOMBIE)
    return sorted(each.name() for each in alive)


async def tell(folder: Path) -> dict[str, Any]:
    """The whole story."""
    report: dict[str, Any] = {"stages": []}
    # Calls 1 to 3 hang and are cancelled, 4 to 8 are timed, 9 is too long, 10 dies. The next replica counts anew.
    script = {"serve": True, "delaySeconds": DELAY_SECONDS, "tokenSeconds": 0.005, "hangCall": 1, "dieCall": 10}
    engine = await serve_app.start(
        worker_class("scripted", script),
        model_path=None,
        cpus=2,
        folder=folder,
        on_stage=lambda stage, _: report["stages"].append(stage),
    )
    report["facts"] = [engine.facts.name, engine.facts.concurrency]
    report["listeners"] = listeners()
    report["children"] = [" ".join(each.cmdline()) for each in psutil.Process().children(recursive=True)]
    report["cancelled"] = await cancelled_calls(engine)
    report["overlap"] = await overlap(engine)
    report["too_long"] = await outcome(engine.choose(LONG))
    report["died"] = await outcome(engine.choose(CHOOSE))
    report["back_seconds"] = await until_it_answers(engine)
    report["written"] = await written(engine)
    await engine.close()
    report["children_after_close"] = children()
    return report


if __name__ == "__main__":
    print(json.dumps(asyncio.run(tell(Path(sys.argv[1])))))
