"""Batches in PostgreSQL. The SQL stands in sql/batches.sql."""

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ...database import Database, Row, Transaction
from ...queue.job import JsonObject
from ...queue.text import json_text
from ..problems import RequestRefused
from . import files
from .files import QUERIES
from .ids import BATCH_PREFIX, FILE_PREFIX, id_text
from .line import Line

ENDED = frozenset({"completed", "failed", "expired", "cancelled"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """A batch as it stands. `state` is as the API names it."""

    row: Row

    @property
    def id(self) -> UUID:
        """Its number."""
        return UUID(int=self.row["id"].int)

    def json(self) -> JsonObject:
        """As the API tells it."""
        row = self.row
        ended = {f"{state}_at": _unix(row["ended_at"]) if row["state"] == state else None for state in sorted(ENDED)}
        # What is still being written is nobody's to read.
        readable = row["state"] in ENDED
        return {
            "id": id_text(BATCH_PREFIX, row["id"]),
            "object": "batch",
            "endpoint": row["endpoint"],
            "errors": None if row["errors"] is None else {"object": "list", "data": row["errors"]},
            "input_file_id": id_text(FILE_PREFIX, row["input_file_id"]),
            "completion_window": row["window"],
            "status": row["state"],
            "output_file_id": _file_id(row["output_file_id"]) if readable else None,
            "error_file_id": _file_id(row["error_file_id"]) if readable else None,
            "created_at": _unix(row["created_at"]),
            "in_progress_at": _unix(row["in_progress_at"]),
            "expires_at": _unix(row["expires_at"]),
            "finalizing_at": _unix(row["finalizing_at"]),
            "cancelling_at": _unix(row["cancelling_at"]),
            **ended,
            "request_counts": {"total": row["lines"], "completed": row["completed"], "failed": row["failed"]},
            "metadata": row["metadata"],
        }


class BatchTable:
    """The batches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, tenant: str, *, file_id: UUID, endpoint: str, window: str, lasts: timedelta, metadata: JsonObject | None
    ) -> Batch:
        """Stores a batch over a file of the tenant. Raises `RequestRefused` (404) when there is none."""
        facts = {
            "id": uuid.uuid4(),
            "tenant": tenant,
            "file": file_id,
            "endpoint": endpoint,
            "window": window,
            "lasts": lasts,
            "metadata": None if metadata is None else json_text(metadata),
        }
        row = await self._database.row(QUERIES["create_batch"], facts)
        if row is None:
            raise files.not_found()
        return Batch(row=row)

    async def get(self, tenant: str, batch_id: UUID) -> Batch:
        """Raises `RequestRefused` (404)."""
        row = await self._database.row(QUERIES["get_batch"], {"id": batch_id, "tenant": tenant})
        if row is None:
            raise not_found()
        return Batch(row=row)

    async def list(self, tenant: str, *, after: UUID | None, limit: int) -> Sequence[Batch]:
        """Newest first."""
        asked = {"tenant": tenant, "after": after, "limit": limit}
        return [Batch(row=row) for row in await self._database.rows(QUERIES["list_batches"], asked)]

    async def cancel(self, tenant: str, batch_id: UUID) -> Batch:
        """Asks for the end of a batch; one that ends already stays as it is. Raises `RequestRefused` (404)."""
        await self._database.rows(QUERIES["cancel_batch"], {"id": batch_id, "tenant": tenant})
        return await self.get(tenant, batch_id)

    async def postpone(self, batch_id: UUID) -> None:
        """Lets all other open batches have their turn first."""
        await self._database.rows(QUERIES["end_turn"], {"id": batch_id})

    async def purge(self, age: timedelta) -> int:
        """Deletes batches that ended longer ago. Returns how many."""
        return len(await self._database.rows(QUERIES["purge_batches"], {"age": age}))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator["Turn | None"]:
        """The batch that waited longest, in this process's hands until the end of the block; None when there is none."""
        async with self._database.transaction() as transaction:
            row = await transaction.row(QUERIES["take_turn"])
            if row is None:
                yield None
                return
            yield Turn(transaction, row)
            await transaction.rows(QUERIES["end_turn"], {"id": row["id"]})


class Turn:
    """What may be done with a batch while its row is held. All of it or nothing is kept."""

    def __init__(self, transaction: Transaction, row: Row) -> None:
        self._transaction = transaction
        self.row: Any = row

    async def input(self, begin: int, end: int) -> bytes:
        """Bytes of the input file."""
        return await files.stretch(self._transaction, self.row["input_file_id"], begin, end)

    async def add_lines(self, lines: Sequence[Line], *, read_bytes: int, read_lines: int) -> frozenset[int]:
        """Notes lines that were read. Returns the numbers of those whose custom_id was new."""
        added = await self._rows(
            "add_lines",
            lines=[line.number for line in lines],
            custom_ids=[line.custom_id for line in lines],
            begins=[line.begin for line in lines],
            bytes=[line.size for line in lines],
        )
        await self._rows("note_read", read_bytes=read_bytes, read_lines=read_lines, lines=len(added))
        return frozenset(row["line"] for row in added)

    async def begin(self) -> None:
        """Its questions may be asked."""
        await self._rows("begin_batch")

    async def fail(self, errors: Sequence[JsonObject]) -> None:
        """It is no batch: nothing was asked."""
        await self._rows("fail_batch", errors=json_text(list(errors)))  # type: ignore[arg-type]
        await self._rows("forget_lines")

    async def collect(self, *, ending: bool, limit: int) -> int:
        """Moves answers of ended jobs to their lines. `ending`: cancelled jobs were cancelled with the batch."""
        (row,) = await self._rows("collect_lines", ending=ending, limit=limit)
        return int(row["lines"])

    async def open_lines(self) -> tuple[int, bool]:
        """How many lines are submitted, and whether others wait."""
        (row,) = await self._rows("count_open_lines")
        return int(row["submitted"]), bool(row["waiting"])

    async def waiting(self, limit: int) -> Sequence[Line]:
        """The first lines that wait."""
        rows = await self._rows("waiting_lines", limit=limit)
        return [Line(number=row["line"], custom_id=row["custom_id"], begin=row["begin"], size=row["bytes"]) for row in rows]

    async def submitted(self, jobs: Sequence[tuple[int, UUID]]) -> None:
        """Notes the jobs of lines."""
        await self._rows("submit_lines", lines=[line for line, _ in jobs], jobs=[job for _, job in jobs])

    async def refused(self, lines: Sequence[tuple[int, int, JsonObject]]) -> None:
        """Notes lines that no model was asked: number, status and problem."""
        await self._rows(
            "refuse_lines",
            lines=[line for line, _, _ in lines],
            statuses=[status for _, status, _ in lines],
            answers=[json_text(problem) for _, _, problem in lines],
        )

    async def jobs(self) -> Sequence[UUID]:
        """Jobs whose answers have not been collected."""
        return [row["job_id"] for row in await self._rows("submitted_jobs")]

    async def finalize(self, outcome: str) -> None:
        """Nothing more is asked; the outputs are to be written."""
        await self._rows("finalize_batch", outcome=outcome)

    async def to_write(self, limit: int) -> Sequence[Row]:
        """The next lines whose answers are to be written."""
        return await self._rows("lines_to_write", written=self.row["written"], limit=limit)

    async def write(self, *, output: bytes, error: bytes, written: int) -> None:
        """Adds to the outputs, which begin with their first byte."""
        ids: dict[str, UUID | None] = {}
        for kind, content in (("output", output), ("error", error)):
            known, name = self.row[f"{kind}_file_id"], f"{id_text(BATCH_PREFIX, self.row['id'])}_{kind}.jsonl"
            ids[kind] = await files.append(self._transaction, self.row["tenant"], known, name, content) if content else known
        await self._rows("note_written", written=written, **ids)

    async def end(self) -> None:
        """The outputs are whole."""
        for kind in ("output_file_id", "error_file_id"):
            if self.row[kind] is not None:
                await files.finish(self._transaction, self.row[kind])
        await self._rows("end_batch")
        await self._rows("forget_lines")

    async def _rows(self, query: str, **parameters: object) -> list[Row]:
        return await self._transaction.rows(QUERIES[query], {"id": self.row["id"], **parameters})


def not_found() -> RequestRefused:
    """No such batch of this tenant."""
    return RequestRefused(404, "batch-not-found", "There is no such batch.", hint="GET /v1/batches lists yours.")


def _unix(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _file_id(number: UUID | None) -> str | None:
    return None if number is None else id_text(FILE_PREFIX, number)
