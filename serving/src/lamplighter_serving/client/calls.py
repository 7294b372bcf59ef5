"""The API's operations without any input or output: each says what to send, gets the answer, and gives a value or an error.

An operation is a generator of `Call`s, so the two clients, which wait in different ways, share every word of it. All calls may
be sent twice: a submission carries an Idempotency-Key, and makes one job at most.
"""

import uuid
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
from orjson import JSONDecodeError, dumps, loads

from .answers import Job, Result
from .errors import ApiError, GatewayAway, JobEnded

T = TypeVar("T")

#: How long one question for a job is held; proxies would cut off one of more than a minute.
WAIT_SECONDS = 30
#: Beyond a held question's own length.
TIMEOUT_SECONDS = 30.0
#: A gateway that does not answer, or says that it cannot now, is asked again for so long.
PATIENCE_SECONDS = 120.0
FIRST_PAUSE_SECONDS = 0.5
MOST_PAUSE_SECONDS = 15.0
#: What says "not now".
BUSY = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.BAD_GATEWAY, httpx.codes.SERVICE_UNAVAILABLE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request."""

    method: str
    path: str
    what: Mapping[str, Any] = field(default_factory=dict)  # keyword arguments of httpx


Operation = Generator[Call, httpx.Response, T]


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """What is submitted: bytes, and a name to find the job by."""

    content: bytes
    name: str

    @classmethod
    def of(cls, document: Path | bytes, name: str | None) -> "Document":
        """A file, or bytes. Raises `OSError`."""
        if isinstance(document, Path):
            return cls(content=document.read_bytes(), name=name or document.name)
        return cls(content=document, name=name or "document")


def submit(
    document: Document,
    *,
    extractor: str | None = None,
    schema: Mapping[str, Any] | None = None,
    instructions: str = "",
    priority: int = 0,
    idempotency_key: str | None = None,
) -> Operation[Job]:
    """Submits a document for an extractor, or with a schema of its own. Raises `ApiError`."""
    fields = {"instructions": instructions, "priority": str(priority) if priority else ""}
    fields |= {"extractor": extractor or "", "schema": "" if schema is None else dumps(dict(schema)).decode()}
    what = {
        "data": {name: value for name, value in fields.items() if value},
        "files": {"document": (document.name, document.content)},
        "headers": {"idempotency-key": idempotency_key or str(uuid.uuid4())},
    }
    return Job.from_json((yield from _json(Call(method="POST", path="/v1/jobs", what=what))))


def job(job_id: str, *, wait_seconds: float = 0.0) -> Operation[Job]:
    """The job as it stands, or as it ends within `wait_seconds` (at most a minute). Raises `ApiError`."""
    params = {"wait": f"{wait_seconds:g}s"} if wait_seconds else {}
    return Job.from_json((yield from _json(Call(method="GET", path=f"/v1/jobs/{job_id}", what={"params": params}))))


def wait(job_id: str) -> Operation[Job]:
    """The job once it has ended, however long that takes. Raises `ApiError`."""
    while not (found := (yield from job(job_id, wait_seconds=WAIT_SECONDS))).final:
        pass
    return found


def result(job_id: str) -> Operation[Result]:
    """The result of a job that is done. Raises `ApiError` when it is not."""
    return Result.from_json((yield from _json(Call(method="GET", path=f"/v1/jobs/{job_id}/result"))))


def outcome(job_id: str) -> Operation[Result]:
    """The result of a job, once there is one. Raises `JobEnded` when there will be none."""
    ended = yield from wait(job_id)
    if ended.state != "done":
        raise JobEnded(ended.id, ended.state, ended.problem)
    return (yield from result(job_id))


def cancel(job_id: str) -> Operation[Job]:
    """Cancels the job if it has not ended."""
    return Job.from_json((yield from _json(Call(method="DELETE", path=f"/v1/jobs/{job_id}"))))


def page(*, state: str | None, search: str, cursor: str | None, limit: int) -> Operation[tuple[tuple[Job, ...], str | None]]:
    """Jobs, newest first, and where the next page begins."""
    params = {"state": state, "q": search or None, "cursor": cursor, "limit": limit}
    given = {name: value for name, value in params.items() if value is not None}
    answer = yield from _json(Call(method="GET", path="/v1/jobs", what={"params": given}))
    return tuple(Job.from_json(each) for each in answer["jobs"]), answer["next_cursor"]


def extractors() -> Operation[list[Mapping[str, Any]]]:
    """The extractors by name, title, worker and schema."""
    return list((yield from _json(Call(method="GET", path="/v1/extractors"))))


def lamps() -> Operation[list[Mapping[str, Any]]]:
    """The lamps of all worker classes."""
    return list((yield from _json(Call(method="GET", path="/v1/lamps"))))


def pause_seconds(response: httpx.Response | None, tries: int) -> float | None:
    """How long to wait before a call is made again, None when it was answered. `response` is None where nobody listened."""
    if response is not None and response.status_code not in BUSY:
        return None
    growing = min(MOST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** (tries - 1))
    asked = "" if response is None else response.headers.get("retry-after", "")
    return min(MOST_PAUSE_SECONDS, float(asked)) if asked.isdecimal() else growing


def gave_up(address: object, response: httpx.Response | None, patience_seconds: float) -> GatewayAway:
    """The error when the patience is over."""
    said = "did not answer" if response is None else f"answered {response.status_code}"
    return GatewayAway(
        f"The gateway at {address} {said} for {patience_seconds:g} s.", hint="Is it running, and is this its address?"
    )


def _json(call: Call) -> Operation[Any]:
    response = yield call
    try:
        answer = loads(response.content)
    except JSONDecodeError:
        answer = None
    if response.is_success and answer is not None:
        return answer
    if response.is_client_error and isinstance(answer, dict):
        raise ApiError(response.status_code, answer)
    raise GatewayAway(f"The gateway answered {response.status_code} to {call.method} {call.path}, and no JSON of ours.")
