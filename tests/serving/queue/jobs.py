"""What nearly every test of the queue does with a store: a job submitted, a lease taken, a document or a history read."""

from datetime import timedelta
from uuid import UUID

from lamplighter_serving.queue.job import Job, Lease, NewJob, Problem
from lamplighter_serving.queue.store import JobStore

TENANT = "acme"
OTHER_TENANT = "globex"
WORKER = "extract"
HOLDER = "worker-1"
#: Longer than any test takes: no lease ends unless the test lets time pass.
LEASE = timedelta(minutes=10)
PROBLEM = Problem(code="engine-unavailable", sentence="The engine failed.", hint="Look at its log.")
DOCUMENT = b"%PDF-1.7 invoice"
#: A test that waits longer than this for something that must come has failed.
DEADLINE_SECONDS = 20


def new_job(**changes: object) -> NewJob:
    """A small job of `TENANT` for `WORKER`."""
    facts: dict[str, object] = {"tenant": TENANT, "worker": WORKER, "request": {"schema": {}}, "document_name": "invoice.pdf"}
    return NewJob(**{**facts, **changes})  # type: ignore[arg-type]


async def submit(store: JobStore, document: bytes = DOCUMENT, **changes: object) -> Job:
    """Submits a job and gives it."""
    return (await store.submit(new_job(**changes), document)).job


async def lease_one(store: JobStore, *, worker: str = WORKER, holder: str = HOLDER, duration: timedelta = LEASE) -> Lease:
    """Takes the next job. One must be there."""
    (lease,) = await store.lease(worker, holder=holder, limit=1, duration=duration)
    return lease


async def submit_and_lease(store: JobStore, document: bytes = DOCUMENT, **changes: object) -> Lease:
    """Submits a job to an empty queue and takes it."""
    job = await submit(store, document, **changes)
    lease = await lease_one(store)
    assert lease.job.id == job.id
    return lease


async def document_of(store: JobStore, job_id: UUID, tenant: str = TENANT) -> bytes:
    """The document, put together from its pieces."""
    return b"".join([piece async for piece in store.document(tenant, job_id)])


async def kinds_of(store: JobStore, job_id: UUID) -> list[str]:
    """What happened to the job, in order."""
    return [event.kind for event in await store.events(TENANT, job_id)]
