"""What every request gets: an id, security headers, a line in the log, and an answer even when the code below fails.

A plain ASGI layer: it sees messages, not routes.
"""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import logs
from .problems import respond_to_surprise

#: A client's own request id is taken over when it cannot disturb a log.
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

#: Asked every few seconds by machines; their lines would bury the others.
_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


class Envelope:
    """Wraps the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        begin = time.perf_counter()
        status = 0

        async def send_wrapped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                add_headers(MutableHeaders(scope=message), request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_wrapped)
        except Exception as error:  # the last stop of a request: whatever it was, the client gets an answer
            logs.event("request-failed", level=logging.ERROR, error=error, request_id=request_id, path=scope["path"])
            if status:
                raise  # the server ends the connection, so that the client sees an answer cut off and not a complete one
            await respond_to_surprise(request_id)(scope, receive, send_wrapped)
        finally:
            logs.event(
                "request",
                level=logging.DEBUG if scope["path"] in _QUIET_PATHS else logging.INFO,
                request_id=request_id,
                method=scope["method"],
                path=scope["path"],
                status=status,
                seconds=round(time.perf_counter() - begin, 4),
            )


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def add_headers(headers: MutableHeaders, request_id: str) -> None:
    """Adds what every answer has."""
    headers["x-request-id"] = request_id
    headers["x-content-type-options"] = "nosniff"
    headers["referrer-policy"] = "no-referrer"
    # An answer tells about one tenant's documents; only the page's own files say otherwise.
    headers.setdefault("cache-control", "no-store")
    headers.setdefault("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
