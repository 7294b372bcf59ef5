"""Jobs as their tenant sees them: one, many, a result, a cancellation; and waiting for a job without asking again and again."""

import re
import time

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ... import logs
from ...queue.job import FINAL_STATES, Job, JobState
from ...settings import parse_duration
from ..envelope import note
from ..parts import GatewayParts
from ..problems import RequestRefused
from ..wire import job_json, problem_json
from .route import api_route, ended_with_the_client, job_id_of, json_response, query_invalid, whole_number
from .submit import submission

#: Longer waits are cut to this: proxies between us and the client close a silent connection after a minute.
MOST_WAIT_SECONDS = 60.0
DEFAULT_PAGE = 50
MOST_PAGE = 200
#: A search longer than this matches no document name.
SEARCH_CHARACTERS = 200

_NO_TIME = re.compile(r"0+(\.0+)?(ms|s|m|h|d)?")


def routes(parts: GatewayParts) -> list[Route]:
    """All routes of jobs but events and pictures."""
    jobs = _Jobs(parts)
    return [
        api_route(parts, "/v1/jobs", {"POST": submission(parts), "GET": jobs.list}),
        api_route(parts, "/v1/jobs/{job_id}", {"GET": jobs.get, "DELETE": jobs.cancel}),
        api_route(parts, "/v1/jobs/{job_id}/result", {"GET": jobs.result}),
    ]


class _Jobs:
    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts
        self._store = parts.store

    async def list(self, request: Request, tenant: str) -> Response:
        query = request.query_params
        search = query.get("q", "")
        if len(search) > SEARCH_CHARACTERS or not search.isprintable():
            raise query_invalid("q", f"at most {SEARCH_CHARACTERS} printable characters")
        page = await self._store.list_jobs(
            tenant,
            limit=whole_number(request, "limit", DEFAULT_PAGE, least=1, most=MOST_PAGE),
            cursor=query.get("cursor"),
            state=_state(query.get("state")),
            search=search,
        )
        return json_response({"jobs": [job_json(job) for job in page.jobs], "next_cursor": page.next_cursor})

    async def get(self, request: Request, tenant: str) -> Response:
        job_id = job_id_of(request)
        wait_seconds = _wait_seconds(request.query_params.get("wait"))
        job = await self._store.get(tenant, job_id)
        if wait_seconds and job.state not in FINAL_STATES:
            job = await self._wait(request, tenant, job, wait_seconds)
        return json_response(job_json(job))

    async def cancel(self, request: Request, tenant: str) -> Response:
        job_id = job_id_of(request)
        if _erases(request.query_params.get("erase")):
            await self._store.erase(tenant, job_id)
            self._parts.pictures.forget(job_id)
            note(request, "job-erased", job=str(job_id), tenant=tenant)
            return Response(status_code=204)
        job = await self._store.cancel(tenant, job_id)
        logs.event("job-cancelled", job=job.id, tenant=tenant, state=job.state.value)
        return json_response(job_json(job))

    async def result(self, request: Request, tenant: str) -> Response:
        job_id = job_id_of(request)
        result = await self._store.result(tenant, job_id)
        if result is not None:
            return json_response(result)
        raise _without_result(await self._store.get(tenant, job_id))

    async def _wait(self, request: Request, tenant: str, job: Job, seconds: float) -> Job:
        until = time.monotonic() + seconds
        subscription = self._parts.watcher.job(job.id)
        with self._parts.held.holding(job.worker), subscription as notices:
            async with ended_with_the_client(request, notices):
                # Read again: the job may have ended between the first reading and the subscription.
                job = await self._store.get(tenant, job.id)
                while job.state not in FINAL_STATES and not notices.ended and time.monotonic() < until:
                    await notices.next(until - time.monotonic())
                    job = await self._store.get(tenant, job.id)
        return job


def _wait_seconds(text: str | None) -> float:
    if text is None or _NO_TIME.fullmatch(text):
        return 0.0
    try:
        return min(MOST_WAIT_SECONDS, parse_duration(text).total_seconds())
    except ValueError:
        raise query_invalid("wait", f"a duration such as 500ms or 30s, at most {MOST_WAIT_SECONDS:g}s") from None


def _erases(text: str | None) -> bool:
    if text not in (None, "true", "false"):
        raise query_invalid("erase", "true or false")
    return text == "true"


def _state(text: str | None) -> JobState | None:
    if text is None:
        return None
    try:
        return JobState(text)
    except ValueError:
        raise query_invalid("state", f"one of {', '.join(JobState)}") from None


def _without_result(job: Job) -> RequestRefused:
    extras = {"state": job.state.value, "problem": problem_json(job.problem)}
    if job.state not in FINAL_STATES:
        sentence = f"The job is {job.state}; it has no result yet."
        return RequestRefused(
            409, "job-not-done", sentence, hint=f"GET /v1/jobs/{job.id}?wait=30s waits for it.", extras=extras
        )
    if job.state is JobState.CANCELLED:
        return RequestRefused(409, "job-cancelled", "The job was cancelled; it will never have a result.", extras=extras)
    why, hint = (job.problem.sentence, job.problem.hint) if job.problem else ("", "")
    return RequestRefused(409, "job-failed", f"The job is {job.state}. {why}".strip(), hint=hint, extras=extras)
