"""The door to the queue: what every store must do, and what its errors mean.

Two stores pass the same contract tests: `queue.postgres` (the only one for real work) and `queue.memory` (for tests).
A state change is one statement guarded by the old state; a guard that does not hold raises `LeaseLost` or changes nothing.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from .job import Depth, Job, JobEvent, JobPage, JobState, JsonObject, Lease, Mark, NewJob, Piece, Problem, Standing, Wakeup


@dataclass(frozen=True, kw_only=True, slots=True)
class Submitted:
    """What `submit` did. `created` is False when the idempotency key named an earlier, equal request."""

    job: Job
    created: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """How long finished work is kept."""

    documents: timedelta
    jobs: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """One worker process as it last reported itself: the lamp is what all presences of a class say together."""

    holder: str
    worker: str
    state: str  # waking, lit, draining
    stage: str  # the wake stage it is in while waking, else ""
    stages: Mapping[str, float]  # seconds of every finished wake stage
    started_at: datetime
    beat_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """A counter or a histogram of one holder since it started. Absolute, so writing it twice changes nothing.

    `bounds` are the histogram's upper bucket bounds, `counts` has one more entry than `bounds` (the last is +Inf) and is not
    cumulative. A counter has no bounds and one count equal to 0; its value is `total`.
    """

    worker: str
    metric: str
    label: str
    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    total: float


class JobStore(Protocol):
    """The queue. All methods raise `StoreUnavailable` when the database does not answer."""

    # --- the gateway's side -----------------------------------------------------------------------------------------

    async def submit(self, new: NewJob, document: bytes | Iterable[bytes]) -> Submitted:
        """Commits job, document and `queued` event in one transaction, and announces it (`Wakeup` kind committed).

        `document` is the bytes, or an iterable of chunks (each at most 1 MiB) so that a large one is never whole in memory.
        Raises `IdempotencyConflict` when the tenant used the key before with another `request_digest`.
        """
        ...

    async def get(self, tenant: str, job_id: UUID) -> Job:
        """Raises `JobNotFound`; a job of another tenant is not found either."""
        ...

    async def list_jobs(
        self, tenant: str, *, limit: int, cursor: str | None = None, state: JobState | None = None, search: str = ""
    ) -> JobPage:
        """Newest first. `search` matches part of the document name or the id. An unreadable cursor gives the first page."""
        ...

    async def cancel(self, tenant: str, job_id: UUID) -> Job:
        """Cancels a queued or running job; a final job stays as it is. Returns the job as it then stands."""
        ...

    async def erase(self, tenant: str, job_id: UUID) -> None:
        """Deletes the job in any state: document, result, events and all. Raises `JobNotFound`.

        Totals and usage stay; one that had not ended counts as cancelled, and its worker's lease is lost.
        """
        ...

    async def result(self, tenant: str, job_id: UUID) -> JsonObject | None:
        """The result of a done job, None in every other state."""
        ...

    def document(self, tenant: str, job_id: UUID) -> AsyncIterator[bytes]:
        """The document in chunks. Empty when retention deleted it."""
        ...

    async def events(self, tenant: str, job_id: UUID, *, after: int = 0) -> Sequence[JobEvent]:
        """Events with a sequence greater than `after`, in order."""
        ...

    async def standings(self, job_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
        """Where these jobs stand, of whatever tenant; one that is not there is missing. For many who wait at once."""
        ...

    async def pieces(self, after: Mapping[UUID, Mark]) -> Sequence[Piece]:
        """What has been written of these jobs' answers beyond a mark of each, in order. Gone soon after the lease ended."""
        ...

    # --- the worker's side ------------------------------------------------------------------------------------------

    async def lease(self, worker: str, *, holder: str, limit: int, duration: timedelta) -> Sequence[Lease]:
        """Leases up to `limit` available jobs of the class, in fair turns. Never blocks.

        Next is the tenant whose last lease is the longest ago; one of weight w has w turns while another has one. Of a tenant's
        own jobs the highest priority goes first, then the oldest. Jobs with a priority below 0 wait for everybody's others.
        """
        ...

    async def heartbeat(self, holder: str, leases: Iterable[Lease], duration: timedelta) -> frozenset[UUID]:
        """Extends the leases still held; returns their job ids. A missing id was lost or cancelled: stop that work."""
        ...

    async def leased_document(self, lease: Lease) -> bytes:
        """The document of a leased job, whole (the gateway's size limit bounds it). Raises `LeaseLost`."""
        ...

    async def record(self, lease: Lease, kind: str, data: JsonObject) -> None:
        """Appends an event to the job. Raises `LeaseLost`."""
        ...

    async def write(self, pieces: Sequence[Piece]) -> None:
        """Adds pieces of answers, of several jobs at once, and announces them to those who `watch_written`.

        A piece that is there already is left as it is, and one whose lease is lost is dropped without a word.
        """
        ...

    async def complete(self, lease: Lease, result: JsonObject) -> None:
        """running → done with its result. Raises `LeaseLost` when the fence is old; then nothing was written."""
        ...

    async def fail(self, lease: Lease, problem: Problem) -> None:
        """running → failed: the document or request is at fault. Raises `LeaseLost`."""
        ...

    async def retry(self, lease: Lease, problem: Problem, *, delay: timedelta) -> JobState:
        """running → queued after `delay`, or → dead when attempts are used up. Returns the new state. Raises `LeaseLost`."""
        ...

    async def release(self, lease: Lease) -> None:
        """Hands the job back untouched: running → queued at once, the attempt not counted. Raises `LeaseLost`."""
        ...

    # --- housekeeping and watching ----------------------------------------------------------------------------------

    async def reap(self) -> int:
        """Ends expired leases: → queued with backoff, or → dead when attempts are used up. Returns how many."""
        ...

    async def purge(self, retention: Retention) -> int:
        """Deletes documents and jobs that are final and past their time. Returns how many rows went. Totals survive."""
        ...

    async def depths(self, workers: Iterable[str] | None = None) -> Sequence[Depth]:
        """Queued and running per worker class; a named class without jobs is reported with zeros."""
        ...

    async def next_available(self, worker: str) -> float | None:
        """Seconds until a waiting retry of this class becomes available, None when none waits."""
        ...

    async def outcomes(self) -> Mapping[tuple[str, str], int]:
        """How many jobs ended, ever, per (worker, final state); retention does not lower it."""
        ...

    def watch(self) -> AbstractAsyncContextManager[AsyncIterator[Wakeup]]:
        """Notices from now on. Reconnects by itself and then says `resync`. Notices may be merged, never invented."""
        ...

    def watch_written(self) -> AbstractAsyncContextManager[AsyncIterator[Wakeup]]:
        """As `watch`, of pieces alone (kind `written`): there are many, and only a gateway wants them."""
        ...

    # --- the lamp ---------------------------------------------------------------------------------------------------

    async def beat(self, presence: Presence) -> None:
        """Writes this worker's presence (`beat_at` is the database's clock) and announces a changed state or stage."""
        ...

    async def leave(self, holder: str) -> None:
        """Removes the presence."""
        ...

    async def presences(self, *, within: timedelta) -> Sequence[Presence]:
        """Presences that beat within that time."""
        ...

    async def tally(self, holder: str, tallies: Iterable[Tally]) -> None:
        """Replaces this holder's tallies. Tallies of holders that are gone stay counted."""
        ...

    async def tallies(self) -> Sequence[Tally]:
        """All holders' tallies added up per (worker, metric, label)."""
        ...
