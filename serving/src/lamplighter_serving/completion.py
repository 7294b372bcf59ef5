"""A written answer: what is asked of a model, what comes back, and both as bodies of the OpenAI API. Pure; knows no engine.

The gateway refuses with it what no worker could serve, the worker reads the same body with it again. What cannot be done is
refused and never ignored: a client that asks for two answers and gets one would not notice.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from reprlib import repr as short
from typing import Any

from .errors import EngineRefused

#: What a job's request holds when its document is such a body and no paper.
CHAT_TASK: Mapping[str, object] = {"task": "chat-completion"}
ROLES = ("system", "user", "assistant")
#: Fields with the only value that is served, which is also what the API takes when they are left out.
ONLY: Mapping[str, object] = {"stream": False, "n": 1, "logprobs": False, "top_p": 1}
#: Fields that change nothing here.
IGNORED = frozenset({"model", "user", "store", "metadata", "service_tier"})
READ = frozenset({"messages", "max_tokens", "max_completion_tokens", "temperature", "seed", "response_format"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One turn of a chat. `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Generate:
    """Write an answer. With `json_schema` the decoding is constrained: the text is JSON of that schema."""

    messages: tuple[Message, ...]
    max_tokens: int
    json_schema: Mapping[str, object] | None = None
    temperature: float = 0.0
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Generation:
    """An answer. `finish_reason` is stop or length; length means it was cut off and is not to be trusted as JSON."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int


def parse(body: object, *, model: str, context_tokens: int) -> Generate:
    """The request in a body. Raises `EngineRefused`, naming the field, what it says and what it may say."""
    if not isinstance(body, dict):
        raise EngineRefused("The body is not a JSON object.", hint='Send {"model": …, "messages": […]}.')
    for field, value in body.items():
        if field in ONLY and value not in (None, ONLY[field]):
            raise EngineRefused(f"{field} is {short(value)}.", hint=f"This endpoint serves {field}: {ONLY[field]!r} alone.")
        if field not in ONLY and field not in IGNORED and field not in READ and value is not None:
            raise EngineRefused(f"{field} is not served here.", hint=f"Served are: {', '.join(sorted(READ))}.")
    if body.get("model") not in (None, model):
        raise EngineRefused(f"The model {short(body['model'])} is not served here.", hint=f"Served is {model!r}.")
    most = _number(body, "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens", int)
    temperature, seed = _number(body, "temperature", float), _number(body, "seed", int)
    return Generate(
        messages=_messages(body.get("messages")),
        # Without a limit an answer may fill the context; the engine ends it there.
        max_tokens=context_tokens if most is None else max(1, int(most)),
        json_schema=_schema(body.get("response_format")),
        temperature=1.0 if temperature is None else float(temperature),
        seed=0 if seed is None else int(seed),
    )


def body_of(answer: Generation, *, model: str, answer_id: str, created: int) -> Mapping[str, object]:
    """The body that carries an answer; `created` is in Unix seconds."""
    return {
        "id": f"chatcmpl-{answer_id}",
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": answer.text},
                "finish_reason": answer.finish_reason,
                "logprobs": None,
            }
        ],
        "usage": {
            "prompt_tokens": answer.prompt_tokens,
            "completion_tokens": answer.completion_tokens,
            "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        },
    }


def chunks(answer: Mapping[str, Any], *, tells_usage: bool, characters: int) -> Iterator[Mapping[str, object]]:
    """An answer's body as the chunks of a stream, `characters` of its text in each; the last one may tell the usage."""
    (choice,) = answer["choices"]
    text = choice["message"]["content"]
    base = {key: answer[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    more: dict[str, object] = {"usage": None} if tells_usage else {}

    def chunk(delta: Mapping[str, object], finish_reason: str | None = None) -> Mapping[str, object]:
        return {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}], **more}

    yield chunk({"role": "assistant", "content": ""})
    for begin in range(0, len(text), characters):
        yield chunk({"content": text[begin : begin + characters]})
    yield chunk({}, choice["finish_reason"])
    if tells_usage:
        yield {**base, "choices": [], "usage": answer["usage"]}


def digest(body: Mapping[str, object]) -> str:
    """A hash of a body: equal for equal bodies, whatever order their fields came in."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _messages(value: object) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise EngineRefused("messages is not a list with a message.", hint='Send [{"role": "user", "content": "…"}].')
    return tuple(_message(place, turn) for place, turn in enumerate(value))


def _message(place: int, turn: object) -> Message:
    role, content = (turn.get("role"), turn.get("content")) if isinstance(turn, dict) else (None, None)
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        content = "".join(str(part.get("text", "")) for part in content)
    if role not in ROLES:
        raise EngineRefused(f"messages[{place}].role is {short(role)}.", hint=f"It may be: {', '.join(ROLES)}.")
    if not isinstance(content, str):
        raise EngineRefused(f"messages[{place}].content is not a text.", hint="This endpoint reads text alone.")
    return Message(role=role, content=content)


def _schema(value: Any) -> Mapping[str, object] | None:
    kind = value.get("type") if isinstance(value, dict) else None
    if value is None or kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    wrapper = value.get("json_schema") if kind == "json_schema" else None
    schema = wrapper.get("schema") if isinstance(wrapper, dict) else None
    if not isinstance(schema, dict):
        raise EngineRefused(
            "response_format holds no schema.", hint='Send {"type": "json_schema", "json_schema": {"schema": …}}.'
        )
    return schema


def _number(body: Mapping[str, Any], field: str, kind: type[int] | type[float]) -> int | float | None:
    value = body.get(field)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, kind)) or value < 0:
        raise EngineRefused(
            f"{field} is {short(value)}.", hint=f"It is {'a whole number' if kind is int else 'a number'} from 0."
        )
    return value
