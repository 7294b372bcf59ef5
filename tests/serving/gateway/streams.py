"""Server-sent events as a client reads them (WHATWG HTML, section 9.2.6), each held to its schema in openapi.json."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from serving.gateway.described import check_value

#: What stands between two messages of a stream that has nothing to say.
COMMENT = "comment"


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message; a comment has the kind `COMMENT` and its text as data."""

    kind: str
    data: Any
    id: str | None = None


@contextmanager
def stream(client: httpx.Client, path: str, *, last_event_id: str | None = None) -> Iterator[Iterator[Message]]:
    """The messages of a stream, until it ends or the block does."""
    headers = {} if last_event_id is None else {"last-event-id": last_event_id}
    with client.stream("GET", path, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["x-accel-buffering"] == "no"
        yield messages(response.iter_lines(), "Event" if path.startswith("/v1/jobs/") else None)


def messages(lines: Iterator[str], schema: str | None = None) -> Iterator[Message]:
    """The messages in lines. Without a schema a message's data is that of its kind: `Lamp`, `Job`."""
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if line and not name:
            yield Message(kind=COMMENT, data=value)
        elif line:
            fields[name] = value
        elif "data" in fields:
            data = json.loads(fields["data"])
            check_value(data, schema or fields["event"].capitalize())
            yield Message(kind=fields["event"], data=data, id=fields.get("id"))
            fields = {}
        else:
            assert fields.keys() <= {"retry"}
            fields = {}
