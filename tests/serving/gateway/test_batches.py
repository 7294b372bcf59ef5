"""Batches by the official client: validated, asked a few at once, whole or in part when they end before their time."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import openai
import pytest

from lamplighter_serving.completion import task_of
from lamplighter_serving.engines.scripted import ScriptedEngine
from lamplighter_serving.gateway.batches import runner
from lamplighter_serving.gateway.batches.line import MOST_LINE_BYTES, LineRefused, custom_id_of
from lamplighter_serving.gateway.batches.runner import _lines
from lamplighter_serving.queue.job import JobState, Lease, Problem
from lamplighter_serving.worker.result import PhaseSeconds, result_json
from lamplighter_serving.worker.writing import write
from serving.engines.worker_classes import worker_class
from serving.gateway.running import TENANT, WORKER, RunningGateway, wait_until

CHAT = "/v1/chat/completions"


def line(number: int, **body: Any) -> dict[str, Any]:
    ask = {"messages": [{"role": "user", "content": f"Question {number}"}]} | body
    return {"custom_id": f"q{number}", "method": "POST", "url": CHAT, "body": ask}


def jsonl(lines: list[Any]) -> bytes:
    return b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines) + b"\n"


class Client:
    """The official client, and short ways to make batches and read them."""

    def __init__(self, gateway: RunningGateway, tenant: str = TENANT) -> None:
        self.gateway = gateway
        self.model = gateway.parts.catalog.workers[WORKER].model
        self.api = openai.OpenAI(base_url=f"{gateway.address}/v1", api_key=gateway.key(tenant), max_retries=0, timeout=20)

    def batch(self, lines: list[Any], window: str = "24h") -> str:
        for each in lines:
            if isinstance(each, dict):
                each["body"] = {"model": self.model} | each["body"]
        stored = self.api.files.create(file=("questions.jsonl", jsonl(lines)), purpose="batch")
        created: Any = self.api.batches.create
        return str(created(input_file_id=stored.id, endpoint=CHAT, completion_window=window, metadata={"for": "a test"}).id)

    def ended(self, batch_id: str) -> Any:
        wait_until(lambda: self.api.batches.retrieve(batch_id).status in ("completed", "failed", "expired", "cancelled"))
        return self.api.batches.retrieve(batch_id)

    def lines(self, file_id: str | None) -> dict[str, Any]:
        if file_id is None:
            return {}
        read = [json.loads(text) for text in self.api.files.content(file_id).text.splitlines()]
        assert len({each["custom_id"] for each in read}) == len(read)
        return {each["custom_id"]: each for each in read}


@pytest.fixture
def client(gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr(runner, "BUSY_SECONDS", 0.02)
    made = Client(gateway)
    yield made
    made.api.close()


async def finish(gateway: RunningGateway, lease: Lease) -> None:
    """Does what a worker does: answers with the question's own words."""
    body = await gateway.store.leased_document(lease)
    task = task_of(lease.job.request)
    assert task is not None
    said = json.loads(body)["messages"][0]["content"]
    model = gateway.parts.catalog.workers[WORKER].model
    engine = ScriptedEngine(worker_class("scripted", {"answers": [f"Answer to {said}"]}, model=model))
    outcome = await write(task, body, engine, lease.job.id)
    await gateway.store.complete(lease, result_json(outcome, engine.facts, PhaseSeconds(wait=0, read=0, extract=0)))


@contextmanager
def working(gateway: RunningGateway, finish: Callable[[RunningGateway, Lease], Any] = finish) -> Iterator[None]:
    """A worker that does whatever is in the queue, for the length of the block."""
    ended = asyncio.Event()

    async def work() -> None:
        while not ended.is_set():
            leases = await gateway.store.lease(WORKER, holder="w", limit=50, duration=timedelta(minutes=1))
            for lease in leases:
                await finish(gateway, lease)
            await asyncio.sleep(0.01)

    task = asyncio.run_coroutine_threadsafe(work(), gateway._loop)
    yield
    ended.set()
    task.result(20)


def test_every_line_is_answered_once_under_its_own_name(gateway: RunningGateway, client: Client) -> None:
    batch_id = client.batch([line(number, max_tokens=100) for number in range(300)])
    with working(gateway):
        ended = client.ended(batch_id)
    assert (ended.status, ended.request_counts.completed, ended.error_file_id) == ("completed", 300, None)
    assert ended.metadata == {"for": "a test"}
    answers = client.lines(ended.output_file_id)
    assert len(answers) == 300
    for name, answer in answers.items():
        assert answer["response"]["status_code"] == 200
        assert answer["response"]["body"]["choices"][0]["message"]["content"] == f"Answer to Question {name[1:]}"
    assert [each.id for each in client.api.batches.list().data] == [batch_id]
    assert {each.purpose for each in client.api.files.list().data} == {"batch", "batch_output"}


def test_a_line_that_no_model_can_serve_is_an_error_of_that_line_alone(gateway: RunningGateway, client: Client) -> None:
    batch_id = client.batch([line(1), line(2, model="gpt-5"), line(3, n=2), line(4)])

    async def half(gateway: RunningGateway, lease: Lease) -> None:
        if b"Question 4" in await gateway.store.leased_document(lease):
            problem = Problem(code="engine-refused", sentence="The prompt is too long.")
            await gateway.store.fail(lease, problem)
        else:
            await finish(gateway, lease)

    with working(gateway, half):
        ended = client.ended(batch_id)
    counts = ended.request_counts
    assert (ended.status, counts.total, counts.completed, counts.failed) == ("completed", 4, 1, 3)
    assert list(client.lines(ended.output_file_id)) == ["q1"]
    errors = client.lines(ended.error_file_id)
    said = {name: (e["response"]["status_code"], e["response"]["body"]["error"]["code"]) for name, e in errors.items()}
    assert said == {"q2": (404, "model-unknown"), "q3": (400, "request-not-served"), "q4": (400, "engine-refused")}


@pytest.mark.parametrize(
    ("lines", "code", "number"),
    [
        ([line(1), b"{", line(2)], "invalid_json_line", 2),
        ([line(1), line(2), line(1)], "duplicate_custom_id", 3),
        ([line(1) | {"url": "/v1/embeddings"}], "url_invalid", 1),
        ([line(1) | {"method": "GET"}], "method_invalid", 1),
        ([line(1) | {"custom_id": 5}], "custom_id_invalid", 1),
        ([b""], "empty_file", None),
    ],
)
def test_a_file_that_is_no_batch_fails_before_a_model_is_asked(
    gateway: RunningGateway, client: Client, lines: list[Any], code: str, number: int | None
) -> None:
    ended = client.ended(client.batch(lines))
    assert ended.status == "failed"
    assert [(error.code, error.line) for error in ended.errors.data] == [(code, number)]
    assert gateway.run(gateway.store.depths([WORKER]))[0].queued == 0


def test_a_cancelled_batch_keeps_what_has_been_answered(gateway: RunningGateway, client: Client) -> None:
    batch_id = client.batch([line(number) for number in range(5)])
    wait_until(lambda: gateway.run(gateway.store.depths([WORKER]))[0].queued == 5)
    gateway.run(finish(gateway, gateway.lease()))
    assert client.api.batches.cancel(batch_id).status == "cancelling"
    ended = client.ended(batch_id)
    assert (ended.status, ended.request_counts.completed, ended.error_file_id) == ("cancelled", 1, None)
    assert list(client.lines(ended.output_file_id)) == ["q0"]
    assert gateway.run(gateway.store.depths([WORKER]))[0].queued == 0
    assert client.api.batches.cancel(batch_id).status == "cancelled"


def test_an_expired_batch_names_the_lines_that_have_no_answer(gateway: RunningGateway, client: Client) -> None:
    batch_id = client.batch([line(number) for number in range(3)], window="1s")
    wait_until(lambda: gateway.run(gateway.store.depths([WORKER]))[0].queued == 3)
    gateway.run(finish(gateway, gateway.lease()))
    ended = client.ended(batch_id)
    assert (ended.status, list(client.lines(ended.output_file_id))) == ("expired", ["q0"])
    errors = client.lines(ended.error_file_id)
    assert {name: error["error"]["code"] for name, error in errors.items()} == {"q1": "batch_expired", "q2": "batch_expired"}


def test_no_more_lines_than_a_window_stand_in_the_queue_and_behind_everything_else(
    gateway: RunningGateway, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "WINDOW", 4)
    batch_id = client.batch([line(number) for number in range(20)])
    wait_until(lambda: gateway.run(gateway.store.depths([WORKER]))[0].queued == 4)
    document = gateway.client().post("/v1/jobs", files={"document": ("a", b"a")}, data={"extractor": "invoice"}).json()
    lease = gateway.lease()
    assert str(lease.job.id) == document["id"]
    gateway.run(gateway.store.fail(lease, Problem(code="x", sentence="Done with it.")))
    with working(gateway):
        assert client.ended(batch_id).request_counts.completed == 20


def test_another_tenant_sees_neither_file_nor_batch(gateway: RunningGateway, client: Client) -> None:
    batch_id = client.batch([line(1)])
    file_id = client.api.batches.retrieve(batch_id).input_file_id
    stranger = Client(gateway, tenant="other").api
    with stranger:
        for call in (
            lambda: stranger.batches.retrieve(batch_id),
            lambda: stranger.batches.cancel(batch_id),
            lambda: stranger.files.retrieve(file_id),
            lambda: stranger.files.content(file_id),
            lambda: stranger.files.delete(file_id),
            lambda: stranger.batches.create(input_file_id=file_id, endpoint=CHAT, completion_window="24h"),
        ):
            with pytest.raises(openai.NotFoundError):
                call()
        assert (stranger.files.list().data, stranger.batches.list().data) == ([], [])


def test_a_file_in_use_stays_and_a_deleted_one_is_gone(gateway: RunningGateway, client: Client) -> None:
    batch_id = client.batch([line(1)])
    file_id = client.api.batches.retrieve(batch_id).input_file_id
    with pytest.raises(openai.ConflictError):
        client.api.files.delete(file_id)
    client.api.batches.cancel(batch_id)
    client.ended(batch_id)
    assert client.api.files.delete(file_id).deleted
    with pytest.raises(openai.NotFoundError):
        client.api.files.content(file_id)


def test_pages_of_lists_follow_each_other(client: Client) -> None:
    ids = [client.batch([line(number)]) for number in range(3)]
    assert [each.id for each in client.api.batches.list(limit=2)] == ids[::-1]
    assert len(list(client.api.files.list(limit=2))) == 3


@pytest.mark.parametrize(
    "body",
    [
        {"endpoint": CHAT},
        {"input_file_id": "file-00000000000000000000000000000000", "endpoint": CHAT},
        {"input_file_id": "file-00000000000000000000000000000000", "endpoint": "/v1/audio"},
        {"input_file_id": "file-00000000000000000000000000000000", "endpoint": CHAT, "completion_window": "long"},
        {"input_file_id": "file-00000000000000000000000000000000", "endpoint": CHAT, "metadata": {"a": 1}},
        [],
    ],
)
def test_a_batch_that_cannot_be_is_refused_in_the_apis_form(gateway: RunningGateway, body: Any) -> None:
    refusal = gateway.client().post("/v1/batches", json=body)
    assert refusal.status_code in (400, 404)
    assert refusal.json()["error"]["code"] == refusal.json()["code"]


def test_a_file_of_another_purpose_or_form_is_refused(gateway: RunningGateway) -> None:
    client = gateway.client()
    form: dict[str, Any] = {"files": {"file": ("a.jsonl", b"{}")}}
    assert client.post("/v1/files", data={"purpose": "fine-tune"}, **form).json()["code"] == "purpose-invalid"
    assert client.post("/v1/files", data={"purpose": "batch"}, files={"document": b"a"}).json()["code"] == "field-unknown"
    assert client.post("/v1/files", data={"purpose": "batch"}, files={"x": b""}).status_code == 400


@pytest.mark.parametrize("cut", [1, 7, 64, 1000])
def test_lines_are_the_same_however_the_file_is_cut(cut: int) -> None:
    raw = jsonl([line(number) for number in range(7)]).replace(b"\n", b"\r\n", 2) + b"\n\n"
    names = [json.loads(text)["custom_id"] for text in raw.split(b"\n") if text.strip()]
    found, begin, number = [], 0, 0
    end = cut
    while begin < len(raw):
        piece = raw[begin:end]
        lines, errors = _lines(piece, whole=end >= len(raw), begin=begin, number=number, endpoint=CHAT)
        assert errors == []
        found += [(each.custom_id, raw[each.begin : each.begin + each.size]) for each in lines]
        size = len(piece) if end >= len(raw) else piece.rfind(b"\n") + 1
        number += piece[:size].count(b"\n")
        begin, end = begin + size, end + cut
    assert [name for name, _ in found] == names
    assert [custom_id_of(text.strip(), CHAT) for _, text in found] == names


def test_a_line_without_an_end_is_refused_and_not_waited_for() -> None:
    lines, errors = _lines(b"x" * (MOST_LINE_BYTES + 1), whole=False, begin=0, number=4, endpoint=CHAT)
    assert (lines, [(error["code"], error["line"]) for error in errors]) == ([], [("line_too_long", 5)])
    with pytest.raises(LineRefused):
        custom_id_of(b"[]", CHAT)


def test_without_a_key_nothing_is_there(gateway: RunningGateway) -> None:
    for path in ("/v1/files", "/v1/batches"):
        assert httpx.get(f"{gateway.address}{path}").status_code == 401


def test_jobs_of_a_batch_are_jobs_like_any_other(gateway: RunningGateway, client: Client) -> None:
    client.batch([line(1)])
    wait_until(lambda: bool(gateway.run(gateway.store.list_jobs(TENANT, limit=1)).jobs))
    (job,) = gateway.run(gateway.store.list_jobs(TENANT, limit=9)).jobs
    assert (job.state, job.priority) == (JobState.QUEUED, runner.PRIORITY)


def test_a_batch_whose_turn_fails_does_not_hold_up_the_others(
    gateway: RunningGateway, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = client.batch([line(1)])
    wait_until(lambda: client.api.batches.retrieve(bad).status == "in_progress")
    real = runner.BatchRunner._ask

    async def fail_for_one(self: runner.BatchRunner, turn: Any) -> bool:
        if turn.row["id"].hex == bad.removeprefix("batch_"):
            raise RuntimeError("a surprise")
        return await real(self, turn)

    monkeypatch.setattr(runner.BatchRunner, "_ask", fail_for_one)
    good = client.batch([line(2)])
    with working(gateway):
        assert client.ended(good).status == "completed"
