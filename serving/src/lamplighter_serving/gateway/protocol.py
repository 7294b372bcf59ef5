"""One HTTP connection, with bounds where uvicorn has none: bytes and seconds of a head, seconds of a body that nobody reads.

Without them a client that has no key fills the memory with one endless header, or holds a connection for as long as it likes.
"""

import asyncio
import http
import uuid

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from .envelope import add_headers
from .problems import problem_response

#: Request line and headers together; browsers and proxies stay below 16 KiB. Bounds trailers and chunk extensions too.
HEAD_BYTES = 64 * 1024
#: From the connection, or from the first byte of a later request, to the end of the head.
HEAD_SECONDS = 15.0
#: After a refusal the rest of the body is read and dropped for this long, so that the client gets to read why.
LINGER_SECONDS = 5.0


class BoundedProtocol(HttpToolsProtocol):
    """What uvicorn makes for each connection."""

    _head_bytes = 0  # received since the parser last told of anything whole
    _body_open = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The head must come soon."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self._cancel_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """The next head begins with its first byte; one that does not end is refused."""
        if self._deadline is None and not self._body_open and not self._answering:
            self._expect_head()
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > HEAD_BYTES and not self.transport.is_closing():
            self._refuse(431, "head-too-large", f"The request's head has more than {HEAD_BYTES} bytes.")

    def on_headers_complete(self) -> None:
        """The head is whole: from here on the application watches the pace."""
        self._head_bytes = 0
        self._body_open = True
        self._cancel_deadline()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A piece of the body."""
        self._head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request came whole."""
        self._head_bytes = 0
        self._body_open = False
        self._cancel_deadline()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer before the end of the body: what still comes is dropped, but not for ever."""
        pipelined = bool(self.pipeline)  # then the open body is that of the next request
        super().on_response_complete()
        if self._body_open and not pipelined:
            self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def send_400_response(self, msg: str) -> None:
        """What the parser could not read, as a problem document like every other."""
        self._refuse(400, "request-malformed", "The request is not HTTP as RFC 9112 describes it.")

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._end_head)

    def _end_head(self) -> None:
        if self._head_bytes:
            self._refuse(408, "head-too-slow", f"The request's head did not end within {HEAD_SECONDS:g} s.")
        else:
            self.transport.close()  # a connection that never said anything

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: int, code: str, sentence: str) -> None:
        """Answers past the application and hangs up; in the middle of another answer it only hangs up."""
        if self._answering:
            self.transport.close()
            return
        response = problem_response(status, code, sentence, headers={"connection": "close"})
        add_headers(response.raw_headers, uuid.uuid4().hex)
        head = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}".encode()]
        head += [name + b": " + value for name, value in response.raw_headers]
        self.transport.write(b"\r\n".join((*head, b"", response.body)))
        self.transport.close()
