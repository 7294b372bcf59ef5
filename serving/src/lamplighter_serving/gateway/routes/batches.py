"""`/v1/batches`: many questions in one file, answered when nobody waits for something else."""

import json
from datetime import timedelta
from reprlib import repr as short
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...completion import TASKS
from ...queue.job import JsonObject
from ...settings import parse_duration
from ..batches.archive import Archive
from ..batches.files import not_found as file_not_found
from ..batches.ids import BATCH_PREFIX, FILE_PREFIX, id_text, parse_id
from ..batches.table import not_found
from ..envelope import note
from ..parts import GatewayParts
from ..problems import RequestRefused
from ..upload import read_body
from .files import list_response, parse_after
from .route import api_route, json_response, whole_number

DEFAULT_PAGE = 20
MOST_PAGE = 100
MOST_BODY_BYTES = 64 * 1024
#: The API's own window; others are taken too, up to the time that finished jobs are kept by default.
DAY = "24h"
MOST_WINDOW = timedelta(days=30)
#: The API's own bounds of what a client may write beside a batch.
METADATA_KEYS, METADATA_KEY_CHARACTERS, METADATA_CHARACTERS = 16, 64, 512


def routes(parts: GatewayParts) -> list[Route]:
    """All routes of batches; none where the gateway has no archive."""
    if parts.archive is None:
        return []
    batches = _Batches(parts, parts.archive)
    return [
        api_route(parts, "/v1/batches", {"POST": batches.create, "GET": batches.list}),
        api_route(parts, "/v1/batches/{batch_id}", {"GET": batches.get}),
        api_route(parts, "/v1/batches/{batch_id}/cancel", {"POST": batches.cancel}),
    ]


class _Batches:
    def __init__(self, parts: GatewayParts, archive: Archive) -> None:
        self._parts = parts
        self._batches = archive.batches
        self._runner = archive.runner

    async def create(self, request: Request, tenant: str) -> Response:
        await self._parts.quotas.job(tenant)
        with self._parts.budget.hold(tenant) as hold:
            body = _object(await read_body(request, hold, most_bytes=MOST_BODY_BYTES))
        file_id = parse_id(FILE_PREFIX, body.get("input_file_id"))
        if file_id is None:
            raise file_not_found()
        batch = await self._batches.create(
            tenant,
            file_id=file_id,
            endpoint=_endpoint(body.get("endpoint")),
            window=str(body.get("completion_window", DAY)),
            lasts=_window(body.get("completion_window", DAY)),
            metadata=_metadata(body.get("metadata")),
        )
        self._runner.nudge()
        note(request, "batch-created", batch=id_text(BATCH_PREFIX, batch.id), tenant=tenant)
        return json_response(batch.json())

    async def list(self, request: Request, tenant: str) -> Response:
        limit = whole_number(request, "limit", DEFAULT_PAGE, least=1, most=MOST_PAGE)
        found = await self._batches.list(tenant, after=parse_after(request, BATCH_PREFIX), limit=limit + 1)
        return list_response([each.json() for each in found], limit)

    async def get(self, request: Request, tenant: str) -> Response:
        return json_response((await self._batches.get(tenant, _batch_id(request))).json())

    async def cancel(self, request: Request, tenant: str) -> Response:
        batch = await self._batches.cancel(tenant, _batch_id(request))
        self._runner.nudge()
        note(request, "batch-cancelled", batch=id_text(BATCH_PREFIX, batch.id), tenant=tenant)
        return json_response(batch.json())


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise RequestRefused(400, "body-malformed", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise RequestRefused(400, "body-malformed", "The body is not a JSON object.")
    unknown = sorted(set(body) - {"input_file_id", "endpoint", "completion_window", "metadata"})
    if unknown:
        raise _invalid(short(unknown[0])[1:-1], "not served here")
    return body


def _endpoint(value: object) -> str:
    paths = [task.path for task in TASKS.values()]
    if value not in paths:
        raise _invalid("endpoint", f"{short(value)}, and may be one of: {', '.join(paths)}")
    return str(value)


def _window(value: object) -> timedelta:
    try:
        lasts = parse_duration(value) if isinstance(value, str) else timedelta(0)
    except ValueError:
        lasts = timedelta(0)
    if not timedelta(0) < lasts <= MOST_WINDOW:
        raise _invalid("completion_window", f"{short(value)}, and may be {DAY} or another time up to {MOST_WINDOW.days}d")
    return lasts


def _metadata(value: object) -> JsonObject | None:
    if value is None:
        return None
    fits = isinstance(value, dict) and len(value) <= METADATA_KEYS
    if not fits or not all(
        len(key) <= METADATA_KEY_CHARACTERS and isinstance(text, str) and len(text) <= METADATA_CHARACTERS
        for key, text in value.items()  # type: ignore[attr-defined]
    ):
        raise _invalid("metadata", f"more than {METADATA_KEYS} texts of {METADATA_CHARACTERS} characters")
    return value  # type: ignore[return-value]


def _invalid(field: str, why: str) -> RequestRefused:
    return RequestRefused(400, "batch-invalid", f"{field} is {why}.")


def _batch_id(request: Request) -> UUID:
    batch_id = parse_id(BATCH_PREFIX, request.path_params["batch_id"])
    if batch_id is None:
        raise not_found()
    return batch_id
