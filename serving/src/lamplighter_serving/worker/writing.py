"""A job that asks for a written answer: its document is a body of the OpenAI API, its data the body that answers it."""

import json
import time
from uuid import UUID

from .. import completion
from ..engines.base import Engine
from ..errors import EngineRefused
from ..extract.outcome import Outcome


async def write(body: bytes, engine: Engine, job_id: UUID) -> Outcome:
    """Asks the engine. Raises `EngineRefused` for a body that it cannot serve, and what the engine raises."""
    facts = engine.facts
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        raise EngineRefused("The body is not JSON.") from None
    request = completion.parse(parsed, model=facts.model, context_tokens=facts.context_tokens)
    answer = await engine.generate(request)
    return Outcome(
        data=completion.body_of(answer, model=facts.model, answer_id=job_id.hex, created=int(time.time())),
        fields=(),
        page_sizes=(),
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
    )
