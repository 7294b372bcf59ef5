"""What both stores make of a submitted job."""

from datetime import datetime
from uuid import UUID

from .job import Job, JobState, NewJob
from .text import storable


def queued_job(job_id: UUID, new: NewJob, *, document_bytes: int, created_at: datetime) -> Job:
    """The job as it stands right after its submission."""
    return Job(
        id=job_id,
        tenant=new.tenant,
        worker=new.worker,
        extractor=new.extractor,
        request=new.request,
        state=JobState.QUEUED,
        priority=new.priority,
        attempt=0,
        max_attempts=new.max_attempts,
        fence=0,
        document_name=storable(new.document_name),
        document_bytes=document_bytes,
        created_at=created_at,
        available_at=created_at,
    )
