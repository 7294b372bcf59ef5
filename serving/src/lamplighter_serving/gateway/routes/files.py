"""`/v1/files`: what batches read and write."""

from collections.abc import AsyncIterator
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ..batches.archive import Archive
from ..batches.files import BATCH, BATCH_OUTPUT, not_found
from ..batches.ids import FILE_PREFIX, id_text, parse_id
from ..envelope import note
from ..form import FormShape
from ..parts import GatewayParts
from ..problems import RequestRefused
from ..spool import KIB, Spool
from ..upload import read_upload, spool_failed
from .route import api_route, json_response, query_invalid, whole_number

FILE = FormShape(file="file", field_bytes={"purpose": KIB}, setting="LAMPLIGHTER_MAX_FILE_BYTES")
DEFAULT_PAGE = 100
MOST_PAGE = 1000


def routes(parts: GatewayParts) -> list[Route]:
    """All routes of files; none where the gateway has no archive."""
    if parts.archive is None:
        return []
    files = _Files(parts, parts.archive)
    return [
        api_route(parts, "/v1/files", {"POST": files.create, "GET": files.list}),
        api_route(parts, "/v1/files/{file_id}", {"GET": files.get, "DELETE": files.delete}),
        api_route(parts, "/v1/files/{file_id}/content", {"GET": files.content}),
    ]


class _Files:
    def __init__(self, parts: GatewayParts, archive: Archive) -> None:
        self._parts = parts
        self._files = archive.files

    async def create(self, request: Request, tenant: str) -> Response:
        settings = self._parts.settings
        with self._parts.budget.hold(tenant) as hold, Spool(settings.spool_dir) as spool:
            form = await read_upload(request, spool, hold, max_document_bytes=settings.max_file_bytes, shape=FILE)
            purpose = form.fields.get("purpose", "")
            if purpose != BATCH:
                raise RequestRefused(
                    400, "purpose-invalid", "The field purpose is not one that is served.", hint=f"It may be {BATCH!r}."
                )
            try:
                content = await spool.content()
            except OSError as error:
                raise spool_failed() from error
            stored = await self._files.create(tenant, purpose=purpose, name=form.document_name, content=content)
        note(request, "file-stored", file=id_text(FILE_PREFIX, stored.id), tenant=tenant, bytes=stored.bytes)
        return json_response(stored.json())

    async def list(self, request: Request, tenant: str) -> Response:
        purpose = request.query_params.get("purpose")
        if purpose not in (None, BATCH, BATCH_OUTPUT):
            raise query_invalid("purpose", f"{BATCH} or {BATCH_OUTPUT}")
        limit = whole_number(request, "limit", DEFAULT_PAGE, least=1, most=MOST_PAGE)
        after = parse_after(request, FILE_PREFIX)
        found = await self._files.list(tenant, purpose=purpose, after=after, limit=limit + 1)
        return list_response([each.json() for each in found], limit)

    async def get(self, request: Request, tenant: str) -> Response:
        return json_response((await self._files.get(tenant, _file_id(request))).json())

    async def delete(self, request: Request, tenant: str) -> Response:
        file_id = _file_id(request)
        await self._files.delete(tenant, file_id)
        return json_response({"id": id_text(FILE_PREFIX, file_id), "object": "file", "deleted": True})

    async def content(self, request: Request, tenant: str) -> Response:
        stored = await self._files.get(tenant, _file_id(request))
        headers = {"content-length": str(stored.bytes), "content-disposition": "attachment"}
        content: AsyncIterator[bytes] = self._files.content(tenant, stored.id)
        return StreamingResponse(content, media_type="application/octet-stream", headers=headers)


def parse_after(request: Request, prefix: str) -> UUID | None:
    """The id after which a page begins. Raises `RequestRefused`."""
    text = request.query_params.get("after")
    if text is None:
        return None
    after = parse_id(prefix, text)
    if after is None:
        raise query_invalid("after", f"an id that begins with {prefix}")
    return after


def list_response(found: list[object], limit: int) -> Response:
    """A page of a list, of whose items one more was read than it shows."""
    data: list[object] = found[:limit]
    ids = [each["id"] for each in data if isinstance(each, dict)]
    return json_response(
        {
            "object": "list",
            "data": data,
            "first_id": ids[0] if ids else None,
            "last_id": ids[-1] if ids else None,
            "has_more": len(found) > limit,
        }
    )


def _file_id(request: Request) -> UUID:
    file_id = parse_id(FILE_PREFIX, request.path_params["file_id"])
    if file_id is None:
        raise not_found()
    return file_id
