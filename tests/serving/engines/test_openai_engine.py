"""What the engine sends to an endpoint, and what it makes of every way in which an endpoint fails."""

import asyncio
import json
import math
import socket
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from lamplighter_serving.engines.base import Choose, Generate, Message
from lamplighter_serving.engines.openai import ADDED_TOKENS, SERVERS, OpenAiEngine
from lamplighter_serving.errors import EngineRefused, EngineUnavailable, SettingsError
from serving.engines.conftest import Run
from serving.engines.openai_server import Behaviour, openai_server
from serving.engines.worker_classes import CONCURRENCY, worker_class

CANARY = "canary-7731"
GENERATE = Generate(messages=(Message(role="user", content=f"Read {CANARY}."),), max_tokens=16)
CHOOSE = Choose(messages=(Message(role="user", content="Which one?"),), labels=("A", "B", "C"), prefix="Answer:")


class Make(Protocol):
    """Makes an engine that is closed after the test."""

    def __call__(self, base_url: str, key: str | None = ..., **options: object) -> OpenAiEngine: ...


@pytest.fixture
def engine(run: Run[Any]) -> Iterator[Make]:
    made: list[OpenAiEngine] = []

    def make(base_url: str, key: str | None = None, **options: object) -> OpenAiEngine:
        made.append(OpenAiEngine(worker_class("openai", {"baseUrl": base_url} | options), key))
        return made[-1]

    yield make
    for each in made:
        run(each.close())


def said(error: BaseException) -> str:
    """Everything that a log could take from an error."""
    return f"{error} {getattr(error, 'hint', '')} {error.__cause__} {error.__dict__}"


@pytest.mark.parametrize("status", [401, 403, 404, 408, 429, 500, 502, 503, 302])
def test_a_status_that_speaks_of_the_endpoint_sends_the_job_back_to_the_queue(engine: Make, run: Run[Any], status: int) -> None:
    behaviour = Behaviour(status=status, raw_body=f'{{"error": {{"message": "{CANARY}"}}}}'.encode())
    with openai_server(behaviour) as base_url, pytest.raises(EngineUnavailable, match=str(status)) as failure:
        run(engine(base_url).generate(GENERATE))
    assert CANARY not in said(failure.value)
    assert len(behaviour.requests) == 1  # whether to try again is the queue's business


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_status_that_speaks_of_the_request_is_final(engine: Make, run: Run[Any], status: int) -> None:
    behaviour = Behaviour(status=status, raw_body=CANARY.encode())
    with openai_server(behaviour) as base_url, pytest.raises(EngineRefused, match=str(status)) as failure:
        run(engine(base_url).generate(GENERATE))
    assert CANARY not in said(failure.value)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>canary-7731</html>",
        b"\xff\xfe",
        b"",
        b"[]",
        b"null",
        b'{"choices": []}',
        b'{"choices": [{"message": null, "finish_reason": "stop"}]}',
        b'{"choices": [{"message": {"content": "canary-7731"}}]}',
        b'{"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": "many"}}',
    ],
)
def test_an_answer_of_another_form_is_the_endpoints_fault(engine: Make, run: Run[Any], body: bytes) -> None:
    with (
        openai_server(Behaviour(raw_body=body)) as base_url,
        pytest.raises(EngineUnavailable, match="not of the OpenAI API") as f,
    ):
        run(engine(base_url).generate(GENERATE))
    assert CANARY not in said(f.value)


@pytest.mark.parametrize("body", [b"[]", b'{"choices": [{"logprobs": {"content": [{}]}}]}', b'{"choices": [{"logprobs": 7}]}'])
def test_a_choice_of_another_form_is_the_endpoints_fault(engine: Make, run: Run[Any], body: bytes) -> None:
    with openai_server(Behaviour(raw_body=body)) as base_url, pytest.raises(EngineUnavailable, match="not of the OpenAI API"):
        run(engine(base_url).choose(CHOOSE))


def test_an_endpoint_that_is_down_sends_the_job_back_to_the_queue(engine: Make, run: Run[Any]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused, and nobody else gets the port
        with pytest.raises(EngineUnavailable, match="cannot be reached") as failure:
            run(engine(f"http://127.0.0.1:{taken.getsockname()[1]}/v1").generate(GENERATE))
    assert CANARY not in said(failure.value)


@pytest.mark.parametrize("drip", [False, True])
def test_an_endpoint_that_is_slow_is_given_up_after_the_timeout(engine: Make, run: Run[Any], drip: bool) -> None:
    behaviour = Behaviour(drip=drip)
    if not drip:
        behaviour.hold.clear()
    with openai_server(behaviour) as base_url, pytest.raises(EngineUnavailable, match=r"within 0\.3 s") as failure:
        run(engine(base_url, timeoutSeconds=0.3).generate(GENERATE))
    assert "timeoutSeconds" in failure.value.hint


def test_an_answer_that_a_filter_ended_is_refused(engine: Make, run: Run[Any]) -> None:
    choice = {"message": {"content": None, "refusal": CANARY}, "finish_reason": "content_filter"}
    with openai_server(Behaviour(answer={"choices": [choice]})) as base_url, pytest.raises(EngineRefused) as failure:
        run(engine(base_url).generate(GENERATE))
    assert CANARY not in said(failure.value)


def test_no_more_calls_than_concurrency_are_under_way_at_once(engine: Make, run: Run[Any]) -> None:
    behaviour = Behaviour()
    behaviour.hold.clear()

    async def many(base_url: str) -> None:
        asked = engine(base_url)
        calls = asyncio.gather(*(asked.choose(CHOOSE) for _ in range(4 * CONCURRENCY)))
        for _ in range(CONCURRENCY):
            assert await asyncio.to_thread(behaviour.arrived.acquire, timeout=10)
        behaviour.hold.set()
        await calls

    with openai_server(behaviour) as base_url:
        run(many(base_url))
    assert len(behaviour.requests) == 4 * CONCURRENCY
    assert behaviour.most_at_once == CONCURRENCY


def test_the_key_is_sent_as_a_bearer_and_nothing_is_sent_without_one(engine: Make, run: Run[Any]) -> None:
    behaviour = Behaviour()
    with openai_server(behaviour) as base_url:
        run(engine(base_url, "secret-key").choose(CHOOSE))
        run(engine(base_url).choose(CHOOSE))
    headers = [headers.get("Authorization", headers.get("authorization")) for _, headers, _ in behaviour.requests]
    assert headers == ["Bearer secret-key", None]


def test_proxies_of_the_environment_are_not_used(engine: Make, run: Run[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with openai_server(Behaviour()) as base_url:
        assert run(engine(base_url).generate(GENERATE)).finish_reason == "stop"


def test_a_generation_asks_for_a_strict_schema_and_all_numbers_of_the_request(engine: Make, run: Run[Any]) -> None:
    schema: dict[str, object] = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    behaviour = Behaviour()
    with openai_server(behaviour) as base_url:
        request = Generate(messages=GENERATE.messages, max_tokens=9, json_schema=schema, temperature=0.5, seed=7)
        run(engine(base_url).generate(request))
    path, _, body = behaviour.requests[0]
    assert path == "/v1/chat/completions"
    assert body["model"] == "model-of-the-test"
    assert (body["max_tokens"], body["temperature"], body["seed"], body["stream"]) == (9, 0.5, 7, False)
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": schema},
    }


def test_a_choice_adds_the_token_with_a_space_to_the_one_without(engine: Make, run: Run[Any]) -> None:
    with openai_server(Behaviour()) as base_url:
        choice = run(engine(base_url).choose(CHOOSE))
    # The server gives A 3/8 + 1/8, B 1/4, and C nothing: e times less than the least of its tokens, 1/8.
    shares = [0.5, 0.25, 0.125 / math.e]
    expected = [math.log(share / sum(shares)) for share in shares]
    assert choice.log_probabilities == pytest.approx(expected)


def test_a_choice_is_even_when_the_endpoint_gives_no_likelihoods(engine: Make, run: Run[Any]) -> None:
    with openai_server(Behaviour(logprobs=False)) as base_url:
        choice = run(engine(base_url).choose(CHOOSE))
    assert choice.log_probabilities == pytest.approx((math.log(1 / 3),) * 3)


@pytest.mark.parametrize(
    ("server", "last", "extra"),
    [
        ("openai", {"role": "user", "content": "Which one?"}, {}),
        ("llamacpp", {"role": "assistant", "content": "Answer:"}, {}),
        (
            "vllm",
            {"role": "assistant", "content": "Answer:"},
            {"continue_final_message": True, "add_generation_prompt": False},
        ),
    ],
)
def test_the_prefix_is_sent_only_to_servers_that_continue_it(
    engine: Make, run: Run[Any], server: str, last: dict[str, str], extra: dict[str, object]
) -> None:
    behaviour = Behaviour()
    with openai_server(behaviour) as base_url:
        run(engine(base_url, server=server).choose(CHOOSE))
    body = behaviour.requests[0][2]
    assert body["messages"][-1] == last
    assert {key: body[key] for key in extra} == extra
    assert (body["max_tokens"], body["logprobs"], body["top_logprobs"]) == (1, True, SERVERS[server].top_tokens)


@pytest.mark.parametrize(("server", "field"), [("llamacpp", "content"), ("vllm", "prompt")])
def test_tokens_are_counted_by_the_server_that_can(engine: Make, run: Run[Any], server: str, field: str) -> None:
    behaviour = Behaviour()
    with openai_server(behaviour) as base_url:
        assert run(engine(base_url, server=server).count_tokens(["one two", "three"])) == (2, 1)
    assert {path for path, _, _ in behaviour.requests} == {"/tokenize"}
    assert sorted(body[field] for _, _, body in behaviour.requests) == ["one two", "three"]


def test_elsewhere_the_bytes_bound_the_tokens_and_no_text_is_sent(engine: Make, run: Run[Any]) -> None:
    behaviour = Behaviour()
    with openai_server(behaviour) as base_url:
        counts = run(engine(base_url).count_tokens(["č", "ab"]))  # č is two bytes of UTF-8
    assert counts == (2 + ADDED_TOKENS, 2 + ADDED_TOKENS)
    assert behaviour.requests == []


@pytest.mark.parametrize("url", ["", "llm.example.com/v1", "ftp://x/v1", "https://", "https://me:pw@x/v1", "https://x/v1?k=1"])
def test_an_address_that_cannot_work_or_carries_a_secret_is_refused(engine: Make, url: str) -> None:
    with pytest.raises(SettingsError, match=r"engineOptions\.baseUrl") as refusal:
        engine(url)
    assert "pw" not in f"{refusal.value} {refusal.value.hint}"


def test_a_kind_of_server_nobody_knows_is_refused_with_the_known_ones(engine: Make) -> None:
    with pytest.raises(SettingsError, match="'ollama', which is not one of: openai, llamacpp, vllm"):
        engine("http://127.0.0.1:9/v1", server="ollama")


def test_requests_are_json_whatever_the_document_says(engine: Make, run: Run[Any]) -> None:
    text = 'Žluťoučký "kůň"\n\x00<|im_end|>'
    behaviour = Behaviour()
    with openai_server(behaviour) as base_url:
        run(engine(base_url).generate(Generate(messages=(Message(role="user", content=text),), max_tokens=4)))
    assert json.loads(json.dumps(behaviour.requests[0][2]))["messages"][0]["content"] == text
