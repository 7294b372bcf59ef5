"""The HTTP application: which routes there are, what wraps them, and what runs beside them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import LamplighterError
from . import static
from .background import background
from .envelope import Envelope
from .parts import GatewayParts
from .problems import respond_to_error, respond_to_http_exception
from .routes import events, extractors, health, jobs, lamps, pages

OPENAPI = Path(__file__).parent / "openapi.json"


def build_app(parts: GatewayParts) -> Starlette:
    """The application. Its lifespan runs the background tasks; whoever calls it without one runs `background` around it."""

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with background(parts):
            yield

    app = Starlette(
        routes=[
            *jobs.routes(parts),  # the busiest first: routes are tried in order
            *events.routes(parts),
            *pages.routes(parts),
            *extractors.routes(parts),
            *lamps.routes(parts),
            *health.routes(parts),
            _openapi_route(),
            *static.routes(static.read_page()),
        ],
        middleware=[Middleware(Envelope)],
        exception_handlers={LamplighterError: respond_to_error, HTTPException: respond_to_http_exception},
        lifespan=lifespan,
    )
    # A path with a slash too many is unknown, not elsewhere: a redirected upload would be sent twice.
    app.router.redirect_slashes = False
    return app


def _openapi_route() -> Route:
    document = OPENAPI.read_bytes()

    async def openapi(_request: Request) -> Response:
        return Response(document, media_type="application/json")

    return Route("/openapi.json", openapi)
