"""What was done in the administration of a tenant: for keys that may know it."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..parts import GatewayParts
from ..tenants import act_json
from .route import api_route, json_response, whole_number

DEFAULT_LIMIT = 50
MOST_LIMIT = 1000


def routes(parts: GatewayParts) -> list[Route]:
    """The route."""

    async def list_acts(request: Request, tenant: str) -> Response:
        limit = whole_number(request, "limit", DEFAULT_LIMIT, least=1, most=MOST_LIMIT)
        found = await parts.tenants.audit(tenant=tenant, limit=limit) if parts.tenants else []
        return json_response({"audit": [act_json(act) for act in found]})

    return [api_route(parts, "/v1/audit", {"GET": list_acts}, scope="admin")]
