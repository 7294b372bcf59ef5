"""The error form of the OpenAI API, which its clients read by status, type and code."""

from .facts import ApiObject


def error_of(status: int, code: str, message: str) -> ApiObject:
    """The member `error` of an answer with that HTTP status."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    return {"message": message, "type": kind, "code": code, "param": None}
