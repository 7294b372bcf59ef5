"""What every request gets: an id, security headers, a line in the log, and an answer even when the code below fails.

A plain ASGI layer: it sees messages, not routes. It is the only one, and not Starlette's three: each layer wraps every message
once more, and ingest lives from what a request costs.
"""

import logging
import os
import re
import time
from collections import Counter
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import logs
from ..errors import LamplighterError
from .problems import ProblemResponse, respond_to_error, respond_to_http_exception, respond_to_surprise

#: A client's own request id is taken over when it cannot disturb a log.
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")

#: Asked every few seconds by machines; their lines would bury the others, and their answers would hide how many others failed.
_QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

#: Where a handler says what the request did: the scope's key, and what its line is called when none says so.
_DEED = "lamplighter.deed"
_REQUEST = "request"

#: An answer tells about one tenant's documents; only the page's own files say otherwise.
_DEFAULT_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


def note(request: Request, event: str, **fields: object) -> None:
    """What the request did, for its line in the log: one line and not two."""
    request.scope[_DEED] = (event, fields)


class Envelope:
    """Wraps the application, and counts its answers by HTTP status into `responses`."""

    def __init__(self, app: ASGIApp, responses: Counter[int]) -> None:
        self._app = app
        self._responses = responses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["app"] = self  # the router then raises what it does not know, instead of a bare text
        request_id = _request_id(scope)
        begin = time.perf_counter()
        status = 0

        async def send_wrapped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                add_headers(message["headers"], request_id)
            await send(message)

        try:
            await self._app(scope, receive, send_wrapped)
        except Exception as error:  # the last stop of a request: whatever it was, the client gets an answer
            response = _foreseen(scope, error)
            if response is None or status:
                logs.event("request-failed", level=logging.ERROR, error=error, request_id=request_id, path=scope["path"])
            if status:
                raise  # the server ends the connection, so that the client sees an answer cut off and not a complete one
            await (response or respond_to_surprise(request_id))(scope, receive, send_wrapped)
        finally:
            event, fields = scope.get(_DEED, (_REQUEST, {}))
            quiet = scope["path"] in _QUIET_PATHS
            if status and not quiet:
                self._responses[status] += 1
            logs.event(
                event,
                level=logging.DEBUG if quiet else logging.INFO,
                request_id=request_id,
                method=scope["method"],
                path=scope["path"],
                status=status,
                seconds=round(time.perf_counter() - begin, 4),
                **fields,
            )


def _foreseen(scope: Scope, error: Exception) -> ProblemResponse | None:
    """The answer to an error of ours or of the router; None to any other."""
    match error:
        case LamplighterError():
            return respond_to_error(Request(scope), error)
        case HTTPException():
            return respond_to_http_exception(Request(scope), error)
        case _:
            return None


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            return str(value, "ascii")
    return os.urandom(16).hex()


def add_headers(headers: Any, request_id: str) -> None:
    """Adds what every answer has to a list of raw headers."""
    named = {name for name, _ in headers}
    headers += [
        (b"x-request-id", request_id.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        *(header for header in _DEFAULT_HEADERS if header[0] not in named),
    ]
