"""Between rows and facts: what every part of the store reads and writes the same way."""

from pathlib import Path

from ...database import Database, Row, load_queries
from ..job import Job, JobState, Problem
from ..text import json_text

QUERIES = load_queries(Path(__file__).parent.parent / "sql")


class Part:
    """A part of the store: a few methods over the shared database."""

    def __init__(self, database: Database) -> None:
        self._database = database


def job_of(row: Row) -> Job:
    """The job in a row that has its columns."""
    return Job(
        id=row["id"],
        tenant=row["tenant"],
        worker=row["worker"],
        extractor=row["extractor"],
        request=row["request"],
        state=JobState(row["state"]),
        priority=row["priority"],
        attempt=row["attempt"],
        max_attempts=row["max_attempts"],
        fence=row["fence"],
        document_name=row["document_name"],
        document_bytes=row["document_bytes"],
        created_at=row["created_at"],
        available_at=row["available_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        lease_expires_at=row["lease_expires_at"],
        problem=None if row["problem"] is None else Problem(**row["problem"]),
    )


def problem_text(problem: Problem) -> str:
    """A problem as it stands in its column."""
    return json_text({"code": problem.code, "sentence": problem.sentence, "hint": problem.hint})
