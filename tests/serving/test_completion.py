"""Bodies of `/v1/chat/completions`: what is served is read, what is not is refused by name."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.completion import Generate, Generation, Message, chat
from lamplighter_serving.engines.chat import generation, writing
from lamplighter_serving.errors import EngineRefused

MODEL, CONTEXT_TOKENS = "model-of-the-test", 512
ASK: dict[str, Any] = {"model": MODEL, "messages": [{"role": "user", "content": "Read this."}]}
SCHEMA = {"type": "object", "properties": {"total": {"type": "number"}}}


@pytest.mark.parametrize("schema", [None, SCHEMA])
def test_what_our_own_client_writes_is_read_back_as_the_same_request(schema: dict[str, object] | None) -> None:
    messages = (Message(role="system", content="Be brief."), Message(role="user", content="Read this."))
    request = Generate(messages=messages, max_tokens=7, json_schema=schema, temperature=0.5, seed=3)
    assert parse({"model": MODEL, "stream": False, **writing(request)}) == request


def test_what_is_answered_is_read_by_our_own_client_as_the_same_answer() -> None:
    answer = Generation(text='{"total": 1}', finish_reason="stop", prompt_tokens=5, completion_tokens=6)
    assert generation(chat.body_of(answer, model=MODEL, answer_id="1", created=0)) == answer


def test_left_out_numbers_are_the_apis_defaults() -> None:
    request = parse(ASK)
    assert (request.max_tokens, request.temperature, request.json_schema) == (CONTEXT_TOKENS, 1.0, None)


def test_a_text_in_parts_is_one_text() -> None:
    parts = [{"type": "text", "text": "Read "}, {"type": "text", "text": "this."}]
    assert parse(ASK | {"messages": [{"role": "user", "content": parts}]}).messages[0].content == "Read this."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"stream": True}, "stream is True"),
        ({"n": 2}, "n is 2"),
        ({"tools": [{}]}, r"tools\[0\] is no function"),
        ({"tool_choice": "required"}, "tool_choice is 'required'"),
        ({"stop": [1]}, r"stop is \[1\]"),
        ({"top_p": 2}, "top_p is 2"),
        ({"audio": {}}, "audio is not served"),
        ({"model": "gpt-x"}, "The model 'gpt-x'"),
        ({"messages": []}, "messages is not a list"),
        ({"messages": [{"role": "robot", "content": ""}]}, r"messages\[0\].role is 'robot'"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, r"messages\[0\].content is not a text"),
        ({"max_tokens": "many"}, "max_tokens is 'many'"),
        ({"temperature": -1}, "temperature is -1"),
        ({"response_format": {"type": "json_schema"}}, "response_format holds no schema"),
    ],
)
def test_what_cannot_be_served_is_refused_by_its_name(changes: dict[str, object], said: str) -> None:
    with pytest.raises(EngineRefused, match=said) as refusal:
        parse(ASK | changes)
    assert refusal.value.hint


def test_a_refusal_quotes_no_more_than_a_few_words() -> None:
    with pytest.raises(EngineRefused) as refusal:
        parse(ASK | {"seed": "word " * 1000})
    assert len(refusal.value.sentence) < 60


def parse(body: object) -> Generate:
    return chat.parse(body, model=MODEL, context_tokens=CONTEXT_TOKENS)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_FIELDS = st.sampled_from(["model", "messages", "max_tokens", "temperature", "seed", "response_format", "n", "stream", "other"])


@given(st.dictionaries(_FIELDS, _JSON) | _JSON)
def test_any_body_is_a_request_or_a_refusal(body: object) -> None:
    with suppress(EngineRefused):
        parse(body)
