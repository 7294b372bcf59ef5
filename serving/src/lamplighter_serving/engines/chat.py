"""Chats and their answers in the form of the OpenAI API, which engines share whether they speak HTTP or not."""

import math
from collections.abc import Sequence
from typing import Any

from .base import Generate, Generation, Message

#: Finish reasons that both we and the API know. There are others; what they mean is the engine's to say.
STOP, LENGTH = "stop", "length"


def chat(messages: Sequence[Message], prefix: str = "") -> list[dict[str, str]]:
    """The turns as JSON; a `prefix` becomes the beginning of the assistant's turn."""
    turns = [{"role": message.role, "content": message.content} for message in messages]
    return [*turns, {"role": "assistant", "content": prefix}] if prefix else turns


def writing(request: Generate) -> dict[str, object]:
    """The body that asks for a written answer."""
    body: dict[str, object] = {
        "messages": chat(request.messages),
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        "seed": request.seed,
    }
    if request.json_schema is not None:
        # Without `strict` some servers take the schema as a wish.
        answer = {"name": "answer", "strict": True, "schema": request.json_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": answer}
    return body


def generation(answer: Any) -> Generation:
    """A written answer. Raises `KeyError`, `IndexError`, `TypeError` or `ValueError` for what is not of this form."""
    choice = answer["choices"][0]
    usage = answer.get("usage") or {}
    return Generation(
        text=str(choice["message"].get("content") or ""),
        finish_reason=str(choice["finish_reason"]),
        prompt_tokens=int(usage.get("prompt_tokens", 0)),
        completion_tokens=int(usage.get("completion_tokens", 0)),
    )


def first_tokens(answer: Any) -> list[tuple[str, float]]:
    """The likeliest first tokens and their log-probabilities, empty when the answer has none. Raises like `generation`."""
    positions = (answer["choices"][0].get("logprobs") or {}).get("content") or []
    top = positions[0]["top_logprobs"] if positions else []
    return [(str(token["token"]), _log_probability(token["logprob"])) for token in top]


def prompt_tokens(answer: Any) -> int:
    """Tokens of the prompt, 0 when the server does not say. Raises like `generation`."""
    return int((answer.get("usage") or {}).get("prompt_tokens", 0))


def _log_probability(value: object) -> float:
    """JSON has no minus infinity; llama.cpp writes null for it."""
    return -math.inf if value is None else float(str(value))
