"""One attempt at one leased job: document, reading, extraction, and the one write that ends it.

Whose fault it was decides what is written: the document's or the request's is final (fail), the engine's or the worker's goes
back to the queue (retry), a lost lease writes nothing. Texts of unknown errors may quote the document and are not written.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from .. import logs
from ..completion import task_of
from ..completion.tasks import STREAMED
from ..documents.page import Document
from ..engines.base import Engine
from ..errors import DocumentError, EngineRefused, EngineUnavailable, ExtractionFailed, LeaseLost, SchemaRefused
from ..extract.outcome import Outcome
from ..queue.backoff import retry_delay
from ..queue.job import JsonObject, Lease, Problem
from ..queue.store import JobStore
from .holding import Held, Holding
from .result import PhaseSeconds, result_json
from .scribe import Scribe
from .tallies import Tallies
from .writing import write


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """How a document becomes an answer: the doors to reading and to extraction."""

    read: Callable[[bytes], Awaitable[Document]]
    extract: Callable[[Document, JsonObject, Engine], Awaitable[Outcome]]
    engine: Engine
    max_job_seconds: float


class Ending(Enum):
    """What the end of an attempt says of the engine."""

    DONE = "done"  # it answered
    ENGINE_GONE = "engine-gone"  # it is not to be asked again at once
    OTHER = "other"  # nothing


class Attempts:
    """Attempts of one worker, several at a time."""

    def __init__(self, *, store: JobStore, holding: Holding, pipeline: Pipeline, tallies: Tallies, lease: timedelta) -> None:
        self._store = store
        self._holding = holding
        self._pipeline = pipeline
        self._tallies = tallies
        self._lease = lease
        self._scribe = Scribe(store)

    async def run(self, held: Held, slot: AbstractAsyncContextManager[object]) -> Ending:
        """Brings one job as far as it gets; holds `slot` while the engine works.

        Cancelled from outside when the lease is lost. Raises nothing of its own.
        """
        try:
            return await self._run(held, slot)
        except LeaseLost:
            logs.event("write-refused", job=held.lease.job.id, attempt=held.lease.job.attempt)
            return Ending.OTHER

    async def _run(self, held: Held, slot: AbstractAsyncContextManager[object]) -> Ending:
        try:
            result = await self._answer(held, slot)
            await self._holding.insist(held, lambda: self._store.complete(held.lease, result))
            logs.event("job-done", job=held.lease.job.id)
            return Ending.DONE
        except LeaseLost:
            raise
        except (DocumentError, SchemaRefused, ExtractionFailed, EngineRefused) as error:
            await self._fail(held, Problem(code=error.code, sentence=error.sentence, hint=error.hint))
        except EngineUnavailable as error:
            await self._retry(held, Problem(code=error.code, sentence=error.sentence, hint=error.hint))
            return Ending.ENGINE_GONE
        except TimeoutError:
            await self._retry(held, _too_slow(self._pipeline.max_job_seconds))
        except Exception as error:  # noqa: BLE001 (the top of the worker's loop: one job's surprise must not end the others)
            logs.event("attempt-failed", error=error, job=held.lease.job.id)
            sentence = f"The worker failed with {type(error).__name__}."
            await self._retry(held, Problem(code="worker-error", sentence=sentence, hint="See the worker's log."))
        return Ending.OTHER

    async def _answer(self, held: Held, slot: AbstractAsyncContextManager[object]) -> JsonObject:
        job = held.lease.job
        wait = max(0.0, (held.lease.expires_at - self._lease - job.available_at).total_seconds())
        begin = time.monotonic()
        data = await self._holding.insist(held, lambda: self._store.leased_document(held.lease))
        work = await self._prepared(held.lease, data)
        read = time.monotonic() - begin
        async with slot, asyncio.timeout(self._pipeline.max_job_seconds):
            begin = time.monotonic()
            outcome = await work()
            extract = time.monotonic() - begin
        seconds = PhaseSeconds(wait=wait, read=read, extract=extract)
        self._count(seconds, outcome)
        return result_json(outcome, self._pipeline.engine.facts, seconds)

    async def _prepared(self, lease: Lease, data: bytes) -> Callable[[], Awaitable[Outcome]]:
        """What is left to do once the engine is free: a document has been read by then, a question needs no reading."""
        engine, job = self._pipeline.engine, lease.job
        if (task := task_of(job.request)) is not None:

            async def answer() -> Outcome:
                if not job.request.get(STREAMED):
                    return await write(task, data, engine, job.id)
                with self._scribe.writing(lease) as tell:
                    return await write(task, data, engine, job.id, tell)

            return answer
        async with asyncio.timeout(self._pipeline.max_job_seconds):
            document = await self._pipeline.read(data)
        return lambda: self._pipeline.extract(document, job.request, engine)

    def _count(self, seconds: PhaseSeconds, outcome: Outcome) -> None:
        self._tallies.phase("wait", seconds.wait)
        self._tallies.phase("read", seconds.read)
        self._tallies.phase("extract", seconds.extract)
        self._tallies.tokens("prompt", outcome.prompt_tokens)
        self._tallies.tokens("completion", outcome.completion_tokens)

    async def _fail(self, held: Held, problem: Problem) -> None:
        logs.event("job-failed", job=held.lease.job.id, code=problem.code)
        await self._holding.insist(held, lambda: self._store.fail(held.lease, problem))

    async def _retry(self, held: Held, problem: Problem) -> None:
        attempt = held.lease.job.attempt
        logs.event("job-retried", job=held.lease.job.id, code=problem.code, attempt=attempt)
        delay = retry_delay(attempt, random.random())  # noqa: S311 (spreads retries, keeps no secret)
        await self._holding.insist(held, lambda: self._store.retry(held.lease, problem, delay=delay))


def _too_slow(limit_seconds: float) -> Problem:
    return Problem(
        code="job-too-slow",
        sentence=f"The job was not finished within {limit_seconds:g} s.",
        hint="Split the document, or raise maxJobSeconds of the worker class.",
    )
