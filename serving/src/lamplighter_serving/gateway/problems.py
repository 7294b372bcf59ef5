"""Errors as RFC 9457 problem documents: which error gives which status, and what the document says.

Knows nothing of routes. A problem's `type` is `urn:lamplighter:problem:<code>`; clients switch on `code`. No problem quotes a
document, and an error we did not foresee says only that it happened.
"""

import json
from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..completion.errors import error_of
from ..errors import (
    DocumentError,
    IdempotencyConflict,
    JobNotFound,
    LamplighterError,
    SchemaRefused,
    StoreUnavailable,
)
from .webhooks.address import WebhookRefused

TYPE_PREFIX = "urn:lamplighter:problem:"
#: When a client should try again after the database was away: a restart of PostgreSQL takes one to two seconds.
STORE_RETRY_SECONDS = 2

#: Which of the errors that other rooms raise gives which status. A subclass comes before its base.
STATUS_OF_ERROR: tuple[tuple[type[LamplighterError], int], ...] = (
    (JobNotFound, 404),
    (IdempotencyConflict, 409),
    (StoreUnavailable, 503),
    (SchemaRefused, 422),
    (WebhookRefused, 422),
    (DocumentError, 422),
)

#: Where the addresses of the OpenAI API begin.
OPENAI_PATHS = ("/v1/chat/", "/v1/completions", "/v1/embeddings", "/v1/models", "/v1/files", "/v1/batches")

#: Codes of the statuses that Starlette raises by itself.
CODE_OF_STATUS = {404: "route-not-found", 405: "method-not-allowed"}


class RequestRefused(LamplighterError):
    """The request cannot be served as it is. `extras` are further members of the problem document."""

    def __init__(
        self,
        status: int,
        code: str,
        sentence: str,
        *,
        hint: str = "",
        headers: Mapping[str, str] | None = None,
        extras: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(sentence, hint=hint)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.extras = dict(extras or {})


class ProblemResponse(Response):
    """A problem document as a response."""

    media_type = "application/problem+json"


def problem_response(
    status: int,
    code: str,
    sentence: str,
    *,
    hint: str = "",
    headers: Mapping[str, str] | None = None,
    extras: Mapping[str, object] | None = None,
) -> ProblemResponse:
    """A problem document. `extras` must not use the names of the standard members."""
    document = {
        "type": TYPE_PREFIX + code,
        "title": code.replace("-", " ").capitalize(),
        "status": status,
        "detail": sentence,
        "code": code,
        "hint": hint,
        **(extras or {}),
    }
    return ProblemResponse(json.dumps(document, ensure_ascii=False), status_code=status, headers=dict(headers or {}))


def respond_to_error(request: Request, error: Exception) -> ProblemResponse:
    """The response to one of our errors."""
    if isinstance(error, RequestRefused):
        extras = {**error.extras, **openai_extras(request.scope["path"], error)}
        return problem_response(error.status, error.code, error.sentence, hint=error.hint, headers=error.headers, extras=extras)
    if not isinstance(error, LamplighterError):
        raise TypeError(f"{type(error).__name__} is not an error of ours")
    status = status_of(error)
    headers = {"retry-after": str(STORE_RETRY_SECONDS)} if isinstance(error, StoreUnavailable) else {}
    extras = {"path": error.path} if isinstance(error, SchemaRefused) else {}
    extras |= openai_extras(request.scope["path"], error)
    return problem_response(status, error.code, error.sentence, hint=error.hint, headers=headers, extras=extras)


def status_of(error: LamplighterError) -> int:
    """The HTTP status of one of our errors."""
    if isinstance(error, RequestRefused):
        return error.status
    return next((status for kind, status in STATUS_OF_ERROR if isinstance(error, kind)), 500)


def openai_error(error: LamplighterError) -> Mapping[str, object]:
    """One of our errors in the form of the OpenAI API."""
    return error_of(status_of(error), error.code, f"{error.sentence} {error.hint}".strip())


def openai_extras(path: str, error: LamplighterError) -> Mapping[str, object]:
    """What a problem has beside its own members at the addresses of the OpenAI API: clients of that read `error` alone."""
    return {"error": openai_error(error)} if path.startswith(OPENAI_PATHS) else {}


def respond_to_http_exception(request: Request, error: Exception) -> ProblemResponse:
    """The response to what Starlette's router refuses: unknown routes and methods."""
    if not isinstance(error, HTTPException):
        raise TypeError(f"{type(error).__name__} is not Starlette's HTTPException")
    code = CODE_OF_STATUS.get(error.status_code, f"http-{error.status_code}")
    if error.status_code == 404:
        sentence, hint = "There is nothing at this path.", "GET /openapi.json lists every route."
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "")
        sentence, hint = f"This path does not take {request.method}.", f"It takes: {allowed}."
    else:
        sentence, hint = error.detail, ""
    return problem_response(error.status_code, code, sentence, hint=hint, headers=error.headers)


def respond_to_surprise(request_id: str) -> ProblemResponse:
    """The response to an error nobody foresaw. What happened stands in the log under the request's id."""
    return problem_response(
        500,
        "internal-error",
        "The gateway failed on this request; it is not the request's fault.",
        hint=f"The log has the reason under request id {request_id}.",
    )
