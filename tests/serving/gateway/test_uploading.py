"""Uploads that are too large or torn, some over raw sockets: refused in time, and nothing is left behind."""

import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lamplighter_serving.gateway.form import FIELD_BYTES, FORM_BYTES
from serving.gateway.conftest import NewGateway
from serving.gateway.forms import FORM_TYPE, body, document_part, field, part, post_body, submit
from serving.gateway.running import DEADLINE_SECONDS, TENANT, RunningGateway, wait_until

LIMIT = 100_000


@pytest.fixture
def small(new_gateway: NewGateway, tmp_path: Path) -> RunningGateway:
    """A gateway that takes documents of up to `LIMIT` bytes and spools them into a folder of its own."""
    return new_gateway({"LAMPLIGHTER_MAX_DOCUMENT_BYTES": str(LIMIT), "LAMPLIGHTER_SPOOL_DIR": str(tmp_path)})


def connect(gateway: RunningGateway, *, length: int | None, tenant: str = TENANT) -> socket.socket:
    """A connection that has sent the head of a submission."""
    connection = socket.create_connection(("127.0.0.1", gateway.port), DEADLINE_SECONDS)
    size = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    head = (
        f"POST /v1/jobs HTTP/1.1\r\nhost: test\r\nauthorization: Bearer {gateway.key(tenant)}\r\n"
        f"content-type: {FORM_TYPE}\r\n{size}\r\n\r\n"
    )
    connection.sendall(head.encode())
    return connection


def status_of(connection: socket.socket) -> int:
    """The status of the answer on a connection."""
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = connection.recv(65536)
        assert piece, "the gateway closed the connection without an answer"
        answer += piece
    return int(answer.split(b" ")[1])


def test_document_of_the_limit_is_taken_and_one_byte_more_is_not(small: RunningGateway) -> None:
    client = small.client()
    assert submit(client, b"x" * LIMIT).status_code == 202
    response = submit(client, b"x" * (LIMIT + 1))
    assert (response.status_code, response.json()["code"]) == (413, "document-too-large")
    assert response.json()["limit_bytes"] == LIMIT


def test_announced_size_is_refused_before_a_byte_of_it_comes(small: RunningGateway) -> None:
    with connect(small, length=LIMIT + FORM_BYTES + 1) as connection:
        assert status_of(connection) == 413


def test_unannounced_body_is_refused_while_it_comes(small: RunningGateway) -> None:
    begin = document_part(b"")[:-2]
    with connect(small, length=None) as connection:
        connection.sendall(b"%x\r\n%s\r\n" % (len(begin), begin))
        for _ in range(LIMIT // 1000 + 1):
            connection.sendall(b"%x\r\n%s\r\n" % (1000, b"x" * 1000))
        assert status_of(connection) == 413  # the body has no end yet


def test_announced_length_is_not_believed_when_more_comes_in_parts_beside_the_document(small: RunningGateway) -> None:
    client = small.client()
    pieces = iter([part(b"x" * 1000, b'form-data; name="nothing"')] * 500)
    assert post_body(client, pieces).json()["code"] == "field-unknown"


@pytest.mark.parametrize("name", FIELD_BYTES)
def test_field_of_its_limit_is_read_and_one_byte_more_is_not(small: RunningGateway, name: str) -> None:
    client = small.client()
    full = post_body(client, body(document_part(), field(name, b" " * FIELD_BYTES[name])))
    assert full.json()["code"] != "field-too-large"
    response = post_body(client, body(document_part(), field(name, b" " * (FIELD_BYTES[name] + 1))))
    assert (response.status_code, response.json()["code"]) == (413, "field-too-large")


@pytest.mark.parametrize(
    "headers", [(b"X-Long: " + b"x" * 10_000,), tuple(b"X-%d: y" % number for number in range(50)), (b"X" * 10_000 + b": y",)]
)
def test_part_with_an_endless_head_is_refused(small: RunningGateway, headers: tuple[bytes, ...]) -> None:
    response = post_body(small.client(), body(part(b"", b'form-data; name="document"', *headers)))
    assert (response.status_code, response.json()["code"]) == (400, "form-malformed")


def spooled(folder: Path) -> Iterator[str]:
    """Files of this process that lie in a folder, also those without a name."""
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            target = os.readlink(descriptor)
        except OSError:
            continue
        if target.startswith(str(folder)):
            yield target


def test_torn_upload_leaves_no_file_and_no_bytes_held(small: RunningGateway, tmp_path: Path) -> None:
    with connect(small, length=LIMIT) as connection:
        connection.sendall(document_part(b"x" * 90_000)[:-2])
        while not list(spooled(tmp_path)):
            time.sleep(0.005)  # until the gateway has begun its file
        assert small.parts.budget.held_bytes > 64 * 1024
        assert list(tmp_path.iterdir()) == []  # the file has no name, so even a killed process leaves none
    wait_until(lambda: not (small.parts.budget.held_bytes or list(spooled(tmp_path))))
    assert small.client().get("/v1/jobs").json()["jobs"] == []


def test_refused_upload_leaves_no_file(small: RunningGateway, tmp_path: Path) -> None:
    client = small.client()
    assert submit(client, b"x" * 90_000, extractor="unknown").status_code == 422
    assert list(spooled(tmp_path)) == []
    assert small.parts.budget.held_bytes == 0


def test_spool_folder_that_takes_nothing_is_a_503_that_says_when_to_come_back(new_gateway: NewGateway, tmp_path: Path) -> None:
    gateway = new_gateway({"LAMPLIGHTER_SPOOL_DIR": str(tmp_path / "absent")})
    response = submit(gateway.client(), b"x" * 90_000)
    assert (response.status_code, response.json()["code"]) == (503, "spool-full")
    assert int(response.headers["retry-after"]) > 0
    assert submit(gateway.client(), b"small ones need no file").status_code == 202
