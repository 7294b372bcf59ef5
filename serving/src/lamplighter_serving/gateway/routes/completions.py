"""The OpenAI API on models that sleep: a question is a job like any other, held open while the lamp wakes.

A model of the catalog is never unknown because no GPU is lit. How an answer is streamed stands in `gateway.streaming`.
"""

import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...completion import TASKS, Task
from ...jsonbytes import json_bytes
from ...queue.job import FINAL_STATES, Job
from ..answer import NoAnswer
from ..envelope import note
from ..held import Place
from ..parts import GatewayParts
from ..problems import RequestRefused
from ..question import Question, read_question
from ..streaming import AnswerStream, StreamedAnswer
from ..submission import checked_idempotency_key
from ..upload import read_body
from .route import api_route, ended_with_the_client, json_response

#: Text alone; a document is no part of it.
MOST_BODY_BYTES = 4 * 1024 * 1024
#: How often a request that waits in silence looks at its job, whatever notices say.
LOOK_SECONDS = 10.0


def routes(parts: GatewayParts) -> list[Route]:
    """One route a task."""
    return [api_route(parts, task.path, {"POST": _Asking(parts, task).ask}) for task in TASKS.values()]


class _Asking:
    def __init__(self, parts: GatewayParts, task: Task) -> None:
        self._parts = parts
        self._models = parts.models
        self._task = task
        self._no_answer = NoAnswer(parts)

    async def ask(self, request: Request, tenant: str) -> Response:
        question, job, place = await self._submit(request, tenant)
        if question.streams:
            stream = AnswerStream(self._parts, self._no_answer, question, job)
            return StreamedAnswer(stream, place)
        with place:
            await self._wait(request, job)
            return json_response(await self._no_answer.answer(await self._parts.store.get(tenant, job.id)))

    async def _submit(self, request: Request, tenant: str) -> tuple[Question, Job, Place]:
        """The job in the queue, and the place that its request waits in. What it asked waits in the queue and not here."""
        await self._parts.quotas.job(tenant)
        with self._parts.budget.hold(tenant) as hold:
            raw = await read_body(request, hold, most_bytes=MOST_BODY_BYTES)
            question = read_question(self._task, raw, self._models)
            key = checked_idempotency_key(request.headers.get("idempotency-key"))
            place = await self._place(question.worker.name)
            try:
                new = question.job(tenant=tenant, idempotency_key=key)
                submitted = await self._parts.store.submit(new, json_bytes(question.body))
            except BaseException:
                place.leave()
                raise
        job = submitted.job
        if submitted.created:
            self._parts.quotas.submitted(tenant, job.document_bytes)
        fields = {"job": str(job.id), "tenant": tenant, "worker": job.worker, "bytes": job.document_bytes}
        note(request, f"{self._task.name}-submitted", **fields)
        question.body.clear()
        return question, job, place

    async def _place(self, worker: str) -> Place:
        most = self._parts.settings.max_held
        place = self._parts.held.place(worker, most=most)
        if place is None:
            seconds = await self._models.wake_seconds(worker)
            raise RequestRefused(
                503,
                "too-many-waiting",
                f"{self._parts.held.total} requests wait already, of {most} that may.",
                hint="Send it again later, or as a batch to /v1/batches.",
                headers={"retry-after": str(seconds)},
            )
        return place

    async def _wait(self, request: Request, job: Job) -> None:
        """Until the job has ended, its time is over, the client is gone or the process stops."""
        until = time.monotonic() + self._parts.settings.hold.total_seconds()
        with self._parts.watcher.job(job.id) as notices:
            async with ended_with_the_client(request, notices):
                while not notices.ended and (left := until - time.monotonic()) > 0:
                    if (await self._parts.standings.of(job.id)).state in FINAL_STATES:
                        return
                    await notices.next(min(LOOK_SECONDS, left))
