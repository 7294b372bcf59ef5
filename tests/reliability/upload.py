"""A submission byte by byte, over a connection of its own: sent as far as the caller wants, answered or not."""

import socket
from types import TracebackType
from typing import Self

BOUNDARY = "lamplighter-upload"
#: Of every wait for the server.
DEADLINE_SECONDS = 60.0


def form(document: bytes, name: str, extractor: str) -> bytes:
    """The body."""
    return (
        (
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="extractor"\r\n\r\n{extractor}\r\n'
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="document"; filename="{name}"\r\n'
            "Content-Type: text/plain\r\n\r\n"
        ).encode()
        + document
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )


class Upload:
    """One POST /v1/jobs. It waits for the server's 100 Continue, so that the server is known to be reading it."""

    def __init__(self, address: str, key: str, *, body: bytes, idempotency_key: str) -> None:
        host, port = address.removeprefix("http://").split(":")
        self._body = body
        self._sent = 0
        self._socket = socket.create_connection((host, int(port)), DEADLINE_SECONDS)
        head = (
            f"POST /v1/jobs HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {key}\r\nIdempotency-Key: {idempotency_key}\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n"
            "Expect: 100-continue\r\n\r\n"
        )
        self._socket.sendall(head.encode())
        self._file = self._socket.makefile("rb")
        went_on = self._file.readline() + self._file.readline()
        assert went_on == b"HTTP/1.1 100 Continue\r\n\r\n", went_on

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        self._socket.close()

    def send_to(self, end: int) -> None:
        """Sends the body up to that byte."""
        self._socket.sendall(self._body[self._sent : end])
        self._sent = end

    def finish(self) -> int:
        """Sends the rest; the answer's status."""
        self.send_to(len(self._body))
        line = self._file.readline()
        assert line.startswith(b"HTTP/1.1 "), f"the connection ended without an answer: {line!r}"
        self._file.read()  # to its end: the server closes it
        return int(line.split()[1])
