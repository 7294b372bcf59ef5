"""Bodies of `/v1/chat/completions`: the question, the answer whole, and the answer in chunks."""

from collections.abc import Mapping
from reprlib import repr as short
from typing import Any

from ..errors import EngineRefused
from .facts import ApiObject, Delta, Generate, Generation, Message
from .fields import SAMPLING, number, object_of, sampling, schema
from .tools import tool_calls, tool_choice, tools

#: A developer's turn is what a system's was called before.
ROLES = ("system", "developer", "user", "assistant", "tool")
#: Fields with the only value that is served, which is also what the API takes when they are left out.
ONLY: ApiObject = {"stream": False, "n": 1, "logprobs": False, "parallel_tool_calls": True}
READ = SAMPLING | {
    "messages",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "seed",
    "response_format",
    "tools",
    "tool_choice",
}


def parse(body: object, *, model: str, context_tokens: int) -> Generate:
    """The request in a body. Raises `EngineRefused`, naming the field, what it says and what it may say."""
    body = object_of(body, model=model, read=READ, only=ONLY)
    most = number(body, "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens", int)
    temperature, seed, offered = number(body, "temperature", float), number(body, "seed", int), tools(body.get("tools"))
    return Generate(
        messages=_messages(body.get("messages")),
        # Without a limit an answer may fill the context; the engine ends it there.
        max_tokens=context_tokens if most is None else max(1, int(most)),
        json_schema=schema(body.get("response_format")),
        temperature=1.0 if temperature is None else float(temperature),
        seed=0 if seed is None else int(seed),
        sampling=sampling(body),
        tools=offered,
        tool_choice=tool_choice(body.get("tool_choice"), offered),
    )


def body_of(answer: Generation, *, model: str, answer_id: str, created: int) -> ApiObject:
    """The body that carries an answer; `created` is in Unix seconds."""
    message: dict[str, object] = {"role": "assistant", "content": answer.text}
    if answer.tool_calls:
        message |= {"content": answer.text or None, "tool_calls": list(answer.tool_calls)}
    choice = {"index": 0, "message": message, "finish_reason": answer.finish_reason, "logprobs": None}
    return {
        "id": f"chatcmpl-{answer_id}",
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [choice],
        "usage": usage(answer.prompt_tokens, answer.completion_tokens),
    }


def answer_in(body: Mapping[str, Any]) -> Delta:
    """All that an answer's body says, as one piece."""
    message = body["choices"][0]["message"]
    calls = enumerate(message.get("tool_calls") or ())
    return Delta(text=message["content"] or "", tool_calls=tuple({"index": index, **call} for index, call in calls))


def chunk(delta: Delta | None, *, finish_reason: str | None, answer_id: str, created: int, model: str) -> ApiObject:
    """One chunk of a stream; None begins the assistant's turn."""
    said: dict[str, object] = {"role": "assistant", "content": ""} if delta is None else {}
    if delta is not None and delta.text:
        said["content"] = delta.text
    if delta is not None and delta.tool_calls:
        said["tool_calls"] = list(delta.tool_calls)
    choice = {"index": 0, "delta": said, "finish_reason": finish_reason, "logprobs": None}
    base = {"id": f"chatcmpl-{answer_id}", "object": "chat.completion.chunk", "created": created, "model": model}
    return {**base, "choices": [choice]}


def usage(prompt_tokens: int, completion_tokens: int) -> ApiObject:
    """Counts of tokens as the API tells them."""
    return {
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": prompt_tokens + completion_tokens,
    }


def _messages(value: object) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise EngineRefused("messages is not a list with a message.", hint='Send [{"role": "user", "content": "…"}].')
    return tuple(_message(place, turn) for place, turn in enumerate(value))


def _message(place: int, turn: object) -> Message:
    fields: dict[str, Any] = turn if isinstance(turn, dict) else {}
    role, content = fields.get("role"), fields.get("content")
    calls = tool_calls(fields.get("tool_calls"), place) if role == "assistant" else ()
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        content = "".join(str(part.get("text", "")) for part in content)
    if role not in ROLES:
        raise EngineRefused(f"messages[{place}].role is {short(role)}.", hint=f"It may be: {', '.join(ROLES)}.")
    if content is None and calls:
        content = ""
    if not isinstance(content, str):
        raise EngineRefused(f"messages[{place}].content is not a text.", hint="This endpoint reads text alone.")
    answers = fields.get("tool_call_id", "") if role == "tool" else ""
    if not isinstance(answers, str) or (role == "tool" and not answers):
        raise EngineRefused(f"messages[{place}].tool_call_id is {short(answers)}.", hint="It is the id of a call before it.")
    return Message(role="system" if role == "developer" else role, content=content, tool_calls=calls, tool_call_id=answers)
