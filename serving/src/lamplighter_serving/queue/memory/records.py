"""All jobs of a store in memory, and one function for each thing that may happen to one. No statement of a caller here."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from ..failures import WORKER_LOST, job_not_found, lease_lost
from ..job import Job, JobEvent, JobState, JsonObject, Lease, Piece, Problem, Wakeup
from ..notices import Mailbox


@dataclass(kw_only=True, slots=True)
class Record:
    """Everything about one job."""

    job: Job
    digest: str
    pieces: tuple[bytes, ...]
    document_kept: bool = True
    holder: str = ""
    leased_at: datetime | None = None  # the latest lease
    result: JsonObject | None = None
    events: list[JobEvent] = field(default_factory=list)
    written: list[Piece] = field(default_factory=list)


class Records:
    """The jobs. Time never stands still here: two changes never have the same moment, however seldom the clock is turned."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._last: datetime | None = None
        self.by_id: dict[UUID, Record] = {}
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.mailboxes: list[Mailbox] = []

    def now(self) -> datetime:
        """The clock's time, or a microsecond after the last answer where that is later."""
        now = self._clock()
        if self._last is not None and now <= self._last:
            now = self._last + timedelta(microseconds=1)
        self._last = now
        return now

    def of_tenant(self, tenant: str, job_id: UUID) -> Record:
        """Raises `JobNotFound`."""
        record = self.by_id.get(job_id)
        if record is None or record.job.tenant != tenant:
            raise job_not_found(job_id)
        return record

    def ready(self, now: datetime) -> list[Record]:
        """Jobs that may be leased."""
        return [
            record for record in self.by_id.values() if record.job.state is JobState.QUEUED and record.job.available_at <= now
        ]

    def find_held(self, lease: Lease, now: datetime) -> Record | None:
        """The job of a living lease, None when it is lost."""
        record = self.by_id.get(lease.job.id)
        if record is None or record.job.fence != lease.fence or record.job.lease_expires_at is None:
            return None
        return record if record.job.lease_expires_at > now else None

    def held(self, lease: Lease) -> Record:
        """The job of a living lease. Raises `LeaseLost`."""
        record = self.find_held(lease, self.now())
        if record is None:
            raise lease_lost(lease)
        return record

    def beside_each_other(self, ready: Sequence[Record], worker: str, holder: str) -> Sequence[Record]:
        """Those of the ready jobs that the holder may have now: one that may end its worker comes alone (see leases.sql)."""
        running = [record for record in self.by_id.values() if record.job.state is JobState.RUNNING]
        held = [record for record in running if (record.job.worker, record.holder) == (worker, holder)]
        if any(_suspect(record.job, losses=record.job.attempt - 1) for record in held):
            return ()
        before = tuple(takewhile(lambda record: not _suspect(record.job, losses=record.job.attempt), ready))
        return before if before or held else ready[:1]

    def lease(self, record: Record, holder: str, now: datetime, duration: timedelta) -> Lease:
        """queued → running. Jobs leased together have their turns one after the other."""
        job = record.job
        record.holder, record.leased_at = holder, self.now()
        record.job = replace(
            job,
            state=JobState.RUNNING,
            attempt=job.attempt + 1,
            fence=job.fence + 1,
            started_at=job.started_at or now,
            lease_expires_at=now + duration,
        )
        self.note(record, "running", {"attempt": record.job.attempt}, "changed")
        return Lease(job=record.job, holder=holder, fence=record.job.fence, expires_at=now + duration)

    def release(self, record: Record) -> None:
        """running → queued, the attempt not counted."""
        job = record.job
        record.job = replace(job, state=JobState.QUEUED, attempt=job.attempt - 1, lease_expires_at=None)
        self.note(record, "queued", {}, "committed")

    def try_again(self, record: Record, problem: Problem, delay: timedelta) -> JobState:
        """running → queued after a rest, or → dead when the attempts are used up."""
        data = trouble(record.job, problem)
        if record.job.attempt >= record.job.max_attempts:
            self.end(record, JobState.DEAD, problem, data)
        else:
            available_at = self.now() + delay
            record.job = replace(
                record.job, state=JobState.QUEUED, available_at=available_at, lease_expires_at=None, problem=problem
            )
            self.note(record, "retry", data, "changed")
        return record.job.state

    def end(self, record: Record, state: JobState, problem: Problem | None, data: JsonObject) -> None:
        """→ a final state."""
        record.job = replace(record.job, state=state, finished_at=self.now(), lease_expires_at=None, problem=problem)
        self.outcomes[record.job.worker, state.value] += 1
        self.note(record, state.value, data, "finished")

    def note(self, record: Record, kind: str, data: JsonObject, wakeup: str) -> None:
        """Appends an event and announces it."""
        job = record.job
        event = JobEvent(job_id=job.id, sequence=len(record.events) + 1, at=self.now(), kind=kind, data=data)
        record.events.append(event)
        self.announce(Wakeup(worker=job.worker, job_id=job.id, kind=wakeup))

    def announce(self, wakeup: Wakeup) -> None:
        """Tells every watcher."""
        for mailbox in self.mailboxes:
            mailbox.put(wakeup)


def trouble(job: Job, problem: Problem) -> JsonObject:
    """What the event of a failed attempt says."""
    said = {"code": problem.code, "sentence": problem.sentence, "hint": problem.hint}
    return {"attempt": job.attempt, "problem": said}


def _suspect(job: Job, *, losses: int) -> bool:
    """Whether a job has lost its worker so often that it may be what ends workers."""
    return losses >= 2 and job.problem is not None and job.problem.code == WORKER_LOST.code
