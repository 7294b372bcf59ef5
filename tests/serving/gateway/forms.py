"""Submissions as clients send them: well formed through httpx, or as bytes of one's own making."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

import httpx

BOUNDARY = b"lamplighter-test"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY.decode()}"
SCHEMA = '{"type": "object", "properties": {"total": {"type": "number"}}}'
DOCUMENT = b"Invoice 2026-001\nTotal 12.00 EUR\n"


def submit(
    client: httpx.Client,
    document: bytes = DOCUMENT,
    name: str = "invoice.txt",
    *,
    headers: Mapping[str, str] | None = None,
    **fields: str,
) -> httpx.Response:
    """A submission; without fields it names the extractor `invoice`."""
    files = {"document": (name, document, "application/octet-stream")}
    return client.post("/v1/jobs", files=files, data=fields or {"extractor": "invoice"}, headers=headers)


def submitted(client: httpx.Client, document: bytes = DOCUMENT, name: str = "invoice.txt", **fields: str) -> UUID:
    """The id of a job just submitted."""
    response = submit(client, document, name, **fields)
    assert response.status_code == 202, response.text
    return UUID(response.json()["id"])


def part(content: bytes, disposition: bytes, *more: bytes) -> bytes:
    """One part of a form, from its boundary to the end of its content."""
    head = b"\r\n".join((b"Content-Disposition: " + disposition, *more))
    return b"--" + BOUNDARY + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


def field(name: str, content: bytes) -> bytes:
    """A plain field."""
    return part(content, f'form-data; name="{name}"'.encode())


def document_part(content: bytes = DOCUMENT, name: str = "invoice.txt") -> bytes:
    """The document."""
    return part(content, f'form-data; name="document"; filename="{name}"'.encode(), b"Content-Type: text/plain")


def body(*parts: bytes) -> bytes:
    """A whole form."""
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def post_body(client: httpx.Client, content: bytes | Iterator[bytes], content_type: str = FORM_TYPE) -> httpx.Response:
    """Sends a body of one's own making."""
    return client.post("/v1/jobs", content=content, headers={"content-type": content_type})


def codes(responses: Sequence[httpx.Response]) -> list[tuple[int, str]]:
    """Status and problem code of each answer."""
    return [(response.status_code, response.json().get("code", "")) for response in responses]
