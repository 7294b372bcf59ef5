"""Questions and their answers in the form of the OpenAI API, which engines share whether they speak HTTP or not."""

import math
from collections.abc import Sequence
from typing import Any

from ..errors import EngineRefused
from .base import Delta, Embeddings, Generate, Generation, Message, Tell

#: Finish reasons that both we and the API know. There are others; what they mean is the engine's to say.
STOP, LENGTH, TOOL_CALLS = "stop", "length", "tool_calls"


def chat(messages: Sequence[Message], prefix: str = "") -> list[dict[str, Any]]:
    """The turns as JSON; a `prefix` becomes the beginning of the assistant's turn."""
    turns = [_turn(message) for message in messages]
    return [*turns, {"role": "assistant", "content": prefix}] if prefix else turns


def writing(request: Generate) -> dict[str, object]:
    """The body that asks for a written answer, of a chat or of a text."""
    body: dict[str, object] = {
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
        **request.sampling,
    }
    if request.prompt is None:
        body["messages"] = chat(request.messages)
    else:
        body["prompt"] = request.prompt
    if request.tools:
        body |= {"tools": list(request.tools), "tool_choice": request.tool_choice}
    if request.json_schema is not None:
        # Without `strict` some servers take the schema as a wish.
        answer = {"name": "answer", "strict": True, "schema": request.json_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": answer}
    return body


def generation(answer: Any) -> Generation:
    """A written answer. Raises `KeyError`, `IndexError`, `TypeError` or `ValueError` for what is not of this form."""
    choice = answer["choices"][0]
    usage = answer.get("usage") or {}
    message = choice["message"] if "message" in choice else {"content": choice["text"]}
    return Generation(
        text=str(message.get("content") or ""),
        finish_reason=str(choice["finish_reason"]),
        prompt_tokens=int(usage.get("prompt_tokens", 0)),
        completion_tokens=int(usage.get("completion_tokens", 0)),
        tool_calls=tuple(message.get("tool_calls") or ()),
    )


class Gathered:
    """An answer that comes in chunks: told on, and put together. Raises like `generation`."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._text: list[str] = []
        self._calls: dict[int, dict[str, Any]] = {}
        self._finish_reason: str | None = None
        self._usage: Any = {}

    def add(self, chunk: Any) -> None:
        """Takes one chunk."""
        self._usage = chunk.get("usage") or self._usage
        if not chunk["choices"]:
            return
        choice = chunk["choices"][0]
        said = choice.get("delta") or {"content": choice.get("text")}
        text, calls = str(said.get("content") or ""), tuple(said.get("tool_calls") or ())
        self._text.append(text)
        for call in calls:
            self._add_call(call)
        self._finish_reason = choice.get("finish_reason") or self._finish_reason
        if text or calls:
            self._tell(Delta(text=text, tool_calls=calls))

    def whole(self) -> Generation:
        """The answer, once no chunk follows."""
        if self._finish_reason is None:
            raise ValueError("the stream ended before the answer did")
        return Generation(
            text="".join(self._text),
            finish_reason=self._finish_reason,
            prompt_tokens=int(self._usage.get("prompt_tokens", 0)),
            completion_tokens=int(self._usage.get("completion_tokens", 0)),
            tool_calls=tuple(self._calls[index] for index in sorted(self._calls)),
        )

    def _add_call(self, call: Any) -> None:
        function = call.get("function") or {}
        known = self._calls.setdefault(
            int(call["index"]), {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
        )
        known["id"] = str(call.get("id") or known["id"])
        known["function"]["name"] = str(function.get("name") or known["function"]["name"])
        known["function"]["arguments"] += str(function.get("arguments") or "")


def embeddings(answer: Any) -> Embeddings:
    """The vectors of an answer in their order. Raises like `generation`."""
    data = sorted(answer["data"], key=lambda each: int(each["index"]))
    vectors = tuple(tuple(float(number) for number in each["embedding"]) for each in data)
    return Embeddings(vectors=vectors, prompt_tokens=prompt_tokens(answer))


def first_tokens(answer: Any) -> list[tuple[str, float]]:
    """The likeliest first tokens and their log-probabilities, empty when the answer has none. Raises like `generation`."""
    positions = (answer["choices"][0].get("logprobs") or {}).get("content") or []
    top = positions[0]["top_logprobs"] if positions else []
    return [(str(token["token"]), _log_probability(token["logprob"])) for token in top]


def prompt_tokens(answer: Any) -> int:
    """Tokens of the prompt, 0 when the server does not say. Raises like `generation`."""
    return int((answer.get("usage") or {}).get("prompt_tokens", 0))


def embeds_not(worker: str) -> EngineRefused:
    """The refusal of an engine that was not told to give vectors."""
    return EngineRefused(f"The worker class {worker} gives no embeddings.", hint="Its tasks in the catalog lack embed.")


def no_tools() -> EngineRefused:
    """The refusal where a model has never seen a tool: it would not know that there are any."""
    return EngineRefused("The model's chat template has no place for tools.", hint="Ask a model that was trained to call them.")


def _turn(message: Message) -> dict[str, Any]:
    turn: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        turn["tool_calls"] = list(message.tool_calls)
    if message.tool_call_id:
        turn["tool_call_id"] = message.tool_call_id
    return turn


def _log_probability(value: object) -> float:
    """JSON has no minus infinity; llama.cpp writes null for it."""
    return -math.inf if value is None else float(str(value))
