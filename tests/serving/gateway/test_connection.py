"""HTTP below the application, over raw sockets: heads that are too long, too slow or no HTTP, bodies that never end."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lamplighter_serving.gateway import protocol
from lamplighter_serving.gateway.protocol import HEAD_BYTES
from serving.gateway.described import check_value
from serving.gateway.running import DEADLINE_SECONDS, RunningGateway

#: For tests that wait for the gateway to lose its patience.
SHORT_SECONDS = 0.2


@contextmanager
def connection(gateway: RunningGateway) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", gateway.port), DEADLINE_SECONDS) as connected:
        yield connected


def send(connected: socket.socket, content: bytes) -> bool:
    """Sends, until the gateway hangs up; whether all could be sent."""
    try:
        connected.sendall(content)
    except OSError:
        return False
    return True


def answer(connected: socket.socket) -> bytes:
    """Everything the gateway says until it hangs up."""
    received = b""
    try:
        while piece := connected.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def problem(received: bytes) -> tuple[int, str]:
    """Status and code of a problem document."""
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    check_value(json.loads(body), "Problem")
    return int(head.split(b" ")[1]), json.loads(body)["code"]


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x: y\r\n" * HEAD_BYTES,
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * (20 * HEAD_BYTES),
        b"GET /" + b"x" * (20 * HEAD_BYTES),
        b"\r\n" * (10 * HEAD_BYTES),
    ],
    ids=["many headers", "one header", "path", "nothing"],
)
def test_head_without_an_end_is_refused(gateway: RunningGateway, head: bytes) -> None:
    with connection(gateway) as connected:
        send(connected, head)
        assert problem(answer(connected)) == (431, "head-too-large")


def test_head_below_the_limit_is_read(gateway: RunningGateway) -> None:
    head = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: " + b"y" * (HEAD_BYTES - 1000) + b"\r\n\r\n"
    with connection(gateway) as connected:
        send(connected, head)
        assert answer(connected).startswith(b"HTTP/1.1 200 ")


def test_trailers_without_an_end_are_cut_off(gateway: RunningGateway) -> None:
    head = f"POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {gateway.key()}\r\n"
    form = "content-type: multipart/form-data; boundary=x\r\ntransfer-encoding: chunked\r\n\r\n3\r\n--x\r\n0\r\n"
    with connection(gateway) as connected:
        send(connected, (head + form).encode())
        assert not send(connected, b"x: y\r\n" * 10**6)


def test_head_that_takes_too_long_is_refused(gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", SHORT_SECONDS)
    with connection(gateway) as connected:
        send(connected, b"GET / HTTP/1.1\r\n")
        assert problem(answer(connected)) == (408, "head-too-slow")


def test_second_head_of_a_connection_has_its_own_time(gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", SHORT_SECONDS)
    with connection(gateway) as connected:
        send(connected, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert connected.recv(65536).startswith(b"HTTP/1.1 200 ")
        send(connected, b"GET /healthz HTTP/1.1\r\n")
        assert b"head-too-slow" in answer(connected)


def test_connection_that_says_nothing_is_closed(gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", SHORT_SECONDS)
    with connection(gateway) as connected:
        assert answer(connected) == b""


def test_body_of_a_refused_request_is_not_read_for_ever(gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "LINGER_SECONDS", SHORT_SECONDS)
    with connection(gateway) as connected:
        send(connected, b"POST /v1/jobs HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        until = time.monotonic() + DEADLINE_SECONDS
        while send(connected, chunk):
            assert time.monotonic() < until, "the gateway reads on"
        assert answer(connected).startswith(b"HTTP/1.1 401 ")  # the client still gets to read why


def test_next_request_on_a_connection_is_not_taken_for_the_rest_of_a_body(
    gateway: RunningGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LINGER_SECONDS", SHORT_SECONDS)
    ask = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
    with connection(gateway) as connected:
        send(connected, ask * 3)
        received = b""
        while received.count(b'{"status":"ok"}') < 3:
            received += connected.recv(65536)
        connected.settimeout(2 * SHORT_SECONDS)
        with pytest.raises(TimeoutError):
            connected.recv(1)  # still open


@pytest.mark.parametrize(
    "sent", [b"what is this\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET / HTTP/9.9\r\n\r\n", b"GET nowhere\r\n\r\n"]
)
def test_what_is_no_http_gets_a_problem_document(gateway: RunningGateway, sent: bytes) -> None:
    with connection(gateway) as connected:
        send(connected, sent)
        assert problem(answer(connected)) == (400, "request-malformed")


def test_pipelined_requests_are_answered_in_order(gateway: RunningGateway) -> None:
    with connection(gateway) as connected:
        send(
            connected,
            b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\nGET /openapi.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        )
        received = answer(connected)
    assert received.index(b'{"status":"ok"}') < received.index(b'"openapi": "3.1.0"')
