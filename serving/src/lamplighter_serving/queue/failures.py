"""The sentences both stores say when something cannot be done."""

from uuid import UUID

from ..errors import IdempotencyConflict, JobNotFound, LeaseLost
from .job import Lease, Problem

#: What a job says after a worker let its lease run out.
WORKER_LOST = Problem(
    code="worker-lost",
    sentence="The worker that had this job stopped answering.",
    hint="If this repeats, the document may be what ends the workers: look at their logs at this time.",
)


def job_not_found(job_id: UUID) -> JobNotFound:
    """The tenant has no job of this id."""
    return JobNotFound(f"There is no job {job_id}.", hint="It may be another tenant's, or past its retention time.")


def lease_lost(lease: Lease) -> LeaseLost:
    """A write came too late."""
    return LeaseLost(f"{lease.holder} no longer holds job {lease.job.id} (fence {lease.fence}); nothing was written.")


def idempotency_conflict(job_id: UUID) -> IdempotencyConflict:
    """The key was used for another request."""
    return IdempotencyConflict(
        f"The idempotency key belongs to job {job_id}, whose request was different.",
        hint="Use a new key for a new request.",
    )
