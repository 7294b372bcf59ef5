"""Jobs, events and lamps as the API writes them: plain JSON objects, times in RFC 3339 and UTC."""

import json
from dataclasses import asdict
from datetime import UTC, datetime

from ..queue.job import Job, JobEvent, JsonObject, Problem


def job_json(job: Job) -> JsonObject:
    """A job without its tenant, its request and its lease."""
    created_at = time_text(job.created_at)
    return {
        "id": str(job.id),
        "state": job.state.value,
        "worker": job.worker,
        "extractor": job.extractor,
        "name": job.document_name,
        "bytes": job.document_bytes,
        "priority": job.priority,
        "attempt": job.attempt,
        "max_attempts": job.max_attempts,
        "created_at": created_at,
        "available_at": created_at if job.available_at == job.created_at else time_text(job.available_at),
        "started_at": time_text(job.started_at),
        "finished_at": time_text(job.finished_at),
        "problem": problem_json(job.problem),
    }


def problem_json(problem: Problem | None) -> JsonObject | None:
    """Why a job ended or was retried."""
    return None if problem is None else asdict(problem)


def event_json(event: JobEvent) -> JsonObject:
    """One event of a job."""
    return {"sequence": event.sequence, "at": time_text(event.at), "kind": event.kind, "data": dict(event.data)}


def time_text(moment: datetime | None) -> str | None:
    """`2026-03-01T08:15:30.123456Z`, None for None."""
    if moment is None:
        return None
    return f"{moment.astimezone(UTC).isoformat()[: -len('+00:00')]}Z"


def sse_message(kind: str, data: JsonObject, *, sequence: int | None = None) -> bytes:
    """One server-sent event. Without a sequence a client's Last-Event-ID stays what it was."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    head = f"id: {sequence}\n" if sequence is not None else ""
    return f"{head}event: {kind}\ndata: {text}\n\n".encode()
