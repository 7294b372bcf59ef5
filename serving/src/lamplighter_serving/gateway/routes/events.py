"""Server-sent events: of one job from its first to its last, and of everything a tenant's page shows."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ...errors import JobNotFound, StoreUnavailable
from ...queue.job import FINAL_STATES, Job, Wakeup
from ..lampboard import FRESH_SECONDS
from ..lamps import Lamp, lamp_json
from ..parts import GatewayParts
from ..wire import event_json, job_json, sse_message
from .route import api_route, job_id_of

#: A comment keeps a silent stream alive: proxies close one after 30 to 60 s.
KEEP_ALIVE_SECONDS = 15.0
#: The page's stream looks at the lamps this often even when no notice came: a countdown ends, a killed worker stops beating.
LAMP_SECONDS = 2.0
#: Notices of this long are answered together: a person sees no difference, a busy queue makes hundreds a second.
GATHER_SECONDS = 0.05
#: When anything may have changed, the page gets this many of the newest jobs again: as many as its list shows at first.
RESYNC_JOBS = 50
#: Pause before a stream asks a store again that did not answer.
RETRY_SECONDS = 1.0

KEEP_ALIVE = b": still here\n\n"
#: The first line of each stream: after a lost connection the browser comes back this fast.
RECONNECT = b"retry: 2000\n\n"


def routes(parts: GatewayParts) -> list[Route]:
    """Both streams."""

    async def job_events(request: Request, tenant: str) -> Response:
        job = await parts.store.get(tenant, job_id_of(request))
        return _stream(_follow_job(parts, job, _last_event_id(request)))

    async def page_events(_request: Request, tenant: str) -> Response:
        return _stream(_follow_tenant(parts, tenant))

    return [
        api_route(parts, "/v1/jobs/{job_id}/events", {"GET": job_events}),
        api_route(parts, "/v1/events", {"GET": page_events}),
    ]


def _stream(messages: AsyncIterator[bytes]) -> Response:
    # X-Accel-Buffering: nginx would otherwise hold events back until its buffer is full.
    return StreamingResponse(messages, media_type="text/event-stream", headers={"x-accel-buffering": "no"})


def _last_event_id(request: Request) -> int:
    text = request.headers.get("last-event-id", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0


async def _follow_job(parts: GatewayParts, job: Job, after: int) -> AsyncIterator[bytes]:
    """The job's events after a sequence, as they happen, until a final one, or until the process stops."""
    yield RECONNECT
    with parts.held.holding(job.worker), parts.watcher.job(job.id) as notices:
        while not notices.ended:
            try:
                # First the state, then the events: once the state is final, the events read after it are all there will be.
                final = (await parts.store.get(job.tenant, job.id)).state in FINAL_STATES
                for event in await parts.store.events(job.tenant, job.id, after=after):
                    after = event.sequence
                    yield sse_message(event.kind, event_json(event), sequence=event.sequence)
                if final:
                    return
            except JobNotFound:
                return  # retention deleted it
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not await notices.next(KEEP_ALIVE_SECONDS) and not notices.ended:
                yield KEEP_ALIVE


async def _follow_tenant(parts: GatewayParts, tenant: str) -> AsyncIterator[bytes]:
    """The lamps at once, then each lamp and each of the tenant's jobs whenever it changes."""
    yield RECONNECT
    shown: dict[str, object] = {}
    silent_seconds = 0.0
    changed: tuple[Wakeup, ...] = ()
    with parts.watcher.everything() as notices:
        while not notices.ended:
            messages = []
            try:
                messages += [sse_message("job", job_json(job)) for job in await _changed_jobs(parts, tenant, changed)]
                lamps = [lamp for lamp in await parts.lampboard.lamps() if shown.get(lamp.worker) != _face(lamp)]
                messages += [sse_message("lamp", lamp_json(lamp)) for lamp in lamps]
                shown.update((lamp.worker, _face(lamp)) for lamp in lamps)
            except StoreUnavailable:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if messages:
                yield b"".join(messages)
                silent_seconds = 0.0
            elif silent_seconds >= KEEP_ALIVE_SECONDS:
                yield KEEP_ALIVE
                silent_seconds = 0.0
            # After a change once more: the lamps may have been read before it, and are given out for a while.
            pause_seconds = FRESH_SECONDS if changed else LAMP_SECONDS
            changed = await notices.next(pause_seconds)
            if changed:
                await asyncio.sleep(GATHER_SECONDS)
                changed += await notices.next(0.0)
            else:
                silent_seconds += pause_seconds


async def _changed_jobs(parts: GatewayParts, tenant: str, notices: Iterable[Wakeup]) -> list[Job]:
    """The tenant's jobs among those that changed, oldest change first."""
    if any(notice.kind == "resync" for notice in notices):
        page = await parts.store.list_jobs(tenant, limit=RESYNC_JOBS)
        return list(reversed(page.jobs))
    job_ids: dict[UUID, None] = {notice.job_id: None for notice in notices if notice.job_id is not None}
    jobs = []
    for job_id in job_ids:
        try:
            jobs.append(await parts.store.get(tenant, job_id))
        except JobNotFound:
            continue  # another tenant's
    return jobs


def _face(lamp: Lamp) -> object:
    """What makes a lamp look different. A countdown does not: the page counts by itself."""
    return (
        lamp.state,
        lamp.stage,
        tuple(lamp.stages.items()),
        lamp.expected_seconds,
        lamp.queued,
        lamp.running,
        lamp.documents_per_minute,
        lamp.replicas,
    )
