"""A body of the OpenAI API, checked and made into a job. Pure: what the gateway alone understands (the stream) is taken out."""

import json
from dataclasses import dataclass
from reprlib import repr as short
from typing import Any

from ..catalog import WorkerClass
from ..completion import Task
from ..completion.tasks import digest
from ..errors import EngineRefused
from ..queue.job import NewJob
from .models import Models
from .problems import RequestRefused

#: Somebody waits for the answer with an open connection; documents wait in the queue.
PRIORITY = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What a client asks. `body` is without `stream` and `stream_options`."""

    task: Task
    worker: WorkerClass
    body: dict[str, Any]
    streams: bool
    tells_usage: bool

    def job(self, *, tenant: str, idempotency_key: str | None, priority: int = PRIORITY) -> NewJob:
        """The job that asks it."""
        return NewJob(
            tenant=tenant,
            worker=self.worker.name,
            request=self.task.request(streamed=self.streams),
            document_name=self.task.name.replace("-", " "),
            idempotency_key=idempotency_key,
            request_digest=digest(self.task, self.body),
            priority=priority,
            max_attempts=self.worker.max_attempts,
        )


def read_question(task: Task, raw: bytes, models: Models) -> Question:
    """The question in a request's bytes. Raises `RequestRefused` for one that no worker could answer."""
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RequestRefused(400, "body-malformed", "The body is not JSON.") from None
    return question(task, body, models)


def question(task: Task, body: object, models: Models) -> Question:
    """The question in a body. Raises `RequestRefused` for one that no worker could answer."""
    if not isinstance(body, dict):
        raise RequestRefused(400, "body-malformed", "The body is not a JSON object.")
    body = dict(body)
    streams, options = (body.pop("stream", False), body.pop("stream_options", None)) if task.writing else (False, None)
    if streams not in (True, False, None):
        raise RequestRefused(400, "request-not-served", f"stream is {short(streams)}.", hint="It is true or false.")
    worker = models.worker(body.get("model"), needs=task.needs)
    try:
        task.parse(body, model=worker.model, context_tokens=worker.context_tokens)
    except EngineRefused as error:
        raise RequestRefused(400, "request-not-served", error.sentence, hint=error.hint) from None
    return Question(
        task=task,
        worker=worker,
        body=body,
        streams=bool(streams),
        tells_usage=bool(isinstance(options, dict) and options.get("include_usage")),
    )
