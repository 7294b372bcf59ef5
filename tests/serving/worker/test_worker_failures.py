"""Whose fault it was decides what becomes of a job."""

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from lamplighter_serving.errors import (
    DocumentError,
    EngineRefused,
    EngineUnavailable,
    ExtractionFailed,
    LamplighterError,
    SchemaRefused,
)
from lamplighter_serving.logs import JsonLines
from lamplighter_serving.queue.job import Job, JobState
from lamplighter_serving.queue.memory import MemoryStore
from serving.worker.worker_harness import (
    PATIENCE_SECONDS,
    TENANT,
    Clock,
    Desk,
    lit,
    new_store,
    submit,
    until,
    until_state,
    worker_class,
)

CANARY = "canary-7731"


def fail(make: Callable[[], Exception]) -> Any:
    async def handler(_: str) -> None:
        raise make()

    return handler


async def ended(desk: Desk, state: JobState, clock: Clock | None = None, **changes: Any) -> tuple[MemoryStore, Job]:
    """A job that a worker has brought to a state."""
    store = new_store(clock)
    job = await submit(store, CANARY)
    async with lit(store, desk, of=worker_class(**changes)):
        job = await until_state(store, job, state)
    return store, job


@pytest.mark.parametrize(
    ("phase", "error", "code"),
    [
        ("read", lambda: DocumentError("document-encrypted", "It wants a password."), "document-encrypted"),
        ("extract", lambda: SchemaRefused("/properties", "Not supported."), "schema-refused"),
        ("extract", lambda: ExtractionFailed("The document does not say it."), "extraction-failed"),
        ("extract", lambda: EngineRefused("Too long."), "engine-refused"),
    ],
)
def test_the_fault_of_document_or_request_is_final(phase: str, error: Callable[[], LamplighterError], code: str) -> None:
    desk = Desk(**{f"on_{phase}": fail(error)})
    _, job = asyncio.run(ended(desk, JobState.FAILED))
    assert job.problem is not None
    assert (job.problem.code, job.problem.sentence) == (code, error().sentence)
    assert job.attempt == 1


def test_an_engine_that_fails_sends_the_job_back_to_rest() -> None:
    async def main() -> None:
        clock = Clock()
        store = new_store(clock)
        job = await submit(store, "first")
        async with lit(store, Desk(), of=worker_class({"failFirst": 1})):
            resting = await _retried(store, job)
            assert resting.problem is not None
            assert resting.problem.code == "engine-unavailable"
            # The first rest is a second, half of it left to chance (queue/backoff.py).
            rest_seconds = (resting.available_at - clock()).total_seconds()
            assert 0.3 < rest_seconds <= 1.0
            done = await until_state(store, job, JobState.DONE)
            assert done.attempt == 2

    async def _retried(store: MemoryStore, job: Job) -> Job:
        async def retried() -> bool:
            return any(each.kind == "retry" for each in await store.events(TENANT, job.id))

        await until(retried)
        return await store.get(TENANT, job.id)

    asyncio.run(main())


def test_a_worker_whose_engine_is_gone_takes_no_other_job_for_a_while(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        store, desk = new_store(), Desk()
        first = await submit(store, "first")
        async with lit(store, desk, of=worker_class({"failFirst": 1})):
            await until(lambda: "job-retried" in caplog.messages)
            second = await submit(store, "second")
            for _ in range(20):  # it is asked to look by the notice, and rests all the same
                await asyncio.sleep(0)
            assert (await store.get(TENANT, second.id)).state is JobState.QUEUED
            for job in (first, second):
                await until_state(store, job, JobState.DONE)

    with caplog.at_level("INFO"):
        asyncio.run(main())


def test_a_job_whose_engine_keeps_failing_is_dead_after_its_attempts() -> None:
    async def main() -> None:
        store = new_store()
        job = await submit(store, "doomed", max_attempts=1)
        async with lit(store, Desk(), of=worker_class({"failFirst": 9})):
            dead = await until_state(store, job, JobState.DEAD)
        assert dead.problem is not None
        assert dead.problem.code == "engine-unavailable"

    asyncio.run(main())


def test_a_worker_whose_engine_has_ended_for_good_hands_back_its_job_and_ends() -> None:
    async def main() -> None:
        store = new_store()
        job = await submit(store, "first")
        with pytest.raises(EngineUnavailable):
            async with lit(store, Desk(), of=worker_class({"sickCall": 1})) as worker:
                await asyncio.wait([worker.task], timeout=PATIENCE_SECONDS)
        left = await store.get(TENANT, job.id)
        assert left.state is JobState.QUEUED

    asyncio.run(main())


@pytest.mark.parametrize("phase", ["read", "extract"])
def test_a_job_that_takes_too_long_is_tried_again_with_the_limit_in_its_problem(phase: str) -> None:
    async def hang(_: str) -> None:
        await asyncio.Event().wait()

    desk = Desk(**{f"on_{phase}": hang})
    clock = Clock()

    async def main() -> Job:
        store = new_store(clock)
        job = await submit(store, CANARY, max_attempts=1)
        async with lit(store, desk, of=worker_class(max_job_seconds=0.05)):
            return await until_state(store, job, JobState.DEAD)

    job = asyncio.run(main())
    assert job.problem is not None
    assert job.problem.code == "job-too-slow"
    assert "0.05 s" in job.problem.sentence


def test_waiting_for_the_engine_is_not_slowness() -> None:
    """Jobs of 0.3 s with a limit of 0.5 s, one at a time: the one that is read ahead takes 0.6 s, half of it waiting."""

    async def work(_: str) -> None:
        await asyncio.sleep(0.3)

    async def main() -> None:
        store = new_store()
        jobs = [await submit(store, f"d{number}") for number in range(3)]
        async with lit(store, Desk(on_extract=work), of=worker_class(max_job_seconds=0.5, concurrency=1)):
            for job in jobs:
                assert (await until_state(store, job, JobState.DONE)).attempt == 1

    asyncio.run(main())


def test_a_surprise_costs_one_attempt_and_its_words_are_kept_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> Job:
        store = new_store()
        job = await submit(store, CANARY, max_attempts=1)
        desk = Desk(on_extract=fail(lambda: KeyError(f"{CANARY} in a message")))
        async with lit(store, desk):
            return await until_state(store, job, JobState.DEAD)

    with caplog.at_level("DEBUG"):
        job = asyncio.run(main())
    assert job.problem is not None
    assert (job.problem.code, job.problem.sentence) == ("worker-error", "The worker failed with KeyError.")
    assert CANARY not in logged(caplog)
    (line,) = [json.loads(JsonLines().format(each)) for each in caplog.records if each.message == "attempt-failed"]
    assert line["error"] == "KeyError"


def test_no_line_of_the_log_has_a_word_of_the_document_or_its_name(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        store = new_store()
        kinds: list[Callable[[], Exception]] = [
            lambda: DocumentError("document-damaged", "It cannot be read."),
            lambda: EngineUnavailable("It is gone."),
            lambda: ValueError(CANARY),
        ]
        for make in kinds:
            await submit(store, CANARY, max_attempts=1)
            async with lit(store, Desk(on_extract=fail(make))):
                await until(lambda: _none_left(store))
        async with lit(store, Desk()):
            await until_state(store, await submit(store, CANARY), JobState.DONE)

    async def _none_left(store: MemoryStore) -> bool:
        return not any(depth.active for depth in await store.depths())

    with caplog.at_level("DEBUG"):
        asyncio.run(main())
    assert "job-done" in caplog.messages
    assert CANARY not in logged(caplog)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """What the process would have written, asyncio's own lines included."""
    assert logging.getLogger().handlers
    return "\n".join(JsonLines().format(record) for record in caplog.records)
