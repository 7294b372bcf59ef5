"""The command `lamplighter-worker` end to end: real process, real PostgreSQL, real document reading."""

import asyncio
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from lamplighter_serving.database import Database
from lamplighter_serving.queue.job import Job, JobState, NewJob
from lamplighter_serving.queue.postgres import PostgresStore
from serving.worker.worker_process import CANARY, INVOICE, SCHEMA, WORKER, processes_of, worker_process, write_catalog

T = TypeVar("T")

TENANT = "default"
#: For a process that starts no Ray.
START_SECONDS = 30


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, unlike pytest's own: Unix sockets stand in it."""
    with tempfile.TemporaryDirectory(prefix="lw-", ignore_cleanup_errors=True) as name:
        yield Path(name)


class Queue:
    """The queue, asked from a test that is not asynchronous."""

    def __init__(self, url: str) -> None:
        self._url = url

    def _ask(self, use: Callable[[PostgresStore], Awaitable[T]]) -> T:
        async def main() -> T:
            async with Database(self._url, connections=1) as database:
                return await use(PostgresStore(database))

        return asyncio.run(main())

    def submit(self, text: str = INVOICE) -> Job:
        request = {"schema": SCHEMA, "instructions": ""}
        new = NewJob(tenant=TENANT, worker=WORKER, request=request, document_name=f"{CANARY}.txt")
        return self._ask(lambda store: store.submit(new, text.encode())).job

    def job(self, job: Job) -> Job:
        return self._ask(lambda store: store.get(TENANT, job.id))

    def result(self, job: Job) -> dict[str, object]:
        return dict(self._ask(lambda store: store.result(TENANT, job.id)) or {})

    def events(self, job: Job) -> list[str]:
        return [each.kind for each in self._ask(lambda store: store.events(TENANT, job.id))]

    def is_done(self, job: Job) -> bool:
        return self.job(job).state is JobState.DONE


@pytest.fixture
def queue(database_url: str) -> Queue:
    return Queue(database_url)


def test_a_job_is_done_and_sigterm_ends_the_worker_with_nothing_left(queue: Queue, database_url: str, folder: Path) -> None:
    job = queue.submit()
    catalog = write_catalog(folder, "scripted", {})
    with worker_process(database_url, catalog, folder) as worker:
        worker.wait_for(lambda: queue.is_done(job), START_SECONDS)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(10) == 0
        assert worker.left_files() == []
    assert processes_of(worker.temporary) == []
    assert queue.result(job)["data"] == {"invoice_number": "2024001", "total_amount": 1210.0}
    assert [each["event"] for each in worker.events() if each["event"] in {"job-done", "drained"}] == ["job-done", "drained"]


def test_a_job_that_hangs_is_handed_back_within_the_grace(queue: Queue, database_url: str, folder: Path) -> None:
    job = queue.submit()
    catalog = write_catalog(folder, "scripted", {"hangCall": 1})
    with worker_process(database_url, catalog, folder, LAMPLIGHTER_GRACE="2s") as worker:
        worker.wait_for(lambda: queue.job(job).state is JobState.RUNNING, START_SECONDS)
        begin = time.monotonic()
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(20) == 0
        assert time.monotonic() - begin < 10
    now = queue.job(job)
    assert (now.state, now.attempt) == (JobState.QUEUED, 0)


def test_a_second_sigterm_hurries(queue: Queue, database_url: str, folder: Path) -> None:
    job = queue.submit()
    catalog = write_catalog(folder, "scripted", {"hangCall": 1})
    with worker_process(database_url, catalog, folder, LAMPLIGHTER_GRACE="10m") as worker:
        worker.wait_for(lambda: queue.job(job).state is JobState.RUNNING, START_SECONDS)
        worker.process.send_signal(signal.SIGTERM)
        worker.wait_for_event("stop-asked", 10)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(20) == 0
    assert [each["again"] for each in worker.events() if each["event"] == "stop-asked"] == [False, True]
    assert queue.job(job).state is JobState.QUEUED


def test_sigterm_while_waking_ends_it_at_once(queue: Queue, database_url: str, folder: Path) -> None:
    job = queue.submit()
    catalog = write_catalog(folder, "scripted", {"loadSeconds": 60})
    with worker_process(database_url, catalog, folder) as worker:
        worker.wait_for_event("wake-stage", START_SECONDS)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(10) == 0
        assert worker.left_files() == []
    assert queue.job(job).state is JobState.QUEUED


@pytest.mark.kill
def test_the_lease_of_a_killed_worker_runs_out_and_the_next_one_finishes(queue: Queue, database_url: str, folder: Path) -> None:
    job = queue.submit()
    catalog = write_catalog(folder, "scripted", {"hangCall": 1})
    settings = {"LAMPLIGHTER_LEASE": "1s"}
    with worker_process(database_url, catalog, folder, **settings) as worker:
        worker.wait_for(lambda: queue.job(job).state is JobState.RUNNING, START_SECONDS)
        worker.process.kill()
    catalog = write_catalog(folder, "scripted", {})
    with worker_process(database_url, catalog, folder, **settings) as worker:
        worker.wait_for(lambda: queue.is_done(job), START_SECONDS)
    assert queue.job(job).attempt == 2


@pytest.mark.parametrize(
    ("engine", "options", "variables", "status", "said"),
    [
        ("scripted", {"delay": 1}, {}, 2, "unknown keys: delay"),
        ("scripted", {}, {"LAMPLIGHTER_WORKER": "other"}, 2, "the catalog has only: extract"),
        ("openai", {}, {}, 2, "engineOptions.baseUrl"),
        ("tgi", {}, {}, 2, "not one of"),
        ("vllm", {"serve": False}, {}, 2, "vLLM needs a folder"),
    ],
)
def test_settings_that_cannot_work_end_the_worker_with_status_2_and_a_sentence(
    database_url: str,
    folder: Path,
    engine: str,
    options: dict[str, object],
    variables: dict[str, str],
    status: int,
    said: str,
) -> None:
    with worker_process(database_url, write_catalog(folder, engine, options), folder, **variables) as worker:
        assert worker.process.wait(START_SECONDS) == status
    assert said in worker.log
    assert "Traceback" not in worker.log


def test_a_worker_whose_database_is_away_keeps_asking_and_still_stops_politely(folder: Path) -> None:
    catalog = write_catalog(folder, "scripted", {})
    with worker_process("postgresql://127.0.0.1:9/nowhere", catalog, folder) as worker:
        worker.wait_for_event("store-away", START_SECONDS)
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(20) == 0
    assert "Traceback" not in worker.log


@pytest.mark.slow
def test_a_document_goes_through_ray_serve_and_llama_cpp_and_nothing_is_left(
    queue: Queue, database_url: str, folder: Path
) -> None:
    job = queue.submit()
    # One thread, for the machine of the tests is busy. Its trust is 1: every field is asked about.
    catalog = write_catalog(folder, "llamacpp", {"threads": 1, "trust": 1})
    variables = {"LAMPLIGHTER_STARTED_AT": str(time.time()), "LAMPLIGHTER_GRACE": "60s"}
    with worker_process(database_url, catalog, folder, **variables) as worker:
        worker.wait_for(lambda: queue.is_done(job), 200)
        assert processes_of(worker.temporary)  # so that their absence says something
        worker.process.send_signal(signal.SIGTERM)
        assert worker.process.wait(60) == 0
        assert worker.left_files() == []
        assert list((folder / "h").rglob("*")) == []
    assert processes_of(worker.temporary) == []
    result = queue.result(job)
    assert result["engine"] == {"name": "llamacpp", "model": "model-of-the-test"}
    assert set(result["data"]) == {"invoice_number", "total_amount"}  # type: ignore[call-overload]
    assert {"queued", "running", "waking", "stage", "done"} <= set(queue.events(job))
    stages = [each["stage"] for each in worker.events() if each["event"] == "wake-stage"]
    assert stages == ["activation", "weights", "engine", "first_result"]
    steps = [each["step"] for each in worker.events() if each["event"] == "engine-step"]
    assert steps == ["import", "ray", "serve", "load"]
    assert CANARY not in worker.log
    assert [line for line in worker.log.splitlines() if not line.startswith("{")] == []
