"""How a route of the API is made: its handler gets the request and the tenant, so none can forget to ask for the key."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ...errors import JobNotFound
from ...jsonbytes import json_bytes
from ...queue.job import JsonObject
from ..parts import GatewayParts
from ..problems import RequestRefused
from ..watch import Subscription

Handler = Callable[[Request, str], Awaitable[Response]]


class _Endpoint:
    """A route's end as an ASGI application: Starlette wraps a function once more, to catch what the envelope catches."""

    def __init__(self, parts: GatewayParts, handlers: Mapping[str, Handler], scope: str | None) -> None:
        self._parts = parts
        self._handlers = handlers
        self._scope = scope

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope, receive, send)
        needed = self._scope or ("read" if request.method == "GET" else "submit")
        tenant = await self._parts.authenticator.tenant(request.headers.get("authorization"), scope=needed)
        await self._parts.quotas.request(tenant)
        response = await self._handlers[request.method](request, tenant)
        await response(scope, receive, send)


def api_route(parts: GatewayParts, path: str, handlers: Mapping[str, Handler], *, scope: str | None = None) -> Route:
    """A route that asks for a key first. `handlers` has one a method, so that a wrong method is told all the right ones.

    `scope` is what the key must be allowed; None: read for GET, submit for every other method.
    """

    route = Route(path, _Endpoint(parts, handlers, scope), methods=list(handlers))
    # Starlette adds HEAD to each GET; a HEAD of a stream of events would wait for its end.
    route.methods = set(handlers)
    return route


@asynccontextmanager
async def ended_with_the_client(request: Request, notices: Subscription) -> AsyncIterator[None]:
    """Ends the subscription when the client hangs up, so that nobody waits for a client that is gone."""

    async def listen() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        notices.end()

    task = asyncio.create_task(listen())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def job_id_of(request: Request) -> UUID:
    """The job id in the path. Raises `JobNotFound` for what cannot be one."""
    text = request.path_params["job_id"]
    try:
        return UUID(text)
    except ValueError:
        raise JobNotFound("There is no such job: the id is not a UUID.") from None


def whole_number(request: Request, name: str, default: int, *, least: int, most: int) -> int:
    """A number of the query string. Raises `RequestRefused`."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and least <= int(text) <= most):
        raise query_invalid(name, f"a whole number from {least} to {most}")
    return int(text)


def query_invalid(name: str, may_be: str) -> RequestRefused:
    """The refusal of a query parameter."""
    return RequestRefused(400, "query-invalid", f"The query parameter {name} must be {may_be}.", extras={"parameter": name})


def json_response(
    content: JsonObject | list[JsonObject], *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """A JSON answer."""
    return Response(json_bytes(content), status_code=status, headers=headers, media_type="application/json")
