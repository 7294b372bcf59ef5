"""An answer as server-sent events: comments while the lamp wakes, then its pieces as they are written.

A worker that ends before its first piece is nothing the client sees: the job is leased again. After the first piece nothing can
be taken back, so the stream then ends with an error event.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from ..completion import Delta
from ..completion.tasks import Writing
from ..completion.told import Told
from ..errors import LamplighterError, StoreUnavailable
from ..jsonbytes import json_bytes
from ..queue.job import FINAL_STATES, Job, JobState, JsonObject, Piece, Standing
from .answer import NoAnswer, broken_off
from .held import Place
from .parts import GatewayParts
from .problems import openai_error
from .question import Question
from .transcripts import Transcript
from .watch import Subscription

#: A comment keeps a silent stream alive: proxies close one after 30 to 60 s.
KEEP_ALIVE_SECONDS = 10.0
KEEP_ALIVE = b": waking\n\n"
DONE = b"data: [DONE]\n\n"


class StreamedAnswer(StreamingResponse):
    """The response of a stream. Its place is left when it ends, however it does."""

    def __init__(self, stream: "AnswerStream", place: Place) -> None:
        # X-Accel-Buffering: nginx would otherwise hold events back until its buffer is full.
        super().__init__(stream.events(), media_type="text/event-stream", headers={"x-accel-buffering": "no"})
        self._place = place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it."""
        with self._place:
            await super().__call__(scope, receive, send)


class AnswerStream:
    """One answer for one client."""

    def __init__(self, parts: GatewayParts, no_answer: NoAnswer, question: Question, job: Job) -> None:
        assert question.task.writing is not None, "only what is written can be streamed"
        self._parts = parts
        self._no_answer = no_answer
        self._writing: Writing = question.task.writing
        self._tells_usage = question.tells_usage
        self._job = job
        self._model = question.worker.model
        self._told = Told()
        self._fence: int | None = None  # of the lease whose pieces the client has read

    async def events(self) -> AsyncIterator[bytes]:
        """The events, to the last."""
        try:
            with self._parts.watcher.job(self._job.id) as notices:
                async for event in self._until_the_end(notices):
                    yield event
            job = await self._parts.store.get(self._job.tenant, self._job.id)
            self._check_unbroken(job)
            answer = await self._no_answer.answer(job)
        except (asyncio.CancelledError, GeneratorExit):
            await asyncio.shield(self._parts.store.cancel(self._job.tenant, self._job.id))  # the client is gone
            raise
        except LamplighterError as error:
            await self._give_up()
            yield _event({"error": openai_error(error)})
            return
        for event in self._last_events(answer):
            yield event

    async def _until_the_end(self, notices: Subscription) -> AsyncIterator[bytes]:
        """Comments and pieces until the job has ended, its time to begin is over, or the process stops."""
        until = time.monotonic() + self._parts.settings.hold.total_seconds()
        with self._parts.transcripts.following(self._job.id, self._job.worker, notices) as transcript:
            looks = True
            while not notices.ended and (self._fence is not None or time.monotonic() < until):
                for event in self._written(transcript):
                    yield event
                if looks:
                    standing = await self._parts.standings.of(self._job.id)
                    self._check_unbroken(standing)
                    if standing.state in FINAL_STATES:
                        return
                left = KEEP_ALIVE_SECONDS if self._fence is not None else until - time.monotonic()
                heard = await notices.next(min(KEEP_ALIVE_SECONDS, left))
                # Pieces come with what they say; for every other notice, and for none, the job is looked at.
                looks = any(notice.kind != "written" for notice in heard) or not heard
                if not heard and not notices.ended:
                    yield KEEP_ALIVE

    def _written(self, transcript: Transcript) -> list[bytes]:
        """The events of the pieces that have come. Raises `RequestRefused` when they are another attempt's."""
        return [event for piece in transcript.take() for event in self._piece_events(piece)]

    def _piece_events(self, piece: Piece) -> list[bytes]:
        if self._fence not in (None, piece.fence):
            raise broken_off()
        content: Any = piece.content
        delta = Delta(text=content.get("text", ""), tool_calls=tuple(content.get("tool_calls", ())))
        self._told.add(delta)
        begins = [] if self._fence is not None else [self._chunk(None)]
        self._fence = piece.fence
        return [*begins, self._chunk(delta)]

    def _last_events(self, answer: dict[str, Any]) -> list[bytes]:
        """What the pieces did not say, the end, and what it took."""
        rest = self._told.rest(self._writing.answer_in(answer))
        events = [] if self._fence is not None else [self._chunk(None)]
        if rest.text or rest.tool_calls:
            events.append(self._chunk(rest))
        events.append(self._chunk(Delta(), finish_reason=answer["choices"][0]["finish_reason"]))
        if self._tells_usage:
            empty = self._fields(None, None) | {"choices": [], "usage": answer["usage"]}
            events.append(_event(empty))
        return [*events, DONE]

    def _check_unbroken(self, job: Job | Standing) -> None:
        """Raises `RequestRefused` when the attempt is over whose pieces the client has read."""
        if self._fence is None:
            return
        if job.fence != self._fence or job.state in (JobState.QUEUED, JobState.DEAD):
            raise broken_off()

    async def _give_up(self) -> None:
        """Nobody reads what the job would still write."""
        with suppress(StoreUnavailable):
            await self._parts.store.cancel(self._job.tenant, self._job.id)

    def _chunk(self, delta: Delta | None, finish_reason: str | None = None) -> bytes:
        fields = self._fields(delta, finish_reason)
        return _event(fields | {"usage": None} if self._tells_usage else fields)

    def _fields(self, delta: Delta | None, finish_reason: str | None) -> dict[str, object]:
        created = int(self._job.created_at.timestamp())
        return dict(
            self._writing.chunk(
                delta, finish_reason=finish_reason, answer_id=self._job.id.hex, created=created, model=self._model
            )
        )


def _event(content: JsonObject) -> bytes:
    return b"data: " + json_bytes(content) + b"\n\n"
