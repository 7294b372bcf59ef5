"""What a job is, the states it can be in, and what may follow what. No storage and no clock of its own.

A worker holds a job through a *lease*: a right with an end, renewed by heartbeats. Each lease carries a *fence*, a number that
grows with every lease of that job; a write with an old fence is refused, so a worker that slept past its lease cannot publish.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

#: A JSON object as the standard library reads it.
JsonObject = Mapping[str, object]


class JobState(StrEnum):
    """Where a job stands. `done`, `failed`, `dead` and `cancelled` are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # the document or the request is at fault; trying again would give the same
    DEAD = "dead"  # its workers kept dying or its engine kept failing: the dead-letter state
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({JobState.DONE, JobState.FAILED, JobState.DEAD, JobState.CANCELLED})

#: Which state may follow which. `running → queued` is a lease handed back, lost, or a retry.
TRANSITIONS: Mapping[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.DONE, JobState.FAILED, JobState.QUEUED, JobState.DEAD, JobState.CANCELLED}),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.DEAD: frozenset(),
    JobState.CANCELLED: frozenset(),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Why a job ended without a result, for a person and for a program."""

    code: str
    sentence: str
    hint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewJob:
    """A job as the gateway hands it to the queue. `request` is what the worker needs to extract (schema, instructions)."""

    tenant: str
    worker: str
    request: JsonObject
    extractor: str | None = None
    document_name: str = ""
    idempotency_key: str | None = None
    request_digest: str = ""  # over everything the client sent; tells a repeated key from a reused one
    priority: int = 0  # higher goes first
    max_attempts: int = 5
    webhook: str | None = None  # who is told of the end; the store in memory tells nobody


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job as it stands in the queue."""

    id: UUID
    tenant: str
    worker: str
    extractor: str | None
    request: JsonObject
    state: JobState
    priority: int
    attempt: int  # leases that ended badly so far, plus the present one
    max_attempts: int
    fence: int
    document_name: str
    document_bytes: int
    created_at: datetime
    available_at: datetime  # not leased before: a retry waits here
    started_at: datetime | None = None  # first lease
    finished_at: datetime | None = None
    lease_expires_at: datetime | None = None
    problem: Problem | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right to work on a job until `expires_at`. Every write of the worker names `job.id` and `fence`."""

    job: Job
    holder: str
    fence: int
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class JobEvent:
    """One thing that happened to a job. `sequence` grows within the job, without gaps being promised."""

    job_id: UUID
    sequence: int
    at: datetime
    kind: str  # queued, waking, stage, running, retry, done, failed, dead, cancelled
    data: JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """As much of a job as somebody needs who waits for its end."""

    state: JobState
    fence: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """How far an answer has been read: the lease (by its fence) and the number of the piece."""

    fence: int = 0
    ordinal: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A part of an answer that is being written. `ordinal` counts from 1 within a lease, without gaps."""

    job_id: UUID
    fence: int
    ordinal: int
    content: JsonObject


@dataclass(frozen=True, kw_only=True, slots=True)
class Depth:
    """How much work a worker class has: what scaling is decided on. Retries that wait for later are not counted as queued."""

    worker: str
    queued: int
    running: int
    oldest_age_seconds: float

    @property
    def active(self) -> bool:
        """Whether a replica is needed at all."""
        return self.queued + self.running > 0


@dataclass(frozen=True, kw_only=True, slots=True)
class JobPage:
    """One page of a tenant's jobs, newest first. `next_cursor` is None on the last page."""

    jobs: tuple[Job, ...]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Wakeup:
    """A notice that something changed. A hint, never the truth: whoever gets it reads the state."""

    worker: str  # empty: several, or the connection was lost and anything may have changed
    job_id: UUID | None
    kind: str  # committed, changed, finished, lamp, written, resync
