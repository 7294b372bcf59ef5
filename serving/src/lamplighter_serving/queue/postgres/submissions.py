"""How jobs come in: job, document and first event in one transaction.

Submissions that arrive while another is being written are written together, in one statement and one commit. Nothing waits for
company: an idle store writes the first at once. One statement for each, and two batches in turn, were tried and measured
(tests/bench/bench_queue.py, bench_gateway.py).
"""

import asyncio
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from ...database import Database
from ...errors import JobNotFound, StoreError, StoreUnavailable
from ..failures import idempotency_conflict
from ..job import NewJob
from ..pieces import pieces
from ..store import Submitted
from ..submission import queued_job
from ..text import RememberedJson, facts_text, searchable, storable
from .jobs import Jobs
from .rows import QUERIES

#: Batches written at once. One alone makes the fullest batches; the second is for when the first is stuck.
WRITERS = 2
#: A batch that takes longer than this is stuck: it waits for a lock, or for a slow disk.
PATIENCE_SECONDS = 0.02
#: The most jobs and the most document bytes of one batch: a bound of its memory and of what one rollback loses.
BATCH_JOBS = 64
BATCH_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entry:
    """A job to write, as JSON. Its answer is when it was created, or None when its idempotency key was taken."""

    id: uuid.UUID
    job: str
    chunk: bytes
    answer: "asyncio.Future[datetime | None]"


class Submissions(Jobs):
    """The part of the store that takes jobs in."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._requests = RememberedJson()
        self._waiting: list[_Entry] = []
        self._writers = 0
        self._batch_begun = 0.0  # on the loop's clock
        self._patience: asyncio.TimerHandle | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def submit(self, new: NewJob, document: bytes | Iterable[bytes]) -> Submitted:
        """See `JobStore.submit`. After `StoreUnavailable` the job may or may not be there: repeat with the same key."""
        rest = pieces(document)
        piece, second = next(rest, b""), next(rest, None)
        entry = _entry(uuid.uuid4(), new, piece, self._requests)
        document_bytes = len(piece)
        if second is None:
            created_at = await self._write_soon(entry)
        else:
            created_at, document_bytes = await self._write_large(entry, chain([second], rest))
        if created_at is None:
            return await self._repeated(new)
        job = queued_job(entry.id, new, document_bytes=document_bytes, created_at=created_at)
        return Submitted(job=job, created=True)

    async def _write_soon(self, entry: _Entry) -> datetime | None:
        self._waiting.append(entry)
        if self._writers == 0:
            self._start_writer()
        elif self._writers < WRITERS and self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._look_at_writer)
        return await entry.answer

    def _start_writer(self) -> None:
        self._writers += 1
        writer = asyncio.create_task(self._write_waiting())
        self._tasks.add(writer)  # the loop itself keeps no task alive
        writer.add_done_callback(self._tasks.discard)

    def _look_at_writer(self) -> None:
        """Some time after something had to wait: starts the second writer if the first has got nowhere since."""
        self._patience = None
        if not self._waiting or self._writers == WRITERS:
            return
        loop = asyncio.get_running_loop()
        if loop.time() - self._batch_begun >= PATIENCE_SECONDS:
            self._start_writer()
        else:
            self._patience = loop.call_later(PATIENCE_SECONDS, self._look_at_writer)

    async def _write_waiting(self) -> None:
        try:
            await self._write_batches()
        finally:
            # In the same step as the last look at the list: a job added later starts a writer of its own.
            self._writers -= 1

    async def _write_batches(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # what has arrived together is read first, and goes along
            batch = _take_batch(self._waiting)
            if not batch:  # the other writer was quicker
                continue
            self._batch_begun = asyncio.get_running_loop().time()
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
        rows = await self._database.rows(QUERIES["submit_jobs"], _parameters(batch))
        created = {row["id"]: row["created_at"] for row in rows}
        for entry in batch:
            if not entry.answer.done():  # its caller may have gone
                entry.answer.set_result(created.get(entry.id))

    async def _write_alone(self, entry: _Entry) -> None:
        try:
            await self._write([entry])
        except StoreError as error:
            _refuse([entry], error)

    async def _write_large(self, entry: _Entry, rest: Iterable[bytes]) -> tuple[datetime | None, int]:
        """Piece by piece in one transaction. Gives when the job was created, as an entry's answer, and the bytes of all."""
        document_bytes = len(entry.chunk)
        async with self._database.transaction() as transaction:
            created = await transaction.row(QUERIES["submit_jobs"], _parameters([entry]))
            if created is None:
                return None, document_bytes
            for ordinal, piece in enumerate(rest, start=1):
                await transaction.rows(QUERIES["append_chunk"], {"id": entry.id, "ordinal": ordinal, "chunk": piece})
                document_bytes += len(piece)
            await transaction.rows(
                QUERIES["set_document_bytes"],
                {"id": entry.id, "bytes": document_bytes, "more": document_bytes - len(entry.chunk)},
            )
        return created["created_at"], document_bytes

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
        size += len(entry.chunk)
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


def _entry(job_id: uuid.UUID, new: NewJob, piece: bytes, requests: RememberedJson) -> _Entry:
    """A job with the first piece of its document. Raises `ValueError` when the request is not JSON."""
    idempotency = _idempotency(new)
    job: dict[str, str | int | None] = {
        "id": str(job_id),
        "tenant": new.tenant,
        "worker": new.worker,
        "extractor": new.extractor,
        "request": requests.text(new.request),
        "request_digest": new.request_digest,
        "idempotency": f"\\x{idempotency.hex()}" if idempotency else None,
        "document_name": storable(new.document_name),
        "document_search": searchable(new.document_name),
        "document_bytes": len(piece),
        "priority": new.priority,
        "max_attempts": new.max_attempts,
        "webhook": new.webhook,
    }
    return _Entry(id=job_id, job=facts_text(job), chunk=piece, answer=asyncio.get_running_loop().create_future())


def _parameters(entries: Sequence[_Entry]) -> dict[str, object]:
    """What `submit_jobs` takes."""
    return {"jobs": f"[{','.join(entry.job for entry in entries)}]", "chunks": [entry.chunk for entry in entries]}


def _idempotency(new: NewJob) -> bytes | None:
    if new.idempotency_key is None:
        return None
    return hashlib.sha256(new.idempotency_key.encode("utf-8", "surrogatepass")).digest()
