"""A job that asks a model: its document is a body of the OpenAI API, its data the body that answers it."""

import json
import time
from typing import Any
from uuid import UUID

from ..completion import Embed, Task
from ..completion.embedding import body_of as embeddings_body
from ..engines.base import Engine, Tell
from ..errors import EngineRefused
from ..extract.outcome import Outcome


async def write(task: Task, body: bytes, engine: Engine, answer_id: UUID, tell: Tell | None = None) -> Outcome:
    """Asks the engine; `tell` hears the answer while it is written.

    Raises `EngineRefused` for a body that it cannot serve, and what the engine raises.
    """
    facts = engine.facts
    try:
        parsed: Any = json.loads(body)
    except (ValueError, RecursionError):
        raise EngineRefused("The body is not JSON.") from None
    request = task.parse(parsed, model=facts.model, context_tokens=facts.context_tokens)
    if isinstance(request, Embed):
        embedded = await engine.embed(request)
        data = embeddings_body(embedded, model=facts.model, encoding_format=parsed.get("encoding_format"))
        return _outcome(data, embedded.prompt_tokens, 0)
    answer = await engine.generate(request, tell)
    if task.writing is None:
        raise EngineRefused(f"{task.name} is no task whose answer is a text.")
    data = task.writing.body_of(answer, model=facts.model, answer_id=answer_id.hex, created=int(time.time()))
    return _outcome(data, answer.prompt_tokens, answer.completion_tokens)


def _outcome(data: Any, prompt_tokens: int, completion_tokens: int) -> Outcome:
    return Outcome(data=data, fields=(), page_sizes=(), prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)
