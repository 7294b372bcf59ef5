"""The lamps of all worker classes."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..lamps import lamp_json
from ..parts import GatewayParts
from .route import api_route, json_response


def routes(parts: GatewayParts) -> list[Route]:
    """The route."""

    async def list_lamps(_request: Request, _tenant: str) -> Response:
        return json_response([lamp_json(lamp) for lamp in await parts.lampboard.lamps()])

    return [api_route(parts, "/v1/lamps", {"GET": list_lamps})]
