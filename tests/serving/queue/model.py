"""What the queue is, in the fewest words: a job's life as the documents of `queue.job` and `queue.store` tell it.

Written from those alone, without a look at either store. Time is whole minutes and moves only when it is told to.
"""

from dataclasses import dataclass, field
from itertools import takewhile


@dataclass(kw_only=True, slots=True)
class ModelJob:
    """One job. `number` is its age: the lower, the older."""

    number: int
    tenant: str
    worker: str
    priority: int
    max_attempts: int
    available_minute: int
    state: str = "queued"
    attempt: int = 0
    fence: int = 0
    holder: str = ""
    expires_minute: int = 0
    lease_number: int = 0  # the latest lease, counted over all; 0: never
    problem: str | None = None
    result: dict[str, object] | None = None
    kinds: list[str] = field(default_factory=lambda: ["queued"])

    @property
    def final(self) -> bool:
        """Whether nothing may follow."""
        return self.state in ("done", "failed", "dead", "cancelled")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelLease:
    """A right to a job, living or not."""

    job: ModelJob
    holder: str
    fence: int


def suspect(job: ModelJob, *, losses: int) -> bool:
    """Whether it may be the job that ends its workers, and is to be alone with the next one."""
    return losses >= 2 and job.problem == "worker-lost"


class Model:
    """All jobs."""

    def __init__(self) -> None:
        self.minute = 0
        self.leases = 0
        self.jobs: list[ModelJob] = []

    def submit(self, *, tenant: str, worker: str, priority: int, max_attempts: int) -> ModelJob:
        """A new job."""
        job = ModelJob(
            number=len(self.jobs),
            tenant=tenant,
            worker=worker,
            priority=priority,
            max_attempts=max_attempts,
            available_minute=self.minute,
        )
        self.jobs.append(job)
        return job

    def lease(self, worker: str, *, holder: str, limit: int, minutes: int) -> list[ModelLease]:
        """Takes ready jobs in turn: one of the tenant that was served the longest ago, its most urgent and then its oldest."""
        leases = []
        held = [job for job in self.jobs if job.state == "running" and (job.worker, job.holder) == (worker, holder)]
        line = [] if any(suspect(job, losses=job.attempt - 1) for job in held) else self.in_turn(worker)[:limit]
        before = list(takewhile(lambda job: not suspect(job, losses=job.attempt), line))
        for job in before if before or held else line[:1]:
            self.leases += 1
            job.lease_number = self.leases
            job.state, job.holder, job.expires_minute = "running", holder, self.minute + minutes
            job.attempt += 1
            job.fence += 1
            job.kinds.append("running")
            leases.append(ModelLease(job=job, holder=holder, fence=job.fence))
        return leases

    def in_turn(self, worker: str) -> list[ModelJob]:
        """Ready jobs as they are to go: round by round, one of each tenant; those with a priority below 0 after all others."""
        served = {job.tenant: 0 for job in self.jobs}
        for job in self.jobs:
            if job.worker == worker:
                served[job.tenant] = max(served[job.tenant], job.lease_number)
        ready = [job for job in self.jobs if job.worker == worker and self.ready(job)]
        ready.sort(key=lambda job: (-job.priority, job.number))
        places: dict[str, int] = {}
        rounds = {}
        for job in ready:
            rounds[job.number] = places[job.tenant] = places.get(job.tenant, -1) + 1
        return sorted(
            ready, key=lambda job: (job.priority < 0, rounds[job.number], served[job.tenant], -job.priority, job.number)
        )

    def ready(self, job: ModelJob) -> bool:
        """Whether the job may be leased."""
        return job.state == "queued" and job.available_minute <= self.minute

    def holds(self, lease: ModelLease) -> bool:
        """Whether a write of this lease is allowed."""
        job = lease.job
        return job.state == "running" and job.fence == lease.fence and job.expires_minute > self.minute

    def extend(self, lease: ModelLease, minutes: int) -> None:
        """A heartbeat."""
        lease.job.expires_minute = self.minute + minutes

    def end(self, job: ModelJob, state: str, problem: str | None) -> None:
        """A final state."""
        job.state, job.problem = state, problem
        job.kinds.append(state)

    def try_again(self, job: ModelJob, problem: str, delay_minutes: int) -> None:
        """Back after a rest, or dead."""
        if job.attempt >= job.max_attempts:
            self.end(job, "dead", problem)
        else:
            job.state, job.problem, job.available_minute = "queued", problem, self.minute + delay_minutes
            job.kinds.append("retry")

    def release(self, job: ModelJob) -> None:
        """Back at once, the attempt not counted."""
        job.state = "queued"
        job.attempt -= 1
        job.kinds.append("queued")

    def expired(self) -> list[ModelJob]:
        """Jobs whose leases ran out and were not reaped yet."""
        return [job for job in self.jobs if job.state == "running" and job.expires_minute <= self.minute]

    def depth(self, worker: str) -> tuple[int, int]:
        """Queued and running."""
        own = [job for job in self.jobs if job.worker == worker]
        return sum(map(self.ready, own)), sum(job.state == "running" for job in own)

    def outcomes(self) -> dict[tuple[str, str], int]:
        """How many jobs ended, by class and state."""
        counted: dict[tuple[str, str], int] = {}
        for job in self.jobs:
            if job.final:
                counted[job.worker, job.state] = counted.get((job.worker, job.state), 0) + 1
        return counted
