"""The HTTP application: which routes there are, what wraps them, and what runs beside them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp

from . import static
from .background import background
from .envelope import Envelope
from .parts import GatewayParts
from .routes import audit, batches, completions, events, extractors, files, health, jobs, lamps, models, pages, usage

OPENAPI = Path(__file__).parent / "openapi.json"


def build_app(parts: GatewayParts) -> ASGIApp:
    """The application. Its lifespan runs the background tasks; whoever calls it without one runs `background` around it."""

    @asynccontextmanager
    async def lifespan(_router: Router) -> AsyncIterator[None]:
        async with background(parts):
            yield

    # A path with a slash too many is unknown, not elsewhere: a redirected upload would be sent twice.
    return Envelope(Router(routes=all_routes(parts), redirect_slashes=False, lifespan=lifespan), parts.responses)


def all_routes(parts: GatewayParts) -> list[BaseRoute]:
    """Every route. The busiest come first: they are tried in order."""
    return [
        *jobs.routes(parts),
        *events.routes(parts),
        *pages.routes(parts),
        *completions.routes(parts),
        *models.routes(parts),
        *files.routes(parts),
        *batches.routes(parts),
        *extractors.routes(parts),
        *lamps.routes(parts),
        *usage.routes(parts),
        *audit.routes(parts),
        *health.routes(parts),
        _openapi_route(),
        *static.routes(static.read_page()),
    ]


def _openapi_route() -> Route:
    document = OPENAPI.read_bytes()

    async def openapi(_request: Request) -> Response:
        return Response(document, media_type="application/json")

    return Route("/openapi.json", openapi)
