"""The official clients on a gateway that is dark at first: all of it in JavaScript, in Python what other tests leave out."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import openai
import pytest

from lamplighter_serving.catalog import Catalog, load_catalog
from lamplighter_serving.completion import task_of
from lamplighter_serving.engines.scripted import ScriptedEngine
from lamplighter_serving.errors import EngineError
from lamplighter_serving.gateway.batches import runner
from lamplighter_serving.queue.job import Lease, Problem
from lamplighter_serving.worker.result import PhaseSeconds, result_json
from lamplighter_serving.worker.scribe import Scribe
from lamplighter_serving.worker.writing import write
from serving.gateway.conftest import NewGateway
from serving.gateway.running import WORKER, RunningGateway

ROOT = Path(__file__).parents[3]
CLIENT = ROOT / ".cache" / "javascript"
ANSWER = "Faktura č. 2024001, celkem 1 210,00 Kč."


@contextmanager
def lit(gateway: RunningGateway, catalog: Catalog) -> Iterator[None]:
    """A worker with a scripted engine, for the length of the block."""
    ended = asyncio.Event()
    engine = ScriptedEngine(replace(catalog.workers[WORKER], engine="scripted", engine_options={"answers": [ANSWER]}))

    async def answer(lease: Lease) -> None:
        task = task_of(lease.job.request)
        assert task is not None
        with Scribe(gateway.store).writing(lease) as tell:
            try:
                body = await gateway.store.leased_document(lease)
                outcome = await write(task, body, engine, lease.job.id, tell if task.writing else None)
            except EngineError as error:
                await gateway.store.fail(lease, Problem(code=error.code, sentence=error.sentence))
                return
        await gateway.store.complete(lease, result_json(outcome, engine.facts, PhaseSeconds(wait=0, read=0, extract=0)))

    async def work() -> None:
        while not ended.is_set():
            for lease in await gateway.store.lease(WORKER, holder="w", limit=9, duration=timedelta(minutes=1)):
                await answer(lease)
            await asyncio.sleep(0.01)

    working = asyncio.run_coroutine_threadsafe(work(), gateway._loop)
    yield
    ended.set()
    working.result(20)


@pytest.fixture
def embedding_gateway(new_gateway: NewGateway, monkeypatch: pytest.MonkeyPatch) -> RunningGateway:
    monkeypatch.setattr(runner, "BUSY_SECONDS", 0.02)
    return new_gateway()


def test_the_javascript_client_finds_all_it_expects(embedding_gateway: RunningGateway) -> None:
    node = shutil.which("node")
    if node is None or not (CLIENT / ".ready").exists():
        pytest.skip("there is no Node 20 or newer, or scripts/javascript-client has not been run")
    gateway = embedding_gateway
    catalog = gateway.parts.catalog
    shutil.copy(ROOT / "tests" / "clients" / "suite.mjs", CLIENT / "suite.mjs")
    command = [node, "suite.mjs", f"{gateway.address}/v1", gateway.key(), catalog.workers[WORKER].model]
    with subprocess.Popen(command, cwd=CLIENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline().strip() == "dark"
        with lit(gateway, catalog):
            stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    said: dict[str, Any] = json.loads(stdout)
    assert (said["models"], said["timeout"]) == (["dark"], "APIConnectionTimeoutError")
    assert said["chat"] == [ANSWER, "stop"]
    assert (said["stream"]["text"], said["stream"]["usage"] > 0) == (ANSWER, True)
    assert (said["tool"], said["completion"]) == ("look", ANSWER)
    assert (said["embeddings"], said["same"]) == ([8, 8, 8], True)
    assert said["batch"] == ["completed", ["q0", "q1", "q2"]]
    assert said["errors"] == [
        "NotFoundError 404 model-unknown",
        "BadRequestError 400 request-not-served",
        "NotFoundError 404 file-not-found",
        "AuthenticationError 401 key-unknown",
    ]


def test_the_python_client_gets_vectors_texts_and_calls(embedding_gateway: RunningGateway) -> None:
    gateway = embedding_gateway
    model = gateway.parts.catalog.workers[WORKER].model
    client = openai.OpenAI(base_url=f"{gateway.address}/v1", api_key=gateway.key(), max_retries=0, timeout=20)
    with client, lit(gateway, gateway.parts.catalog):
        coded = client.embeddings.create(model=model, input=["a", "b"])
        plain = client.embeddings.create(model=model, input=["a", "b"], encoding_format="float")
        assert [each.embedding for each in coded.data] == [pytest.approx(each.embedding, abs=1e-6) for each in plain.data]
        text = client.completions.create(model=model, prompt="Once", max_tokens=5)
        assert (text.choices[0].text, text.choices[0].finish_reason) == (ANSWER[:20], "length")
        tool: Any = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
        asked: list[Any] = [{"role": "user", "content": "Look."}]
        called = client.chat.completions.create(model=model, messages=asked, tools=[tool], tool_choice="required")
        (call,) = called.choices[0].message.tool_calls or ()
        asked += [called.choices[0].message, {"role": "tool", "tool_call_id": call.id, "content": "It rains."}]
        assert client.chat.completions.create(model=model, messages=asked, tools=[tool]).choices[0].message.content == ANSWER


def test_a_model_that_only_writes_gives_no_vectors(new_gateway: NewGateway) -> None:
    catalog = load_catalog(None)
    worker = replace(catalog.workers[WORKER], tasks=frozenset({"generate"}))
    gateway = new_gateway(catalog=replace(catalog, workers={WORKER: worker}))
    refusal = gateway.client().post("/v1/embeddings", json={"model": worker.model, "input": "a"})
    assert (refusal.status_code, refusal.json()["error"]["code"]) == (400, "model-not-for-this")
