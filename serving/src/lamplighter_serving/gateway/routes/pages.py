"""Pictures of a job's pages, so that the page can show where a value stands."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..parts import GatewayParts
from ..problems import RequestRefused
from .route import api_route, job_id_of, whole_number

DEFAULT_WIDTH = 900
LEAST_WIDTH = 100
MOST_WIDTH = 2400
#: More pages than any document may have; the renderer knows the real number.
MOST_PAGE_NUMBER = 100_000


def routes(parts: GatewayParts) -> list[Route]:
    """The route."""

    async def picture(request: Request, tenant: str) -> Response:
        job = await parts.store.get(tenant, job_id_of(request))
        number_text = request.path_params["number"]
        number = int(number_text) if number_text.isascii() and number_text.isdecimal() and len(number_text) <= 6 else 0
        if not 1 <= number <= MOST_PAGE_NUMBER:
            raise RequestRefused(404, "page-not-found", "Pages are numbered from 1.")
        width = whole_number(request, "width", DEFAULT_WIDTH, least=LEAST_WIDTH, most=MOST_WIDTH)

        async def draw() -> bytes:
            document = b"".join([chunk async for chunk in parts.store.document(tenant, job.id)])
            if not document and job.document_bytes:
                raise RequestRefused(410, "document-gone", "The document was deleted: its time to be kept is over.")
            return await parts.renderer.render(document, number, width)

        content = await parts.pictures.picture((job.id, number, width), draw)
        return Response(content, media_type="image/png")

    return [api_route(parts, "/v1/jobs/{job_id}/pages/{number}.png", {"GET": picture})]
