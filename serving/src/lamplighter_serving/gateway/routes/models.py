"""`/v1/models`: what may be asked, dark or lit."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..parts import GatewayParts
from .route import api_route, json_response


def routes(parts: GatewayParts) -> list[Route]:
    """Both routes."""
    known = parts.models

    async def models(_request: Request, _tenant: str) -> Response:
        return json_response(await known.all())

    async def model(request: Request, _tenant: str) -> Response:
        return json_response(await known.described(request.path_params["model"]))

    return [
        api_route(parts, "/v1/models", {"GET": models}),
        api_route(parts, "/v1/models/{model:path}", {"GET": model}),
    ]
