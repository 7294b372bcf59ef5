"""Bodies of `/v1/completions`: a text that the model goes on with, without a chat around it."""

from collections.abc import Mapping
from typing import Any

from ..errors import EngineRefused
from .chat import usage
from .facts import ApiObject, Delta, Generate, Generation
from .fields import SAMPLING, number, object_of, sampling, schema

ONLY: ApiObject = {"stream": False, "n": 1, "best_of": 1, "echo": False, "logprobs": 0, "suffix": ""}
READ = SAMPLING | {"prompt", "max_tokens", "temperature", "seed", "response_format"}
#: What the API writes when no limit is given.
DEFAULT_TOKENS = 16


def parse(body: object, *, model: str, context_tokens: int) -> Generate:
    """The request in a body. Raises `EngineRefused`."""
    body = object_of(body, model=model, read=READ, only=ONLY)
    prompt = body.get("prompt")
    if isinstance(prompt, list) and len(prompt) == 1:
        (prompt,) = prompt
    if not isinstance(prompt, str) or not prompt:
        raise EngineRefused("prompt is not one text.", hint="Send several prompts as several requests, or as a batch.")
    most, temperature = number(body, "max_tokens", int), number(body, "temperature", float)
    seed = number(body, "seed", int)
    return Generate(
        messages=(),
        prompt=prompt,
        max_tokens=min(context_tokens, DEFAULT_TOKENS if most is None else max(1, int(most))),
        json_schema=schema(body.get("response_format")),
        temperature=1.0 if temperature is None else float(temperature),
        seed=0 if seed is None else int(seed),
        sampling=sampling(body),
    )


def body_of(answer: Generation, *, model: str, answer_id: str, created: int) -> ApiObject:
    """The body that carries an answer; `created` is in Unix seconds."""
    return {
        **_text(answer.text, answer.finish_reason, answer_id, created, model),
        "usage": usage(answer.prompt_tokens, answer.completion_tokens),
    }


def answer_in(body: Mapping[str, Any]) -> Delta:
    """All that an answer's body says, as one piece."""
    return Delta(text=body["choices"][0]["text"])


def chunk(delta: Delta | None, *, finish_reason: str | None, answer_id: str, created: int, model: str) -> ApiObject:
    """One chunk of a stream, which is of the same form as the whole."""
    return _text("" if delta is None else delta.text, finish_reason, answer_id, created, model)


def _text(text: str, finish_reason: str | None, answer_id: str, created: int, model: str) -> ApiObject:
    choice = {"index": 0, "text": text, "finish_reason": finish_reason, "logprobs": None}
    base = {"id": f"cmpl-{answer_id}", "object": "text_completion", "created": created, "model": model}
    return {**base, "choices": [choice]}
