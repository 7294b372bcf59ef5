"""How slow an upload may be: `read_upload` with a client whose every move the test makes."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.requests import Request
from starlette.types import Message

from lamplighter_serving.gateway.limits import ByteBudget
from lamplighter_serving.gateway.problems import RequestRefused
from lamplighter_serving.gateway.spool import Spool
from lamplighter_serving.gateway.upload import LEAST_BYTES_PER_SECOND, read_upload
from serving.gateway.forms import FORM_TYPE, body, document_part

#: Short enough for a test, long enough for a busy machine.
SILENCE_SECONDS = 0.2
BUDGET = ByteBudget(10**6)


def upload(receive: Callable[[], Awaitable[Message]]) -> tuple[str, bytes]:
    """Document name and content of an upload, read from `receive`."""
    scope = {"type": "http", "method": "POST", "headers": [(b"content-type", FORM_TYPE.encode())]}

    async def read() -> tuple[str, bytes]:
        with BUDGET.hold("tenant") as hold, Spool(None) as spool:
            form = await read_upload(
                Request(scope, receive), spool, hold, max_document_bytes=10**6, silence_seconds=SILENCE_SECONDS
            )
            content = await spool.content()
            return form.document_name, content if isinstance(content, bytes) else b"".join(content)

    return asyncio.run(read())


def message(piece: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": piece, "more_body": more}


def test_client_that_falls_silent_is_cut_off() -> None:
    pieces = [message(document_part(b"x" * 100)[:50])]

    async def receive() -> Message:
        return pieces.pop() if pieces else await asyncio.Event().wait()  # type: ignore[return-value]

    with pytest.raises(RequestRefused) as refused:
        upload(receive)
    assert (refused.value.status, refused.value.code) == (408, "upload-too-slow")
    assert refused.value.headers["connection"] == "close"  # what would still come is of no use
    assert "50 bytes" in refused.value.sentence


def test_client_that_trickles_is_cut_off_however_regularly_it_sends() -> None:
    received = 0

    async def receive() -> Message:
        nonlocal received
        await asyncio.sleep(SILENCE_SECONDS / 20)
        piece = b"x" if received else document_part(b"")[:-2]
        received += len(piece)
        return message(piece)

    with pytest.raises(RequestRefused) as refused:
        upload(receive)
    assert refused.value.code == "upload-too-slow"
    # A client is allowed the silence and, for each byte, its share of a second; 20 bytes come in each silence.
    assert received < LEAST_BYTES_PER_SECOND * SILENCE_SECONDS


def test_slow_but_steady_client_may_take_longer_than_the_silence() -> None:
    whole = body(document_part(b"x" * 10_000, "slow.bin"))
    pieces = [whole[start : start + 1000] for start in range(0, len(whole), 1000)]

    async def receive() -> Message:
        await asyncio.sleep(SILENCE_SECONDS / 6)  # twelve of them: twice the silence
        piece = pieces.pop(0)
        return message(piece, more=bool(pieces))

    assert upload(receive) == ("slow.bin", b"x" * 10_000)


def test_client_that_goes_away_is_not_an_error_of_ours() -> None:
    messages = [message(b"--"), {"type": "http.disconnect"}]

    async def receive() -> Message:
        return messages.pop(0)

    with pytest.raises(RequestRefused) as refused:
        upload(receive)
    assert (refused.value.status, refused.value.code) == (400, "upload-cut-off")
