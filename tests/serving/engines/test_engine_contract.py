"""What every engine promises (engines/base.py), held by all of them: the same tests run against each.

Scripted and llama.cpp are the real things; openai runs against llama.cpp's HTTP server and against a small server of the API;
vllm runs against a stand-in of its package, and on a GPU against itself (marker gpu, with LAMPLIGHTER_TEST_VLLM_MODEL).
"""

import asyncio
import json
import math
import os
import pickle
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from lamplighter_serving.engines.base import Choose, Delta, Embed, Engine, Generate, Message
from lamplighter_serving.engines.llamacpp import LlamaCppEngine
from lamplighter_serving.engines.openai import OpenAiEngine
from lamplighter_serving.engines.scripted import ScriptedEngine
from lamplighter_serving.engines.vllm import VllmEngine
from lamplighter_serving.errors import EngineRefused
from serving.engines.llamacpp_server import llamacpp_server
from serving.engines.openai_server import Behaviour, openai_server
from serving.engines.vllm_standin import install
from serving.engines.worker_classes import CONCURRENCY, CONTEXT_TOKENS, worker_class

#: A text that must not come back in an error.
CANARY = "canary-7731"

SCHEMA: dict[str, object] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["currency", "total", "paid"],
    "properties": {
        "currency": {"enum": ["CZK", "EUR"]},
        "total": {"type": "integer", "minimum": 0, "maximum": 9},
        "paid": {"type": "boolean"},
    },
}


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An engine, and the loop it belongs to."""

    engine: Engine
    run: Callable[[Coroutine[Any, Any, Any]], Any]


def scripted(_: ExitStack) -> Engine:
    return ScriptedEngine(worker_class("scripted"))


def llamacpp(_: ExitStack) -> Engine:
    return LlamaCppEngine(worker_class("llamacpp"), None, cpus=1)


def openai_on_llamacpp(stack: ExitStack) -> Engine:
    base_url, key = stack.enter_context(llamacpp_server(context_tokens=CONTEXT_TOKENS, concurrency=CONCURRENCY))
    return OpenAiEngine(worker_class("openai", {"baseUrl": base_url, "server": "llamacpp"}), key)


def openai(stack: ExitStack) -> Engine:
    base_url = stack.enter_context(openai_server(Behaviour(context_tokens=CONTEXT_TOKENS)))
    return OpenAiEngine(worker_class("openai", {"baseUrl": base_url}), "key-of-the-test")


def vllm_standin(stack: ExitStack) -> Engine:
    install(stack.enter_context(pytest.MonkeyPatch.context()))
    return VllmEngine(worker_class("vllm", memory_fraction=0.5), Path(__file__).parent)


def vllm(_: ExitStack) -> Engine:
    model = os.environ.get("LAMPLIGHTER_TEST_VLLM_MODEL")
    if model is None:
        pytest.skip("LAMPLIGHTER_TEST_VLLM_MODEL names no folder with a model, or there is no NVIDIA GPU for it")
    return VllmEngine(worker_class("vllm", {"enforceEager": True}, memory_fraction=0.3), Path(model))


@pytest.fixture(
    scope="module",
    params=[scripted, llamacpp, openai_on_llamacpp, openai, vllm_standin, pytest.param(vllm, marks=pytest.mark.gpu)],
    ids=lambda make: make.__name__,
)
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    with ExitStack() as stack, asyncio.Runner() as runner:

        async def make() -> Engine:  # on the loop, as in a replica of Ray Serve
            return request.param(stack)  # type: ignore[no-any-return]

        engine = runner.run(make())
        yield Subject(engine=engine, run=runner.run)
        runner.run(engine.close())


def ask(text: str, **more: Any) -> Generate:
    facts: dict[str, Any] = {"messages": (Message(role="user", content=text),), "max_tokens": 64} | more
    return Generate(**facts)


def choose(text: str, labels: tuple[str, ...]) -> Choose:
    system = Message(role="system", content="Answer with one letter.")
    return Choose(messages=(system, Message(role="user", content=text)), labels=labels, prefix="Answer:")


def test_an_answer_with_a_schema_is_json_that_satisfies_it(subject: Subject) -> None:
    answer = subject.run(subject.engine.generate(ask("Total 5 CZK, paid.", json_schema=SCHEMA)))
    assert answer.finish_reason == "stop"
    Draft202012Validator(SCHEMA).validate(json.loads(answer.text))
    assert answer.prompt_tokens > 0
    assert 0 < answer.completion_tokens <= 64


def test_an_answer_that_does_not_fit_is_cut_off_and_says_so(subject: Subject) -> None:
    answer = subject.run(subject.engine.generate(ask("Total 5 CZK, paid.", json_schema=SCHEMA, max_tokens=4)))
    assert answer.finish_reason == "length"
    assert answer.completion_tokens <= 4
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(answer.text)


def test_the_same_request_has_the_same_answer(subject: Subject) -> None:
    request = ask("Faktura č. 2024001, celkem 5 Kč.", json_schema=SCHEMA)
    first = subject.run(subject.engine.generate(request))
    assert subject.run(subject.engine.generate(request)).text == first.text


@pytest.mark.parametrize("more", [{}, {"json_schema": SCHEMA}, {"messages": (), "prompt": "Once upon a time", "max_tokens": 5}])
def test_the_pieces_of_an_answer_are_the_answer(subject: Subject, more: dict[str, Any]) -> None:
    pieces: list[Delta] = []
    request = ask("Total 5 CZK, paid.", **more)
    answer = subject.run(subject.engine.generate(request, pieces.append))
    assert answer.text.startswith("".join(piece.text for piece in pieces))
    assert (answer.finish_reason, answer.prompt_tokens > 0, answer.completion_tokens > 0) == (
        "length" if answer.completion_tokens == request.max_tokens else "stop",
        True,
        bool(answer.text),
    )
    assert subject.run(subject.engine.generate(request)) == answer


def test_a_prompt_too_long_is_refused_before_a_piece(subject: Subject) -> None:
    pieces: list[Delta] = []
    with pytest.raises(EngineRefused):
        subject.run(subject.engine.generate(ask(f"{CANARY} " * CONTEXT_TOKENS), pieces.append))
    assert pieces == []


def test_vectors_are_given_by_a_worker_class_with_that_task_alone(subject: Subject) -> None:
    with pytest.raises(EngineRefused, match="gives no embeddings"):
        subject.run(subject.engine.embed(Embed(texts=("a",))))


@pytest.mark.parametrize("kind", ["generate", "choose"])
def test_a_prompt_longer_than_the_context_is_refused_without_being_quoted(subject: Subject, kind: str) -> None:
    long = f"{CANARY} " * CONTEXT_TOKENS
    call = subject.engine.generate(ask(long)) if kind == "generate" else subject.engine.choose(choose(long, ("A", "B")))
    with pytest.raises(EngineRefused) as refusal:
        subject.run(call)
    assert CANARY not in f"{refusal.value} {refusal.value.hint} {refusal.value.__cause__}"


@pytest.mark.parametrize("labels", [("A", "B"), ("B", "A", "C", "D"), ("1", "2", "3")])
def test_a_choice_has_a_probability_for_each_label_and_they_add_up_to_one(subject: Subject, labels: tuple[str, ...]) -> None:
    choice = subject.run(subject.engine.choose(choose("Which one?", labels)))
    assert len(choice.log_probabilities) == len(labels)
    assert math.isclose(sum(math.exp(value) for value in choice.log_probabilities), 1.0, rel_tol=1e-6)
    assert choice.prompt_tokens > 0


def test_a_choice_follows_the_label_and_not_its_place(subject: Subject) -> None:
    there = subject.run(subject.engine.choose(choose("Which one?", ("A", "B")))).log_probabilities
    back = subject.run(subject.engine.choose(choose("Which one?", ("B", "A")))).log_probabilities
    assert there == pytest.approx(tuple(reversed(back)), abs=1e-6)


def test_labels_that_no_token_writes_leave_the_choice_even(subject: Subject) -> None:
    choice = subject.run(subject.engine.choose(choose("Which one?", ("qz,xv", "wv;kq"))))
    assert choice.log_probabilities == pytest.approx((math.log(1 / 2),) * 2)


def test_counted_tokens_bound_what_a_prompt_takes(subject: Subject) -> None:
    text = "Příliš žluťoučký kůň úpěl ďábelské ódy. " * 3
    none, one, more = subject.run(subject.engine.count_tokens(["", "a", text]))
    assert none <= 2  # what a tokenizer adds by itself
    assert 1 <= one <= more
    bare = subject.run(subject.engine.generate(ask("a", max_tokens=1))).prompt_tokens
    full = subject.run(subject.engine.generate(ask(f"a {text}", max_tokens=1))).prompt_tokens
    assert full - bare <= more + 2
    assert subject.run(subject.engine.count_tokens([])) == ()


def test_more_calls_than_fit_at_once_are_all_answered(subject: Subject) -> None:
    async def many() -> list[Any]:
        calls = [subject.engine.choose(choose(f"Which one? {number}", ("A", "B"))) for number in range(3 * CONCURRENCY)]
        return await asyncio.gather(*calls, subject.engine.generate(ask("Total 5 CZK.", json_schema=SCHEMA)))

    *choices, generation = subject.run(many())
    assert all(len(choice.log_probabilities) == 2 for choice in choices)
    assert generation.finish_reason == "stop"


def test_cancelled_calls_keep_no_place(subject: Subject) -> None:
    async def cancel_then_call() -> Any:
        tasks = [asyncio.create_task(subject.engine.generate(ask("Count.", max_tokens=32))) for _ in range(2 * CONCURRENCY)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return await asyncio.wait_for(subject.engine.choose(choose("Which one?", ("A", "B"))), 30)

    assert len(subject.run(cancel_then_call()).log_probabilities) == 2


def test_facts_say_what_the_catalog_said_and_travel(subject: Subject) -> None:
    facts = pickle.loads(pickle.dumps(subject.engine.facts))
    assert (facts.model, facts.context_tokens, facts.concurrency) == ("model-of-the-test", CONTEXT_TOKENS, CONCURRENCY)
    assert facts.name in {"scripted", "llamacpp", "openai", "vllm"}
