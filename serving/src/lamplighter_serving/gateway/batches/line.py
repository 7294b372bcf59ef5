"""One line of a batch: read from the input, written to the outputs. Pure.

What makes a file no batch (no JSON, no custom_id, another endpoint) is a `LineRefused` and fails the whole batch before a model
is asked. What a model cannot do is the line's own matter: it becomes that line's error, and the others go on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from reprlib import repr as short
from typing import Any
from uuid import UUID

from ...completion.errors import error_of
from ...jsonbytes import json_bytes
from .ids import LINE_PREFIX

#: Longer lines are no questions.
MOST_LINE_BYTES = 1024 * 1024
MOST_LINES = 50_000
CUSTOM_ID_CHARACTERS = 256


class LineRefused(Exception):
    """A line that no batch may have. `param` is the field at fault."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of the input that may be asked. `number` counts from 1; `begin` and `size` are bytes in the file."""

    number: int
    custom_id: str
    begin: int
    size: int


def custom_id_of(raw: bytes, endpoint: str) -> str:
    """The name of a line that is of a batch's form. Raises `LineRefused`."""
    line = _object(raw)
    name = line.get("custom_id")
    if not isinstance(name, str) or not 0 < len(name) <= CUSTOM_ID_CHARACTERS or not name.isprintable():
        raise LineRefused(
            "custom_id_invalid", f"custom_id must be 1 to {CUSTOM_ID_CHARACTERS} printable characters.", "custom_id"
        )
    if line.get("method") != "POST":
        raise LineRefused("method_invalid", f"method is {short(line.get('method'))}, not 'POST'.", "method")
    if line.get("url") != endpoint:
        raise LineRefused("url_invalid", f"url is {short(line.get('url'))}, not the batch's {endpoint!r}.", "url")
    if not isinstance(line.get("body"), dict):
        raise LineRefused("body_invalid", "body is not a JSON object.", "body")
    return name


def body_of(raw: bytes) -> dict[str, Any]:
    """The body of a line that has been looked at before."""
    body: dict[str, Any] = json.loads(raw)["body"]
    return body


def answered(batch_id: UUID, row: Mapping[str, Any]) -> bytes:
    """The output's line of a question that was asked, with its answer or with why there is none."""
    answer, status = row["answer"], row["status"]
    if row["state"] != "done":
        answer = {"error": _error(status, answer)}
    request_id = "" if row["job_id"] is None else row["job_id"].hex
    response = {"status_code": status, "request_id": request_id, "body": answer}
    return _line(batch_id, row, response=response, error=None)


def expired(batch_id: UUID, row: Mapping[str, Any]) -> bytes:
    """The error file's line of a question that was not answered in time."""
    error = {"code": "batch_expired", "message": "This request was not answered before the batch's window ended."}
    return _line(batch_id, row, response=None, error=error)


def _error(status: int, problem: Any) -> Mapping[str, object]:
    if not isinstance(problem, dict):
        return error_of(status, "job-gone", "The job of this line was cancelled or deleted.")
    return error_of(status, str(problem.get("code")), f"{problem.get('sentence')} {problem.get('hint') or ''}".strip())


def _line(batch_id: UUID, row: Mapping[str, Any], *, response: object, error: object) -> bytes:
    line_id = f"{LINE_PREFIX}{batch_id.hex}_{row['line']}"
    content = {"id": line_id, "custom_id": row["custom_id"], "response": response, "error": error}
    return json_bytes(content) + b"\n"


def _object(raw: bytes) -> dict[str, Any]:
    try:
        line = json.loads(raw)
        json.dumps(line, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise LineRefused("invalid_json_line", "The line is not JSON.") from None
    if not isinstance(line, dict):
        raise LineRefused("invalid_json_line", "The line is not a JSON object.")
    return line
