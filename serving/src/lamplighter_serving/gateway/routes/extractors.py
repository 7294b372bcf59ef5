"""The extractors a client may name."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ...queue.job import JsonObject
from ..parts import GatewayParts
from .route import api_route, json_response


def routes(parts: GatewayParts) -> list[Route]:
    """The route."""
    answer: list[JsonObject] = [
        {"name": extractor.name, "title": extractor.title, "worker": extractor.worker, "schema": extractor.schema}
        for extractor in parts.catalog.extractors.values()
    ]

    async def list_extractors(_request: Request, _tenant: str) -> Response:
        return json_response(answer)

    return [api_route(parts, "/v1/extractors", {"GET": list_extractors})]
