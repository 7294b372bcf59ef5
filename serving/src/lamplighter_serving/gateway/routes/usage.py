"""What a tenant used, day by day."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..parts import GatewayParts
from ..tenants import usage_json
from .route import api_route, json_response, whole_number

DEFAULT_DAYS = 30
MOST_DAYS = 366


def routes(parts: GatewayParts) -> list[Route]:
    """The route."""

    async def list_usage(request: Request, tenant: str) -> Response:
        days = whole_number(request, "days", DEFAULT_DAYS, least=1, most=MOST_DAYS)
        found = await parts.tenants.usage(tenant=tenant, days=days) if parts.tenants else []
        return json_response({"usage": [usage_json(usage) for usage in found]})

    return [api_route(parts, "/v1/usage", {"GET": list_usage})]
