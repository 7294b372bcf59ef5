"""An upload: the body of a request read within its limits of size, of pace and of all bytes in flight.

Nothing is believed that the client says about the size: what arrives is counted. A body is refused at the first byte too many;
the server then discards what still comes, so that the client gets to read the refusal.
"""

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import Request

from .form import SUBMISSION, Form, FormReader, FormShape, boundary_of, document_too_large
from .limits import Hold
from .problems import RequestRefused
from .spool import KIB, Spool

#: A client may be silent for this long.
SILENCE_SECONDS = 15.0
#: Slower clients than this on average are cut off: an upload that trickles holds room that others need.
LEAST_BYTES_PER_SECOND = 4 * KIB


async def read_upload(
    request: Request,
    spool: Spool,
    hold: Hold,
    *,
    max_document_bytes: int,
    shape: FormShape = SUBMISSION,
    silence_seconds: float = SILENCE_SECONDS,
) -> Form:
    """Reads the form of a request, its document into `spool`, its bytes counted in `hold`. Raises `RequestRefused`."""
    reader = FormReader(
        boundary_of(request.headers.get("content-type")), spool, max_document_bytes=max_document_bytes, shape=shape
    )
    most_bytes = max_document_bytes + shape.most_bytes
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most_bytes:
        raise document_too_large(max_document_bytes, int(announced), setting=shape.setting)
    count = 0
    try:
        async for piece in _pieces(request, silence_seconds):
            count += len(piece)
            if count > most_bytes:
                raise document_too_large(max_document_bytes, setting=shape.setting)
            hold.take(len(piece))
            reader.write(piece)
            await spool.settle()
    except OSError as error:
        raise spool_failed() from error
    return reader.form()


async def read_body(request: Request, hold: Hold, *, most_bytes: int) -> bytes:
    """Reads a body that is no form into memory, its bytes counted in `hold`. Raises `RequestRefused`."""
    body = bytearray()
    async for piece in _pieces(request, SILENCE_SECONDS):
        if len(body) + len(piece) > most_bytes:
            raise RequestRefused(413, "body-too-large", f"The body has more than {most_bytes} bytes.")
        hold.take(len(piece))
        body += piece
    return bytes(body)


def spool_failed() -> RequestRefused:
    """The refusal when the temporary folder takes no more bytes."""
    return RequestRefused(
        503,
        "spool-full",
        "The gateway could not keep the document: its temporary folder does not take it.",
        hint="Try again later; the operator makes room in LAMPLIGHTER_SPOOL_DIR.",
        headers={"retry-after": "30"},
    )


async def _pieces(request: Request, silence_seconds: float) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises `RequestRefused` when the client is too slow or gone."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    count = 0
    more = True
    while more:
        allowed_until = begin + silence_seconds + count / LEAST_BYTES_PER_SECOND
        try:
            async with asyncio.timeout_at(min(loop.time() + silence_seconds, allowed_until)):
                message = await request.receive()
        except TimeoutError:
            raise _too_slow(count, loop.time() - begin) from None
        if message["type"] == "http.disconnect":
            raise RequestRefused(400, "upload-cut-off", f"The client went away after {count} bytes.")
        piece = message.get("body", b"")
        more = message.get("more_body", False)
        count += len(piece)
        if piece:
            yield piece


def _too_slow(count: int, seconds: float) -> RequestRefused:
    return RequestRefused(
        408,
        "upload-too-slow",
        f"The upload brought {count} bytes in {seconds:.0f} s; at least {LEAST_BYTES_PER_SECOND} bytes a second are expected.",
        headers={"connection": "close"},
    )
