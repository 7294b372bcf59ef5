"""Submissions written together: what one of them does to the others, and what a failure half way leaves."""

import asyncio

import psycopg
import pytest

from lamplighter_serving.database import Database, Query
from lamplighter_serving.errors import StoreError, StoreUnavailable
from lamplighter_serving.queue.job import JobState
from lamplighter_serving.queue.postgres import PostgresStore
from serving.queue.jobs import (
    DEADLINE_SECONDS,
    HOLDER,
    LEASE,
    TENANT,
    document_of,
    kinds_of,
    new_job,
    submit,
    submit_and_lease,
)

pytestmark = pytest.mark.anyio

#: A text that must be in no error: it stands for a piece of a document.
SECRET = "CZ65 0800 0000 1920 0014 5399"
#: Makes the next insert into a table fail, and PostgreSQL quote what was to be written.
BREAK = """
CREATE FUNCTION break_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the row was %', NEW USING DETAIL = NEW::text; END $$;
"""
LARGE = bytes(3 * 1024 * 1024)


def broken(url: str, table: str, when: str = "INSERT") -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(BREAK)
        connection.execute(f"CREATE TRIGGER broken BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION break_it()".encode())


async def row_counts(database: Database) -> tuple[int, ...]:
    tables = ("jobs", "document_chunks", "job_events", "results", "outcomes")
    counts = ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in tables)
    row = await database.row(Query(name="counts", text=f"SELECT {counts}".encode()))
    assert row is not None
    return tuple(row[table] for table in tables)


@pytest.mark.parametrize("table", ["jobs", "document_chunks", "job_events"])
@pytest.mark.parametrize("document", [b"small", LARGE], ids=["small", "large"])
async def test_job_document_and_event_are_there_together_or_not_at_all(
    database_url: str, postgres: PostgresStore, database: Database, table: str, document: bytes
) -> None:
    broken(database_url, table)
    async with asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(StoreError):
            await postgres.submit(new_job(), document)
    assert await row_counts(database) == (0, 0, 0, 0, 0)


async def test_a_large_document_that_breaks_at_its_last_piece_leaves_nothing(
    database_url: str, postgres: PostgresStore, database: Database
) -> None:
    broken(database_url, "jobs", when="UPDATE")  # the size is written last
    with pytest.raises(StoreError):
        await postgres.submit(new_job(), LARGE)
    assert await row_counts(database) == (0, 0, 0, 0, 0)


@pytest.mark.parametrize("table", ["results", "job_events", "outcomes"])
async def test_a_completion_is_there_as_a_whole_or_not_at_all(
    database_url: str, postgres: PostgresStore, database: Database, table: str
) -> None:
    lease = await submit_and_lease(postgres)
    before = await row_counts(database)
    broken(database_url, table)
    with pytest.raises(StoreError):
        await postgres.complete(lease, {"total": 1})
    assert await row_counts(database) == before
    assert (await postgres.get(TENANT, lease.job.id)).state is JobState.RUNNING
    assert await postgres.heartbeat(HOLDER, [lease], LEASE) == {lease.job.id}


@pytest.mark.parametrize("document", [b"small", LARGE], ids=["small", "large"])
async def test_an_error_carries_nothing_of_the_job(database_url: str, postgres: PostgresStore, document: bytes) -> None:
    broken(database_url, "job_events")
    new = new_job(tenant=SECRET, request={"secret": SECRET}, document_name=SECRET, idempotency_key=SECRET)
    with pytest.raises(StoreError) as refusal:
        await postgres.submit(new, SECRET.encode() + document)
    assert SECRET not in str(refusal.value) + refusal.value.sentence + refusal.value.hint
    assert "P0001" in refusal.value.sentence  # the state code tells what it was


async def test_an_error_of_a_write_carries_nothing_of_the_result(database_url: str, postgres: PostgresStore) -> None:
    lease = await submit_and_lease(postgres)
    broken(database_url, "results")
    with pytest.raises(StoreError) as refusal:
        await postgres.complete(lease, {"iban": SECRET})
    assert SECRET not in str(refusal.value) + refusal.value.sentence + refusal.value.hint


#: PostgreSQL refuses the first two, the driver the third, before it asks PostgreSQL.
REFUSED = {
    "a priority beyond its integer": {"priority": 2**40},
    "no attempt": {"max_attempts": 0},
    "half a character": {"worker": "half \ud800"},
    "a NUL": {"worker": "nul \x00"},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
async def test_a_refused_job_takes_none_of_those_written_beside_it_along(
    postgres: PostgresStore, changes: dict[str, object]
) -> None:
    news = [new_job(document_name=str(number)) for number in range(10)]
    news[4] = new_job(**changes)
    async with asyncio.timeout(DEADLINE_SECONDS):
        answers = await asyncio.gather(*(postgres.submit(new, b"document") for new in news), return_exceptions=True)
    refused = [number for number, answer in enumerate(answers) if isinstance(answer, BaseException)]
    assert refused == [4]
    assert isinstance(answers[4], StoreError)
    assert not isinstance(answers[4], StoreUnavailable)  # trying again would be in vain
    names = {job.document_name for job in (await postgres.list_jobs(TENANT, limit=20)).jobs}
    assert names == {str(number) for number in range(10) if number != 4}
    assert (await submit(postgres)).state is JobState.QUEUED


async def test_a_caller_that_goes_away_takes_none_of_those_written_beside_it_along(postgres: PostgresStore) -> None:
    tasks = [asyncio.create_task(submit(postgres, document_name=str(number))) for number in range(20)]
    await asyncio.sleep(0)  # all wait for their writer now
    for task in tasks[::2]:
        task.cancel()
    async with asyncio.timeout(DEADLINE_SECONDS):
        answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(answer, asyncio.CancelledError) for answer in answers] == [True, False] * 10
    for job in [answer for answer in answers if not isinstance(answer, BaseException)]:
        assert await kinds_of(postgres, job.id) == ["queued"]


async def test_many_documents_at_once_do_not_mix(postgres: PostgresStore) -> None:
    """More jobs and more bytes than one batch holds."""
    documents = [bytes([number]) * (200_000 if number % 3 else 10) for number in range(150)]
    jobs = await asyncio.gather(*(submit(postgres, document) for document in documents))
    for job, document in zip(jobs, documents, strict=True):
        assert job.document_bytes == len(document)
        assert await document_of(postgres, job.id) == document
