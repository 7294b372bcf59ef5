"""The serving side of `/v1/chat/completions`: a body of the OpenAI API to a request, an answer to a body. Pure.

What an engine here cannot do is refused and never ignored: a client that asks for two answers and gets one would not notice.
"""

from collections.abc import Mapping
from typing import Any

from ..errors import EngineRefused
from .base import EngineFacts, Generate, Generation, Message

ROLES = ("system", "user", "assistant")
#: Fields with the only value that is served, which is also what the API takes when they are left out.
ONLY: Mapping[str, object] = {"stream": False, "n": 1, "logprobs": False, "top_p": 1}
#: Fields that change nothing here.
IGNORED = frozenset({"model", "user", "store", "metadata", "service_tier"})
READ = frozenset({"messages", "max_tokens", "max_completion_tokens", "temperature", "seed", "response_format"})


def parse(body: object, facts: EngineFacts) -> Generate:
    """The request in a body. Raises `EngineRefused`, naming the field, what it says and what it may say."""
    if not isinstance(body, dict):
        raise EngineRefused("The body is not a JSON object.", hint='Send {"model": …, "messages": […]}.')
    for field, value in body.items():
        if field in ONLY and value not in (None, ONLY[field]):
            raise EngineRefused(f"{field} is {value!r}.", hint=f"This endpoint serves {field}: {ONLY[field]!r} alone.")
        if field not in ONLY and field not in IGNORED and field not in READ and value is not None:
            raise EngineRefused(f"{field} is not served here.", hint=f"Served are: {', '.join(sorted(READ))}.")
    if body.get("model") not in (None, facts.model):
        raise EngineRefused(f"The model {body['model']!r} is not served here.", hint=f"Served is {facts.model!r}.")
    most = _number(body, "max_completion_tokens" if body.get("max_completion_tokens") is not None else "max_tokens", int)
    temperature, seed = _number(body, "temperature", float), _number(body, "seed", int)
    return Generate(
        messages=_messages(body.get("messages")),
        # Without a limit an answer may fill the context; the engine ends it there.
        max_tokens=facts.context_tokens if most is None else max(1, int(most)),
        json_schema=_schema(body.get("response_format")),
        temperature=1.0 if temperature is None else float(temperature),
        seed=0 if seed is None else int(seed),
    )


def body_of(answer: Generation, facts: EngineFacts, *, answer_id: str, created: int) -> Mapping[str, object]:
    """The body that carries an answer; `created` is in Unix seconds."""
    return {
        "id": f"chatcmpl-{answer_id}",
        "object": "chat.completion",
        "created": created,
        "model": facts.model,
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


def _messages(value: object) -> tuple[Message, ...]:
    if not isinstance(value, list) or not value:
        raise EngineRefused("messages is not a list with a message.", hint='Send [{"role": "user", "content": "…"}].')
    return tuple(_message(place, turn) for place, turn in enumerate(value))


def _message(place: int, turn: object) -> Message:
    role, content = (turn.get("role"), turn.get("content")) if isinstance(turn, dict) else (None, None)
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        content = "".join(str(part.get("text", "")) for part in content)
    if role not in ROLES:
        raise EngineRefused(f"messages[{place}].role is {role!r}.", hint=f"It may be: {', '.join(ROLES)}.")
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
        raise EngineRefused(f"{field} is {value!r}.", hint=f"It is {'a whole number' if kind is int else 'a number'} from 0.")
    return value
