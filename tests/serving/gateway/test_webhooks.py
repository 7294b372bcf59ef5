"""Webhooks: written with the job's end, signed, sent to the checked address, tried again, given up."""

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address, ip_network
from typing import Any

import httpx
import pytest

from lamplighter_serving.database import Database, Query, Row
from lamplighter_serving.gateway.webhooks.address import Address
from lamplighter_serving.gateway.webhooks.message import signature
from lamplighter_serving.gateway.webhooks.sender import FIRST_REST_SECONDS, MOST_ATTEMPTS, Sender, rest
from lamplighter_serving.gateway.webhooks.table import WebhookTable
from lamplighter_serving.queue.job import NewJob, Problem
from lamplighter_serving.queue.postgres import PostgresStore
from serving.gateway.conftest import NewGateway
from serving.gateway.forms import submit
from serving.gateway.running import wait_until

TENANT = "anna"
SECRET = bytes(range(32))
HERE = (ip_network("127.0.0.0/8"),)
LEASE = timedelta(minutes=1)
PROBLEM = Problem(code="document-damaged", sentence="It is damaged.")
NOW = Query(name="now", text=b"UPDATE deliveries SET due_at = now() WHERE due_at IS NOT NULL")
LOSE = Query(name="lose", text=b"UPDATE jobs SET lease_expires_at = now() - interval '1 s' WHERE state = 'running'")


class Receiver:
    """Takes requests and answers each with the next of its answers, the last one for ever."""

    def __init__(self, answers: Sequence[bytes]) -> None:
        self._answers = list(answers)
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.port = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = dict(line.split(": ", 1) for line in head[1:-1])
        self.requests.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])
        writer.close()


@asynccontextmanager
async def receiving(*answers: bytes) -> AsyncIterator[Receiver]:
    receiver = Receiver(answers)
    async with await asyncio.start_server(receiver.take, "127.0.0.1", 0) as server:
        receiver.port = server.sockets[0].getsockname()[1]
        yield receiver


def answer(status: int, *lines: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status} x", *lines, "", "")).encode()


class Ground:
    """A queue and its webhooks in a database of the test's own."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = PostgresStore(database)
        self.table = WebhookTable(database)

    async def end(self, how: str, url: str) -> None:
        """Submits a job that tells `url`, and ends it."""
        new = NewJob(tenant=TENANT, worker="extract", request={}, max_attempts=1, webhook=url)
        job = (await self.store.submit(new, b"text")).job
        if how == "cancelled":
            await self.store.cancel(TENANT, job.id)
            return
        (lease,) = await self.store.lease("extract", holder="test", limit=1, duration=LEASE)
        if how == "done":
            await self.store.complete(lease, {})
        elif how == "failed":
            await self.store.fail(lease, PROBLEM)
        elif how == "dead":
            await self.store.retry(lease, PROBLEM, delay=LEASE)
        elif how == "lost":
            await self.database.rows(LOSE)
            await self.store.reap()

    async def deliveries(self) -> Sequence[Row]:
        return await self.table.list(tenant=TENANT, dead=False, limit=100)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def ground(database_url: str) -> AsyncIterator[Ground]:
    async with Database(database_url, connections=4) as database:
        ground = Ground(database)
        await ground.table.set_secret(TENANT, SECRET)
        yield ground


def test_the_signature_is_that_of_the_reference_implementation() -> None:
    # Made by the package standardwebhooks 1.1.0 (PyPI) from the example of its own tests.
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("how", "state"), [("done", "done"), ("failed", "failed"), ("dead", "dead"), ("lost", "dead"), ("cancelled", "cancelled")]
)
async def test_every_end_of_a_job_is_told_once(ground: Ground, how: str, state: str) -> None:
    async with receiving(answer(204)) as receiver:
        await ground.end(how, f"http://127.0.0.1:{receiver.port}/hook")
        sender = Sender(ground.table, HERE)
        assert [await sender.send_due(), await sender.send_due()] == [1, 0]
    ((headers, body),) = receiver.requests
    message_id, at = headers["webhook-id"], int(headers["webhook-timestamp"])
    assert headers["webhook-signature"] == signature(SECRET, message_id, at, body)
    (delivery,) = await ground.deliveries()
    assert f'"type":"job.{state}"'.encode() in body
    assert str(delivery["job_id"]).encode() in body
    assert (delivery["delivered_at"] is not None, delivery["due_at"], delivery["attempt"]) == (True, None, 1)


@pytest.mark.anyio
async def test_a_redirect_is_a_failure_and_is_not_followed(ground: Ground) -> None:
    async with (
        receiving(answer(204)) as inside,
        receiving(answer(307, f"location: http://127.0.0.1:{inside.port}/")) as receiver,
    ):
        await ground.end("done", f"http://127.0.0.1:{receiver.port}/")
        await Sender(ground.table, HERE).send_due()
    assert (len(receiver.requests), inside.requests) == (1, [])
    assert (await ground.deliveries())[0]["problem"] == "the receiver answered 307"


@pytest.mark.anyio
async def test_what_fails_is_tried_again_with_the_same_id_and_then_given_up_until_told_otherwise(ground: Ground) -> None:
    async with receiving(answer(500), b"nonsense\r\n\r\n", answer(503)) as receiver:
        await ground.end("done", f"http://127.0.0.1:{receiver.port}/")
        sender = Sender(ground.table, HERE)
        for _ in range(MOST_ATTEMPTS):
            assert await sender.send_due() == 1
            assert await sender.send_due() == 0  # it rests
            await ground.database.rows(NOW)
        assert await sender.send_due() == 0
    (delivery,) = await ground.table.list(tenant=None, dead=True, limit=10)
    assert (delivery["attempt"], delivery["problem"]) == (MOST_ATTEMPTS, "the receiver answered 503")
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert await ground.table.revive(TENANT) == 1
    assert await sender.send_due() == 1


@pytest.mark.anyio
async def test_two_gateways_send_each_message_once(ground: Ground) -> None:
    async with receiving(answer(204)) as receiver:
        for _ in range(12):
            await ground.end("cancelled", f"http://127.0.0.1:{receiver.port}/")
        senders = [Sender(ground.table, HERE), Sender(ground.table, HERE)]
        while sum(await asyncio.gather(*(sender.send_due() for sender in senders))):
            pass
    ids = [headers["webhook-id"] for headers, _ in receiver.requests]
    assert (len(ids), len(set(ids))) == (12, 12)


@pytest.mark.anyio
async def test_a_name_is_looked_up_once_and_the_connection_goes_to_that_address(ground: Ground) -> None:
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "169.254.169.254")]

    async with receiving(answer(204)) as receiver:
        await ground.end("done", f"http://receiver.example:{receiver.port}/")
        await Sender(ground.table, HERE, resolver=rebinding).send_due()
    assert asked == ["receiver.example"]
    assert receiver.requests[0][0]["host"] == f"receiver.example:{receiver.port}"


@pytest.mark.anyio
async def test_a_name_that_leads_inside_is_given_up_at_once_and_nothing_is_sent(ground: Ground) -> None:
    async def inside(_host: str, _port: int) -> Sequence[Address]:
        return [ip_address("127.0.0.1")]

    async with receiving(answer(204)) as receiver:
        await ground.end("done", f"https://receiver.example:{receiver.port}/")
        await Sender(ground.table, (), resolver=inside).send_due()
    assert receiver.requests == []
    (delivery,) = await ground.table.list(tenant=TENANT, dead=True, limit=10)
    assert "not public" in delivery["problem"]


@pytest.mark.anyio
@pytest.mark.parametrize(("status", "dead"), [(410, True), (404, False)])
async def test_a_receiver_that_is_gone_is_told_no_more(ground: Ground, status: int, dead: bool) -> None:
    async with receiving(answer(status)) as receiver:
        await ground.end("done", f"http://127.0.0.1:{receiver.port}/")
        await Sender(ground.table, HERE).send_due()
    (delivery,) = await ground.deliveries()
    assert (delivery["dead_at"] is not None) is dead


def test_rests_grow_and_chance_spreads_them() -> None:
    # By hand: 5 s, 5 × 4 = 20 s, 5 × 16 = 80 s; chance takes up to half.
    assert [rest(attempt, 1.0).total_seconds() for attempt in (1, 2, 3)] == [FIRST_REST_SECONDS, 20.0, 80.0]
    assert rest(1, 0.0).total_seconds() == 2.5


def test_a_gateway_tells_a_receiver_and_refuses_addresses_it_may_not_reach(new_gateway: NewGateway) -> None:
    gateway = new_gateway({"LAMPLIGHTER_WEBHOOK_NETWORKS": "127.0.0.0/8"})
    client = gateway.client(tenant=TENANT)
    url = "http://127.0.0.1:9/hook"

    def send(webhook: str) -> httpx.Response:
        return submit(client, b"text", extractor="invoice", webhook=webhook)

    assert send(url).json()["code"] == "webhook-unsigned"
    gateway.run(WebhookTable(gateway._database).set_secret(TENANT, SECRET))
    for refused in ("https://169.254.169.254/latest/meta-data", "https://[::ffff:10.0.0.1]/", "https://a@b.example/"):
        assert (send(refused).status_code, send(refused).json()["code"]) == (422, "webhook-refused")

    async def run() -> Any:
        async with receiving(answer(200)) as receiver:
            loop = asyncio.get_running_loop()
            path = (await loop.run_in_executor(None, send, f"http://127.0.0.1:{receiver.port}/hook")).headers["location"]
            await loop.run_in_executor(None, client.delete, path)
            await loop.run_in_executor(None, lambda: wait_until(lambda: bool(receiver.requests)))
            return receiver.requests[0]

    headers, body = asyncio.run(run())
    assert headers["webhook-signature"] == signature(SECRET, headers["webhook-id"], int(headers["webhook-timestamp"]), body)
