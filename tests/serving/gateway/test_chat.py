"""The OpenAI API on a dark gateway, by the official client: held until a worker answers, whatever becomes of it."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import openai
import pytest

from lamplighter_serving.completion import task_of
from lamplighter_serving.completion.chat import ROLES
from lamplighter_serving.engines.scripted import ScriptedEngine
from lamplighter_serving.queue.job import JobState, Lease, Problem
from lamplighter_serving.worker.result import PhaseSeconds, result_json
from lamplighter_serving.worker.writing import write
from serving.engines.worker_classes import worker_class
from serving.gateway.conftest import NewGateway
from serving.gateway.described import DOCUMENT, check_value
from serving.gateway.running import TENANT, WORKER, RunningGateway, wait_until

ASK: list[Any] = [{"role": "user", "content": "Co je na faktuře?"}]
ANSWER = "Faktura č. 2024001, celkem 1 210,00 Kč. " * 20
Background = Callable[[Callable[[], Any]], "Future[Any]"]


@pytest.fixture
def model(gateway: RunningGateway) -> str:
    return gateway.parts.catalog.workers[WORKER].model


@pytest.fixture
def background() -> Iterator[Background]:
    """Runs a call that waits on a thread of its own."""
    with ThreadPoolExecutor() as pool:
        yield pool.submit


def openai_client(gateway: RunningGateway) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{gateway.address}/v1", api_key=gateway.key(), max_retries=0, timeout=20)


def leased(gateway: RunningGateway) -> Lease:
    """The job of the request that waits, leased as a worker does."""

    def queued() -> bool:
        page = gateway.run(gateway.store.list_jobs(TENANT, limit=10, state=JobState.QUEUED))
        return any(task_of(job.request) for job in page.jobs)

    wait_until(queued)
    return gateway.lease()


def answered(gateway: RunningGateway, lease: Lease, text: str = ANSWER) -> None:
    """Does what a worker does with the job, with an engine that says `text`."""
    model = gateway.parts.catalog.workers[WORKER].model
    engine = ScriptedEngine(worker_class("scripted", {"answers": [text]}, model=model))

    async def work() -> None:
        task = task_of(lease.job.request)
        assert task is not None
        outcome = await write(task, await gateway.store.leased_document(lease), engine, lease.job.id)
        result = result_json(outcome, engine.facts, PhaseSeconds(wait=0, read=0, extract=0))
        await gateway.store.complete(lease, result)

    gateway.run(work())


def test_every_model_of_the_catalog_is_listed_though_no_gpu_is_lit(gateway: RunningGateway, model: str) -> None:
    with openai_client(gateway) as client:
        assert [listed.id for listed in client.models.list().data] == [model]
        # What a test before this one had lit is given out for a moment more.
        wait_until(lambda: client.models.retrieve(model).model_extra == {"state": "dark"})


def test_a_question_to_a_dark_model_is_held_until_a_worker_answers(
    gateway: RunningGateway, model: str, background: Background
) -> None:
    with openai_client(gateway) as client:
        answer = background(lambda: client.chat.completions.create(model=model, messages=ASK, max_tokens=300, temperature=0))
        answered(gateway, leased(gateway))
        completion = answer.result(10)
    assert completion.choices[0].message.content == ANSWER
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens > 0
    check_value(completion.model_dump(exclude_unset=True), "ChatCompletion")
    assert gateway.held() == 0


def test_a_stream_is_kept_alive_and_gives_the_answer_in_pieces(
    gateway: RunningGateway, model: str, background: Background, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lamplighter_serving.gateway.streaming.KEEP_ALIVE_SECONDS", 0.02)
    body = {"model": model, "messages": ASK, "stream": True, "stream_options": {"include_usage": True}}

    def lines() -> list[str]:
        headers = {"authorization": f"Bearer {gateway.key()}"}
        with httpx.stream("POST", f"{gateway.address}/v1/chat/completions", json=body, headers=headers) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            return list(response.iter_lines())

    stream = background(lines)
    lease = leased(gateway)
    gateway.run(asyncio.sleep(0.1))
    answered(gateway, lease)
    got = stream.result(10)
    assert got.count(": waking") > 1
    assert got[-2:] == ["data: [DONE]", ""]
    with openai_client(gateway) as client:
        chunks = background(
            lambda: list(
                client.chat.completions.create(
                    model=model, messages=ASK, stream=True, stream_options={"include_usage": True}, temperature=0
                )
            )
        )
        answered(gateway, leased(gateway))
        *pieces, last = chunks.result(10)
    assert "".join(piece.choices[0].delta.content or "" for piece in pieces) == ANSWER
    assert (pieces[-1].choices[0].finish_reason, last.choices) == ("stop", [])
    assert last.usage.completion_tokens > 0


def test_an_answer_of_a_schema_is_asked_for_as_the_client_says(
    gateway: RunningGateway, model: str, background: Background
) -> None:
    schema = {"type": "object", "required": ["total"], "properties": {"total": {"type": "number"}}}
    form: Any = {"type": "json_schema", "json_schema": {"name": "invoice", "schema": schema}}
    with openai_client(gateway) as client:
        answer = background(lambda: client.chat.completions.create(model=model, messages=ASK, response_format=form))
        lease = leased(gateway)
        asked = json.loads(gateway.run(gateway.store.leased_document(lease)))
        assert asked["response_format"] == form
        answered(gateway, lease, text='{"total": 1210}')
        assert json.loads(answer.result(10).choices[0].message.content) == {"total": 1210}


def test_a_waiting_question_goes_before_documents(
    gateway: RunningGateway, client: httpx.Client, model: str, background: Background
) -> None:
    client.post("/v1/jobs", files={"document": ("a.txt", b"text")}, data={"extractor": "invoice"})
    with openai_client(gateway) as chat:
        answer = background(lambda: chat.chat.completions.create(model=model, messages=ASK))
        answered(gateway, leased(gateway))
        answer.result(10)


@pytest.mark.parametrize(
    ("changes", "error", "said"),
    [
        ({"model": "gpt-5"}, openai.NotFoundError, "There is no model of that name. Models: "),
        ({"n": 2}, openai.BadRequestError, "n is 2"),
        ({"tools": [{"type": "function"}]}, openai.BadRequestError, "tools[0] is no function"),
        ({"logprobs": True}, openai.BadRequestError, "logprobs is True"),
        ({"messages": [{"role": "user", "content": 5}]}, openai.BadRequestError, "messages[0].content is not a text"),
    ],
)
def test_what_cannot_be_served_is_refused_at_once(
    gateway: RunningGateway, model: str, changes: dict[str, Any], error: type[openai.APIStatusError], said: str
) -> None:
    with openai_client(gateway) as client, pytest.raises(error) as refusal:
        client.chat.completions.create(**({"model": model, "messages": ASK} | changes))
    assert said in refusal.value.message
    (depth,) = gateway.run(gateway.store.depths([WORKER]))
    assert depth.queued == 0


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"model": "\\ud800"}', b"null"])
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, body: bytes) -> None:
    refusal = client.post("/v1/chat/completions", content=body)
    assert refusal.status_code == 400
    assert refusal.json()["error"]["type"] == "invalid_request_error"


def test_a_body_too_large_is_refused(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamplighter_serving.gateway.routes.completions.MOST_BODY_BYTES", 100)
    assert client.post("/v1/chat/completions", content=b" " * 101).json()["code"] == "body-too-large"


def test_a_request_without_a_key_is_refused(gateway: RunningGateway, model: str) -> None:
    stranger = gateway.client(tenant=None)
    assert stranger.post("/v1/chat/completions", json={"model": model, "messages": ASK}).status_code == 401
    assert stranger.get("/v1/models").status_code == 401


def test_a_failed_question_is_an_error_of_the_client_or_of_the_server_as_its_cause_was(
    gateway: RunningGateway, model: str, background: Background
) -> None:
    problem = Problem(code="engine-refused", sentence="The prompt has 9000 tokens, the context 4096.")
    with openai_client(gateway) as client:
        answer = background(lambda: client.chat.completions.create(model=model, messages=ASK))
        gateway.run(gateway.store.fail(leased(gateway), problem))
        with pytest.raises(openai.BadRequestError, match="the context 4096"):
            answer.result(10)
        events = background(lambda: list(client.chat.completions.create(model=model, messages=ASK, stream=True)))
        gateway.run(gateway.store.fail(leased(gateway), problem))
        with pytest.raises(openai.APIError, match="the context 4096"):
            events.result(10)


def test_a_question_that_waits_too_long_is_told_when_to_come_back_and_wakes_nobody_more(
    new_gateway: NewGateway, background: Background
) -> None:
    gateway = new_gateway({"LAMPLIGHTER_HOLD": "100ms"})
    model = gateway.parts.catalog.workers[WORKER].model
    answer = gateway.client().post("/v1/chat/completions", json={"model": model, "messages": ASK})
    assert (answer.status_code, answer.json()["code"]) == (503, "no-answer-yet")
    assert int(answer.headers["retry-after"]) > 0
    (depth,) = gateway.run(gateway.store.depths([WORKER]))
    assert depth.queued == 0


def test_more_waiting_questions_than_there_is_room_for_are_refused(new_gateway: NewGateway, background: Background) -> None:
    gateway = new_gateway({"LAMPLIGHTER_MAX_HELD": "1"})
    ask = {"model": gateway.parts.catalog.workers[WORKER].model, "messages": ASK}
    first = background(lambda: gateway.client().post("/v1/chat/completions", json=ask))
    lease = leased(gateway)
    refusal = gateway.client().post("/v1/chat/completions", json=ask)
    assert (refusal.status_code, refusal.json()["code"]) == (503, "too-many-waiting")
    answered(gateway, lease)
    assert first.result(10).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_hangs_up_cancels_its_question(gateway: RunningGateway, model: str, stream: bool) -> None:
    ask = {"model": model, "messages": ASK, "stream": stream}
    client = httpx.Client(base_url=gateway.address, headers={"authorization": f"Bearer {gateway.key()}"}, timeout=0.3)
    with client, pytest.raises(httpx.TimeoutException):
        client.post("/v1/chat/completions", json=ask)

    def cancelled() -> bool:
        return [job.state for job in gateway.run(gateway.store.list_jobs(TENANT, limit=10)).jobs] == [JobState.CANCELLED]

    wait_until(cancelled)
    wait_until(lambda: gateway.held() == 0)


def test_an_idempotency_key_gives_the_earlier_answer(gateway: RunningGateway, model: str, background: Background) -> None:
    headers = {"Idempotency-Key": "question-1"}
    with openai_client(gateway) as client:
        first = background(lambda: client.chat.completions.create(model=model, messages=ASK, extra_headers=headers))
        answered(gateway, leased(gateway))
        again = client.chat.completions.create(model=model, messages=ASK, extra_headers=headers)
        assert again == first.result(10)


def test_no_word_of_a_question_or_an_answer_stands_in_the_metrics_or_the_lamp(
    gateway: RunningGateway, client: httpx.Client, model: str, background: Background
) -> None:
    with openai_client(gateway) as chat:
        answer = background(lambda: chat.chat.completions.create(model=model, messages=ASK))
        answered(gateway, leased(gateway))
        answer.result(10)
    for path in ("/metrics", "/v1/lamps"):
        assert "faktu" not in client.get(path).text.lower()


def test_the_documented_roles_are_those_of_the_code() -> None:
    body = DOCUMENT["paths"]["/v1/chat/completions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["messages"]["items"]["properties"]["role"]["enum"] == list(ROLES)
