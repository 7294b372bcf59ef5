"""When jobs of a worker class came, from the table of jobs. The SQL stands in sql/arrivals.sql."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from ..database import Database, load_queries

_QUERIES = load_queries(Path(__file__).parent / "sql")

#: Rows of one statement.
PAGE = 10_000
#: Before every job.
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A job that came. `work_seconds`: from its lease to its result; None where it has none, or needed several attempts."""

    at: datetime
    work_seconds: float | None


async def arrivals(database: Database, worker: str, since: datetime = BEGINNING) -> AsyncIterator[Arrival]:
    """Those that are kept, the oldest first."""
    after, after_id = BEGINNING, UUID(int=0)
    while True:
        parameters = {"worker": worker, "since": since, "after": after, "after_id": after_id, "most": PAGE}
        rows = await database.rows(_QUERIES["arrivals"], parameters)
        for row in rows:
            yield Arrival(at=row["created_at"], work_seconds=row["work_seconds"])
        if len(rows) < PAGE:
            return
        after, after_id = rows[-1]["created_at"], rows[-1]["id"]
