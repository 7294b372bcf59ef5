"""The store in memory: the methods of `JobStore`, in its order, over `Records`."""

import json
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from ..backoff import retry_delay
from ..cursor import Place, parse_cursor
from ..failures import WORKER_LOST, idempotency_conflict
from ..job import (
    FINAL_STATES,
    Depth,
    Job,
    JobEvent,
    JobPage,
    JobState,
    JsonObject,
    Lease,
    Mark,
    NewJob,
    Piece,
    Problem,
    Standing,
    Wakeup,
)
from ..notices import Mailbox
from ..pieces import pieces
from ..store import Presence, Retention, Submitted, Tally
from ..submission import queued_job
from ..tally import add_up
from ..text import json_text, searchable
from .records import Record, Records, trouble
from .turns import in_turn


class MemoryStore:
    """`queue.store.JobStore` without a database. `clock` gives an aware datetime, `weights` those that are not 1."""

    def __init__(self, clock: Callable[[], datetime], weights: Mapping[str, int] | None = None) -> None:
        self._weights = {} if weights is None else weights
        self._records = Records(clock)
        self._by_key: dict[tuple[str, str], UUID] = {}
        self._presences: dict[str, Presence] = {}
        self._written: list[Mailbox] = []
        self._tallies: dict[tuple[str, str, str, str], Tally] = {}

    # --- the gateway's side -----------------------------------------------------------------------------------------

    async def submit(self, new: NewJob, document: bytes | Iterable[bytes]) -> Submitted:
        """See `JobStore.submit`."""
        stored = tuple(pieces(document))
        new = replace(new, request=_kept(new.request))
        key = None if new.idempotency_key is None else (new.tenant, new.idempotency_key)
        earlier = self._records.by_id.get(self._by_key[key]) if key in self._by_key else None
        if earlier is not None:
            if earlier.digest != new.request_digest:
                raise idempotency_conflict(earlier.job.id)
            return Submitted(job=earlier.job, created=False)
        now = self._records.now()
        job = queued_job(uuid4(), new, document_bytes=sum(map(len, stored)), created_at=now)
        record = Record(job=job, digest=new.request_digest, pieces=stored)
        self._records.by_id[job.id] = record
        if key is not None:
            self._by_key[key] = job.id
        self._records.note(record, "queued", {}, "committed")
        return Submitted(job=job, created=True)

    async def get(self, tenant: str, job_id: UUID) -> Job:
        """See `JobStore.get`."""
        return self._records.of_tenant(tenant, job_id).job

    async def standings(self, job_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
        """See `JobStore.standings`."""
        jobs = [self._records.by_id[job_id].job for job_id in job_ids if job_id in self._records.by_id]
        return {job.id: Standing(state=job.state, fence=job.fence) for job in jobs}

    async def list_jobs(
        self, tenant: str, *, limit: int, cursor: str | None = None, state: JobState | None = None, search: str = ""
    ) -> JobPage:
        """See `JobStore.list_jobs`."""
        before = parse_cursor(cursor)
        sought = searchable(search)
        found = [
            record.job
            for record in self._records.by_id.values()
            if record.job.tenant == tenant
            and (state is None or record.job.state == state)
            and (sought in searchable(record.job.document_name) or sought in str(record.job.id))
            and (before is None or _place(record.job) < (datetime.fromisoformat(before.at), before.id))
        ]
        found.sort(key=_place, reverse=True)
        jobs = tuple(found[:limit])
        return JobPage(jobs=jobs, next_cursor=Place.of(jobs[-1]).cursor if len(found) > limit else None)

    async def cancel(self, tenant: str, job_id: UUID) -> Job:
        """See `JobStore.cancel`."""
        record = self._records.of_tenant(tenant, job_id)
        if record.job.state not in FINAL_STATES:
            self._records.end(record, JobState.CANCELLED, record.job.problem, {})
        return record.job

    async def erase(self, tenant: str, job_id: UUID) -> None:
        """See `JobStore.erase`."""
        record = self._records.of_tenant(tenant, job_id)
        if record.job.state not in FINAL_STATES:
            self._records.end(record, JobState.CANCELLED, None, {})
        else:
            self._records.announce(Wakeup(worker=record.job.worker, job_id=job_id, kind="finished"))
        del self._records.by_id[job_id]

    async def result(self, tenant: str, job_id: UUID) -> JsonObject | None:
        """See `JobStore.result`."""
        return self._records.of_tenant(tenant, job_id).result

    async def document(self, tenant: str, job_id: UUID) -> AsyncIterator[bytes]:
        """See `JobStore.document`."""
        for piece in self._records.of_tenant(tenant, job_id).pieces:
            yield piece

    async def events(self, tenant: str, job_id: UUID, *, after: int = 0) -> Sequence[JobEvent]:
        """See `JobStore.events`."""
        return [event for event in self._records.of_tenant(tenant, job_id).events if event.sequence > after]

    async def pieces(self, after: Mapping[UUID, Mark]) -> Sequence[Piece]:
        """See `JobStore.pieces`."""
        return [
            piece
            for job_id, mark in after.items()
            if (record := self._records.by_id.get(job_id)) is not None
            for piece in record.written
            if (piece.fence, piece.ordinal) > (mark.fence, mark.ordinal)
        ]

    # --- the worker's side ------------------------------------------------------------------------------------------

    async def lease(self, worker: str, *, holder: str, limit: int, duration: timedelta) -> Sequence[Lease]:
        """See `JobStore.lease`."""
        now = self._records.now()
        of_class = [record for record in self._records.by_id.values() if record.job.worker == worker]
        ready = [record for record in self._records.ready(now) if record.job.worker == worker]
        next_ones = in_turn(ready, of_class, self._weights)[: max(0, limit)]
        chosen = self._records.beside_each_other(next_ones, worker, holder)
        return [self._records.lease(record, holder, now, duration) for record in chosen]

    async def heartbeat(self, holder: str, leases: Iterable[Lease], duration: timedelta) -> frozenset[UUID]:
        """See `JobStore.heartbeat`."""
        now = self._records.now()
        held = [record for lease in leases if (record := self._records.find_held(lease, now)) and record.holder == holder]
        for record in held:
            record.job = replace(record.job, lease_expires_at=now + duration)
        return frozenset(record.job.id for record in held)

    async def leased_document(self, lease: Lease) -> bytes:
        """See `JobStore.leased_document`."""
        return b"".join(self._records.held(lease).pieces)

    async def record(self, lease: Lease, kind: str, data: JsonObject) -> None:
        """See `JobStore.record`."""
        kept = _kept(data)
        self._records.note(self._records.held(lease), kind, kept, "changed")

    async def write(self, pieces: Sequence[Piece]) -> None:
        """See `JobStore.write`."""
        now = self._records.now()
        for piece in pieces:
            kept = replace(piece, content=_kept(piece.content))
            record = self._records.by_id.get(piece.job_id)
            if record is None or record.job.fence != piece.fence or (record.job.lease_expires_at or now) <= now:
                continue
            if not any((known.fence, known.ordinal) == (piece.fence, piece.ordinal) for known in record.written):
                record.written.append(kept)
            for mailbox in self._written:
                mailbox.put(Wakeup(worker=record.job.worker, job_id=piece.job_id, kind="written"))

    async def complete(self, lease: Lease, result: JsonObject) -> None:
        """See `JobStore.complete`."""
        kept = _kept(result)
        record = self._records.held(lease)
        record.result = kept
        self._records.end(record, JobState.DONE, None, {})

    async def fail(self, lease: Lease, problem: Problem) -> None:
        """See `JobStore.fail`."""
        record = self._records.held(lease)
        self._records.end(record, JobState.FAILED, problem, trouble(record.job, problem))

    async def retry(self, lease: Lease, problem: Problem, *, delay: timedelta) -> JobState:
        """See `JobStore.retry`."""
        return self._records.try_again(self._records.held(lease), problem, delay)

    async def release(self, lease: Lease) -> None:
        """See `JobStore.release`."""
        self._records.release(self._records.held(lease))

    # --- housekeeping and watching ----------------------------------------------------------------------------------

    async def reap(self) -> int:
        """See `JobStore.reap`. The rest before the next attempt is all of it: chance is nobody's friend in a test."""
        now = self._records.now()
        for record in self._records.by_id.values():
            running = record.job.state is JobState.RUNNING
            record.written = [piece for piece in record.written if running and piece.fence == record.job.fence]
        expired = [record for record in self._records.by_id.values() if (end := record.job.lease_expires_at) and end <= now]
        for record in expired:
            self._records.try_again(record, WORKER_LOST, retry_delay(record.job.attempt, 1.0))
        return len(expired)

    async def purge(self, retention: Retention) -> int:
        """See `JobStore.purge`."""
        now = self._records.now()
        gone = 0
        for record in list(self._records.by_id.values()):
            finished_at = record.job.finished_at
            if finished_at is not None and record.document_kept and finished_at <= now - retention.documents:
                record.pieces, record.document_kept = (), False
                gone += 1
            if finished_at is not None and finished_at <= now - retention.jobs:
                del self._records.by_id[record.job.id]
                gone += 1
        return gone

    async def depths(self, workers: Iterable[str] | None = None) -> Sequence[Depth]:
        """See `JobStore.depths`."""
        now = self._records.now()
        ready = [record.job for record in self._records.ready(now)]
        running = [record.job for record in self._records.by_id.values() if record.job.state is JobState.RUNNING]
        if workers is None:
            workers = sorted({job.worker for job in ready + running})
        return [_depth(worker, ready, running, now) for worker in workers]

    async def next_available(self, worker: str) -> float | None:
        """See `JobStore.next_available`."""
        now = self._records.now()
        queued = (r.job for r in self._records.by_id.values() if r.job.state is JobState.QUEUED and r.job.worker == worker)
        return min(((job.available_at - now).total_seconds() for job in queued if job.available_at > now), default=None)

    async def outcomes(self) -> Mapping[tuple[str, str], int]:
        """See `JobStore.outcomes`."""
        return dict(self._records.outcomes)

    def watch(self) -> AbstractAsyncContextManager[AsyncIterator[Wakeup]]:
        """See `JobStore.watch`."""
        return _heard(self._records.mailboxes)

    def watch_written(self) -> AbstractAsyncContextManager[AsyncIterator[Wakeup]]:
        """See `JobStore.watch_written`."""
        return _heard(self._written)

    # --- the lamp ---------------------------------------------------------------------------------------------------

    async def beat(self, presence: Presence) -> None:
        """See `JobStore.beat`."""
        before = self._presences.get(presence.holder)
        self._presences[presence.holder] = replace(presence, beat_at=self._records.now())
        if before is None or (before.state, before.stage) != (presence.state, presence.stage):
            self._records.announce(Wakeup(worker=presence.worker, job_id=None, kind="lamp"))

    async def leave(self, holder: str) -> None:
        """See `JobStore.leave`."""
        if gone := self._presences.pop(holder, None):
            self._records.announce(Wakeup(worker=gone.worker, job_id=None, kind="lamp"))

    async def presences(self, *, within: timedelta) -> Sequence[Presence]:
        """See `JobStore.presences`."""
        since = self._records.now() - within
        seen = [presence for presence in self._presences.values() if presence.beat_at > since]
        return sorted(seen, key=lambda presence: (presence.worker, presence.started_at, presence.holder))

    async def tally(self, holder: str, tallies: Iterable[Tally]) -> None:
        """See `JobStore.tally`."""
        for tally in tallies:
            key = (holder, tally.worker, tally.metric, tally.label)
            self._tallies.pop(key, None)  # the newest stands last
            self._tallies[key] = tally

    async def tallies(self) -> Sequence[Tally]:
        """See `JobStore.tallies`."""
        return add_up(self._tallies.values())


@asynccontextmanager
async def _heard(mailboxes: list[Mailbox]) -> AsyncIterator[AsyncIterator[Wakeup]]:
    mailbox = Mailbox()
    mailboxes.append(mailbox)
    try:
        yield mailbox.read()
    finally:
        mailboxes.remove(mailbox)


def _kept(value: JsonObject) -> JsonObject:
    """The value as a database gives it back: JSON, and nobody else's object. Raises `ValueError` when it is not JSON."""
    kept: JsonObject = json.loads(json_text(value))
    return kept


def _place(job: Job) -> tuple[datetime, str]:
    return job.created_at, str(job.id)


def _depth(worker: str, ready: Sequence[Job], running: Sequence[Job], now: datetime) -> Depth:
    waiting = [(now - job.available_at).total_seconds() for job in ready if job.worker == worker]
    held = sum(job.worker == worker for job in running)
    return Depth(worker=worker, queued=len(waiting), running=held, oldest_age_seconds=max(waiting, default=0.0))
