"""What uploads cost a real gateway process in memory."""

import asyncio
from pathlib import Path

from serving.gateway.forms import BOUNDARY, FORM_TYPE, document_part, field
from serving.gateway.processes import GatewayProcess

UPLOADS = 8
DOCUMENT_BYTES = 20_000_000
PIECE = b"\xa5" * 250_000
MOST_GROWTH_BYTES = 100_000_000


async def upload(process: GatewayProcess) -> bytes:
    """Sends one large document without holding it whole here either; returns the status line."""
    begin = field("extractor", b"invoice") + document_part(b"")[:-2]
    end = b"\r\n--" + BOUNDARY + b"--\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", process.http_port)
    length = len(begin) + DOCUMENT_BYTES + len(end)
    head = (
        f"POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {process.key}\r\n"
        f"content-type: {FORM_TYPE}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    )
    writer.write(head.encode() + begin)
    for _ in range(DOCUMENT_BYTES // len(PIECE)):
        writer.write(PIECE)
        await writer.drain()
    writer.write(end)
    answer = await reader.read()
    writer.close()
    return answer.partition(b"\r\n")[0]


async def upload_all(process: GatewayProcess) -> list[bytes]:
    return await asyncio.gather(*(upload(process) for _ in range(UPLOADS)))


def test_eight_large_uploads_at_once_grow_the_process_by_less_than_100_megabytes(process: GatewayProcess) -> None:
    before = process.memory_bytes("VmRSS")
    Path(f"/proc/{process.process.pid}/clear_refs").write_text("5")  # the peak starts from here
    assert asyncio.run(upload_all(process)) == [b"HTTP/1.1 202 Accepted"] * UPLOADS
    growth_bytes = process.memory_bytes("VmHWM") - before
    assert growth_bytes < MOST_GROWTH_BYTES, f"{UPLOADS} × {DOCUMENT_BYTES} bytes took {growth_bytes} bytes of memory"
