"""Calls of tools as a model writes them, and what of a growing text may be told."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.engines.base import Delta, Generate, Generation, Message
from lamplighter_serving.engines.llamacpp import LlamaCppEngine
from lamplighter_serving.engines.toolcalls import split_calls, tellable
from lamplighter_serving.engines.vllm import VllmEngine
from lamplighter_serving.errors import EngineRefused
from serving.engines.vllm_standin import install
from serving.engines.worker_classes import worker_class

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
#: As Qwen3's chat template shows it to the model.
WRITTEN = 'Let me look.\n<tool_call>\n{"name": "get_weather", "arguments": {"city": "Plzeň"}}\n</tool_call>'
ASK = Generate(messages=(Message(role="user", content="Rain?"),), max_tokens=200, tools=(TOOL,))


def test_a_call_is_read_and_the_text_before_it_stays() -> None:
    text, (call,) = split_calls(WRITTEN)
    assert text == "Let me look."
    function: Any = call["function"]
    assert (function["name"], json.loads(function["arguments"])) == ("get_weather", {"city": "Plzeň"})


def test_several_calls_have_an_id_each() -> None:
    _, calls = split_calls(WRITTEN + WRITTEN.partition("\n")[2])
    assert [call["id"] for call in calls] == ["call_0", "call_1"]


@pytest.mark.parametrize("text", ["No call.", "<tool_call>{broken}</tool_call>", '<tool_call>{"name": 5}</tool_call>', "<tool"])
def test_what_is_no_call_stays_text(text: str) -> None:
    assert split_calls(text) == (text, ())


@given(st.integers(min_value=0, max_value=len(WRITTEN)))
def test_what_is_told_of_a_growing_text_is_the_beginning_of_its_answer(length: int) -> None:
    said = WRITTEN[:length]
    assert "Let me look.".startswith(said[: tellable(said)])


def vllm_answer(monkeypatch: pytest.MonkeyPatch, request: Generate) -> tuple[Generation, str]:
    told = install(monkeypatch)
    told.text = WRITTEN
    pieces: list[Delta] = []

    async def main() -> Generation:
        engine = VllmEngine(worker_class("vllm", memory_fraction=0.5), Path(__file__).parent)
        return await engine.generate(request, pieces.append)

    answer = asyncio.run(main())
    assert ("get_weather" in told.prompts[0]) == bool(request.tools)
    return answer, "".join(piece.text for piece in pieces)


def test_vllm_tells_the_text_and_gives_the_calls_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, told = vllm_answer(monkeypatch, ASK)
    assert (answer.text, answer.finish_reason, len(answer.tool_calls)) == ("Let me look.", "tool_calls", 1)
    assert told == "Let me look."


def test_without_tools_such_a_text_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, told = vllm_answer(monkeypatch, Generate(messages=ASK.messages, max_tokens=200))
    assert answer.text == WRITTEN
    assert answer.text.startswith(told)


def test_a_model_whose_template_knows_no_tools_refuses_them() -> None:
    async def main() -> None:
        engine = LlamaCppEngine(worker_class("llamacpp"), None, cpus=1)
        with pytest.raises(EngineRefused, match="no place for tools"):
            await engine.generate(ASK)
        await engine.close()

    asyncio.run(main())
