"""How jobs come in: job, document and first event in one transaction.

Submissions that arrive while another is being written are written together, in one statement and one commit. Nothing waits for
company: an idle store writes the first at once. One statement for each was tried and measured (tests/bench/bench_queue.py).
"""

import asyncio
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from ...database import Database, Row
from ...errors import JobNotFound, StoreError, StoreUnavailable
from ..failures import idempotency_conflict
from ..job import NewJob
from ..pieces import pieces
from ..store import Submitted
from ..submission import queued_job
from ..text import json_text, searchable, storable
from .jobs import Jobs
from .rows import QUERIES

#: Batches written at once. While one waits for the disk the next is put together; a third gained nothing.
WRITERS = 2
#: The most jobs and the most document bytes of one batch: a bound of its memory and of what one rollback loses.
BATCH_JOBS = 64
BATCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """A job that waits to be written. Its answer is when it was created, or None when its idempotency key was taken."""

    row: Row
    answer: "asyncio.Future[datetime | None]"


class Submissions(Jobs):
    """The part of the store that takes jobs in."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._waiting: list[_Entry] = []
        self._writers = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def submit(self, new: NewJob, document: bytes | Iterable[bytes]) -> Submitted:
        """See `JobStore.submit`. After `StoreUnavailable` the job may or may not be there: repeat with the same key."""
        rest = pieces(document)
        piece, second = next(rest, b""), next(rest, None)
        row = _row(uuid.uuid4(), new, piece)
        if second is None:
            created_at = await self._write_soon(row)
        else:
            created_at = await self._write_large(row, chain([second], rest))
        if created_at is None:
            return await self._repeated(new)
        job = queued_job(row["id"], new, document_bytes=row["document_bytes"], created_at=created_at)
        return Submitted(job=job, created=True)

    async def _write_soon(self, row: Row) -> datetime | None:
        entry = _Entry(row=row, answer=asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._writers < WRITERS:
            self._writers += 1
            writer = asyncio.create_task(self._write_waiting())
            self._tasks.add(writer)  # the loop itself keeps no task alive
            writer.add_done_callback(self._tasks.discard)
        return await entry.answer

    async def _write_waiting(self) -> None:
        try:
            await self._write_batches()
        finally:
            # In the same step as the last look at the list: a job added later starts a writer of its own.
            self._writers -= 1

    async def _write_batches(self) -> None:
        while self._waiting:
            batch = _take_batch(self._waiting)
            try:
                await self._write(batch)
            except StoreUnavailable as error:
                _refuse(batch, error)
            except StoreError:
                # One job that PostgreSQL refuses must not take those beside it along.
                for entry in batch:
                    await self._write_alone(entry)
            finally:
                # The task was cancelled: the process ends.
                _refuse(batch, StoreUnavailable("The store was closed before the job was written."))

    async def _write(self, batch: Sequence[_Entry]) -> None:
        rows = await self._database.rows(QUERIES["submit_jobs"], _columns([entry.row for entry in batch]))
        created = {row["id"]: row["created_at"] for row in rows}
        for entry in batch:
            if not entry.answer.done():  # its caller may have gone
                entry.answer.set_result(created.get(entry.row["id"]))

    async def _write_alone(self, entry: _Entry) -> None:
        try:
            await self._write([entry])
        except StoreError as error:
            _refuse([entry], error)

    async def _write_large(self, row: Row, rest: Iterable[bytes]) -> datetime | None:
        """Piece by piece in one transaction; `document_bytes` of the row becomes the size of all."""
        async with self._database.transaction() as transaction:
            created = await transaction.row(QUERIES["submit_jobs"], _columns([row]))
            if created is None:
                return None
            for ordinal, piece in enumerate(rest, start=1):
                await transaction.rows(QUERIES["append_chunk"], {"id": row["id"], "ordinal": ordinal, "chunk": piece})
                row["document_bytes"] += len(piece)
            await transaction.rows(QUERIES["set_document_bytes"], {"id": row["id"], "bytes": row["document_bytes"]})
        created_at: datetime = created["created_at"]
        return created_at

    async def _repeated(self, new: NewJob) -> Submitted:
        keyed = {"tenant": new.tenant, "idempotency": _idempotency(new)}
        row = await self._database.row(QUERIES["find_repeated"], keyed)
        if row is None:
            raise JobNotFound(
                "The job that had this idempotency key was deleted a moment ago.", hint="Send the request once more."
            )
        if row["request_digest"] != new.request_digest:
            raise idempotency_conflict(row["id"])
        return Submitted(job=await self.get(new.tenant, row["id"]), created=False)


def _take_batch(waiting: list[_Entry]) -> list[_Entry]:
    """The oldest entries that fit one batch; at least one. They leave the list."""
    size = 0
    count = 0
    for entry in waiting[:BATCH_JOBS]:
        size += entry.row["document_bytes"]
        if count and size > BATCH_BYTES:
            break
        count += 1
    batch = waiting[:count]
    del waiting[:count]
    return batch


def _refuse(batch: Sequence[_Entry], error: StoreError) -> None:
    for entry in batch:
        if not entry.answer.done():
            entry.answer.set_exception(error)


def _row(job_id: uuid.UUID, new: NewJob, piece: bytes) -> Row:
    """What `submit_jobs` writes of a job. Raises `ValueError` when the request is not JSON."""
    return {
        "id": job_id,
        "tenant": new.tenant,
        "worker": new.worker,
        "extractor": new.extractor,
        "request": json_text(new.request),
        "request_digest": new.request_digest,
        "idempotency": _idempotency(new),
        "document_name": storable(new.document_name),
        "document_search": searchable(new.document_name),
        "document_bytes": len(piece),
        "priority": new.priority,
        "max_attempts": new.max_attempts,
        "chunk": piece,
    }


def _columns(rows: Sequence[Row]) -> dict[str, object]:
    """The rows column by column, as the statement takes them."""
    return {name: [row[name] for row in rows] for name in rows[0]}


def _idempotency(new: NewJob) -> bytes | None:
    if new.idempotency_key is None:
        return None
    return hashlib.sha256(new.idempotency_key.encode("utf-8", "surrogatepass")).digest()
