"""The OpenAI API on models that sleep: a request is a job like any other, held open while the lamp wakes.

A model of the catalog is never unknown because no GPU is lit. Until the answer stands, a streamed request gets comments that
keep its connection alive; the answer then comes whole, in chunks of the API's form. Errors have the API's member `error` beside
what every problem here has.
"""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Mapping
from reprlib import repr as short
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ... import completion
from ...catalog import WorkerClass
from ...errors import EngineRefused, StoreUnavailable
from ...jsonbytes import json_bytes
from ...queue.job import FINAL_STATES, Job, JobState, JsonObject, NewJob
from ..envelope import note
from ..parts import GatewayParts
from ..problems import RequestRefused
from ..submission import checked_idempotency_key
from ..upload import read_body
from ..watch import Subscription
from .route import api_route, ended_with_the_client, json_response

#: Somebody waits for the answer with an open connection; documents wait in the queue.
PRIORITY = 10
#: Text alone; a document is no part of it.
MOST_BODY_BYTES = 4 * 1024 * 1024
#: A comment keeps a silent stream alive: proxies close one after 30 to 60 s.
KEEP_ALIVE_SECONDS = 10.0
#: When to come back where no wake has been seen yet.
UNKNOWN_WAKE_SECONDS = 60
KEEP_ALIVE = b": waking\n\n"
DONE = b"data: [DONE]\n\n"
#: How many characters of an answer travel in one chunk.
CHUNK_CHARACTERS = 256


def routes(parts: GatewayParts) -> list[Route]:
    """The routes."""
    chat = _Chat(parts)
    return [
        api_route(parts, "/v1/chat/completions", {"POST": chat.complete}),
        api_route(parts, "/v1/models", {"GET": chat.models}),
        api_route(parts, "/v1/models/{model}", {"GET": chat.model}),
    ]


class _Chat:
    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts

    async def models(self, _request: Request, _tenant: str) -> Response:
        states = await self._states()
        models = dict.fromkeys(worker.model for worker in self._parts.catalog.workers.values())
        return json_response({"object": "list", "data": [_model(name, states.get(name, "")) for name in models]})

    async def model(self, request: Request, _tenant: str) -> Response:
        name = request.path_params["model"]
        self._worker(name)
        return json_response(_model(name, (await self._states()).get(name, "")))

    async def complete(self, request: Request, tenant: str) -> Response:
        await self._parts.quotas.job(tenant)
        with self._parts.budget.hold(tenant) as hold:
            raw = await read_body(request, hold, most_bytes=MOST_BODY_BYTES)
            body, streams, tells_usage = _parsed(raw)
            worker = self._worker(body.get("model"))
            try:
                completion.parse(body, model=worker.model, context_tokens=worker.context_tokens)
            except EngineRefused as error:
                raise _refused(400, "request-not-served", error.sentence, hint=error.hint) from None
            self._check_room()
            new = NewJob(
                tenant=tenant,
                worker=worker.name,
                request=completion.CHAT_TASK,
                document_name="chat completion",
                idempotency_key=checked_idempotency_key(request.headers.get("idempotency-key")),
                request_digest=completion.digest(body),
                priority=PRIORITY,
                max_attempts=worker.max_attempts,
            )
            submitted = await self._parts.store.submit(new, json_bytes(body))
        job = submitted.job
        if submitted.created:
            self._parts.quotas.submitted(tenant, job.document_bytes)
        note(request, "chat-submitted", job=str(job.id), tenant=tenant, worker=job.worker, bytes=job.document_bytes)
        if streams:
            headers = {"x-accel-buffering": "no"}
            return StreamingResponse(self._streamed(job, tells_usage), media_type="text/event-stream", headers=headers)
        return json_response(await self._held(request, job))

    async def _held(self, request: Request, job: Job) -> JsonObject:
        """The answer, once it stands. Raises `RequestRefused` when it does not come."""
        with self._parts.held.holding(job.worker), self._parts.watcher.job(job.id) as notices:
            async with ended_with_the_client(request, notices):
                async for _ in self._waiting(job, notices):
                    pass  # nothing can be said to this client before the answer
        return await self._answer(await self._parts.store.get(job.tenant, job.id))

    async def _streamed(self, job: Job, tells_usage: bool) -> AsyncIterator[bytes]:
        try:
            with self._parts.held.holding(job.worker), self._parts.watcher.job(job.id) as notices:
                async for comment in self._waiting(job, notices):
                    yield comment
            answer = await self._answer(await self._parts.store.get(job.tenant, job.id))
        except RequestRefused as error:
            yield _event({"error": error.extras["error"]})
            return
        except StoreUnavailable as error:
            yield _event({"error": _api_error(503, error.code, error.sentence)})
            return
        except (asyncio.CancelledError, GeneratorExit):
            await asyncio.shield(self._parts.store.cancel(job.tenant, job.id))  # the client is gone
            raise
        for chunk in completion.chunks(answer, tells_usage=tells_usage, characters=CHUNK_CHARACTERS):
            yield _event(chunk)
        yield DONE

    async def _waiting(self, job: Job, notices: Subscription) -> AsyncIterator[bytes]:
        """Comments until the job has ended, its time is over or the process stops."""
        until = time.monotonic() + self._parts.settings.hold.total_seconds()
        while not notices.ended and (left := until - time.monotonic()) > 0:
            if (await self._parts.store.get(job.tenant, job.id)).state in FINAL_STATES:
                return
            if not await notices.next(min(KEEP_ALIVE_SECONDS, left)):
                yield KEEP_ALIVE

    async def _answer(self, job: Job) -> JsonObject:
        """What a job came to. One that has not ended is cancelled: nobody waits for it any more."""
        if job.state is JobState.DONE:
            result = await self._parts.store.result(job.tenant, job.id)
            if result is None or not isinstance(result["data"], dict):
                raise _refused(409, "result-gone", "The answer was deleted.")
            return result["data"]
        if job.state not in FINAL_STATES:
            await self._parts.store.cancel(job.tenant, job.id)
            seconds = await self._wake_seconds(job.worker)
            raise _refused(
                503,
                "no-answer-yet",
                f"The model did not answer within {self._parts.settings.hold.total_seconds():g} s.",
                hint=f"Its worker {job.worker} takes about {seconds} s to wake; try again.",
                headers={"retry-after": str(seconds)},
            )
        if job.state is JobState.CANCELLED:
            raise _refused(409, "job-cancelled", "The request was cancelled.")
        sentence, hint = (job.problem.sentence, job.problem.hint) if job.problem else ("The request failed.", "")
        raise _refused(400 if job.state is JobState.FAILED else 503, "request-failed", sentence, hint=hint)

    async def _wake_seconds(self, worker: str) -> int:
        lamp = next((each for each in await self._parts.lampboard.lamps() if each.worker == worker), None)
        return UNKNOWN_WAKE_SECONDS if lamp is None or lamp.expected_seconds is None else math.ceil(lamp.expected_seconds)

    async def _states(self) -> Mapping[str, str]:
        """The best lamp of each model; nothing while the database is away, for the models are there all the same."""
        try:
            lamps = {lamp.worker: lamp.state for lamp in await self._parts.lampboard.lamps()}
        except StoreUnavailable:
            return {}
        states: dict[str, str] = {}
        for worker in self._parts.catalog.workers.values():
            state = lamps[worker.name]
            states[worker.model] = max(states.get(worker.model, state), state, key=_BRIGHTNESS.index)
        return states

    def _worker(self, model: object) -> WorkerClass:
        workers = self._parts.catalog.workers
        found = next((worker for worker in workers.values() if worker.model == model), None)
        if found is None:
            names = ", ".join(sorted({worker.model for worker in workers.values()}))
            raise _refused(404, "model-unknown", "There is no model of that name.", hint=f"Models: {names}.")
        return found

    def _check_room(self) -> None:
        held, most = self._parts.held.total, self._parts.settings.max_held
        if held >= most:
            raise _refused(
                503,
                "too-many-waiting",
                f"{held} requests wait already, of {most} that may.",
                hint="Send it again later, or as a document to /v1/jobs.",
                headers={"retry-after": "5"},
            )


#: From the darkest to the brightest.
_BRIGHTNESS = ("dark", "waking", "cooling", "lit")


def _model(name: str, state: str) -> JsonObject:
    return {"id": name, "object": "model", "created": 0, "owned_by": "lamplighter", "state": state or "unknown"}


def _parsed(raw: bytes) -> tuple[dict[str, Any], bool, bool]:
    """The body without what is the gateway's alone: whether it is streamed, and whether the stream ends with the usage."""
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise _refused(400, "body-malformed", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise _refused(400, "body-malformed", "The body is not a JSON object.")
    streams, options = body.pop("stream", False), body.pop("stream_options", None)
    if streams not in (True, False, None):
        raise _refused(400, "request-not-served", f"stream is {short(streams)}.", hint="It is true or false.")
    return body, bool(streams), bool(isinstance(options, dict) and options.get("include_usage"))


def _event(content: JsonObject) -> bytes:
    return b"data: " + json_bytes(content) + b"\n\n"


def _api_error(status: int, code: str, message: str) -> JsonObject:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return {"message": message, "type": kind, "code": code, "param": None}


def _refused(
    status: int, code: str, sentence: str, *, hint: str = "", headers: Mapping[str, str] | None = None
) -> RequestRefused:
    error = _api_error(status, code, f"{sentence} {hint}".strip())
    return RequestRefused(status, code, sentence, hint=hint, headers=headers, extras={"error": error})
