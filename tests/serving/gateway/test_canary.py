"""Nothing of a document, of a task and of a key's secret stands in a log, in an error or in a metric, whatever goes wrong."""

import asyncio
import json
import socket
from datetime import timedelta

import httpx

from lamplighter_serving.database import Database
from lamplighter_serving.queue.job import Problem
from lamplighter_serving.queue.postgres import PostgresStore
from serving.gateway.forms import FORM_TYPE, document_part, submit
from serving.gateway.processes import GatewayProcess

CANARY = "canary-3f9c1b"
DOCUMENT = f"%PDF-1.7 {CANARY} \x00\xff".encode("latin-1")
SCHEMA = {"type": "object", "properties": {CANARY: {"type": "string", "title": CANARY}}}


async def fail_one(url: str) -> None:
    """What a worker does that cannot read the document."""
    async with Database(url, connections=1) as database:
        store = PostgresStore(database)
        (lease,) = await store.lease("extract", holder="test", limit=1, duration=timedelta(minutes=1))
        assert CANARY.encode() in await store.leased_document(lease)
        await store.fail(lease, Problem(code="document-damaged", sentence="The document cannot be read.", hint=""))


def test_canary_is_nowhere_but_where_its_tenant_put_it(process: GatewayProcess) -> None:
    headers = {"authorization": f"Bearer {process.key}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{process.http_port}", headers=headers, timeout=30) as client:
        good = submit(client, DOCUMENT, f"{CANARY}.pdf", schema=json.dumps(SCHEMA), instructions=CANARY)
        assert good.status_code == 202
        path = good.headers["location"]
        asyncio.run(fail_one(process.database_url))
        answers = [
            client.get(f"{path}/result"),
            client.get(f"{path}/pages/1.png"),  # its parser fails on it
            submit(client, DOCUMENT, schema=f'{{"type": "array", "title": "{CANARY}"}}'),
            submit(client, DOCUMENT, schema=CANARY),
            submit(client, DOCUMENT, extractor=CANARY),
            submit(client, DOCUMENT, extractor="invoice", **{CANARY: CANARY}),
            submit(client, DOCUMENT, extractor="invoice", priority=CANARY),
            client.get("/v1/jobs", params={"state": CANARY}),
            client.get("/v1/lamps", headers={"authorization": f"Bearer ll_abcdefgh_{CANARY}"}),
        ]
        with socket.create_connection(("127.0.0.1", process.http_port)) as torn:
            head = f"POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {process.key}\r\n"
            length = f"content-type: {FORM_TYPE}\r\ncontent-length: 9999\r\n\r\n"
            torn.sendall((head + length).encode() + document_part(DOCUMENT, CANARY))
        with socket.create_connection(("127.0.0.1", process.http_port)) as nonsense:
            nonsense.sendall(f"{CANARY} {process.key}\r\n\r\n".encode())
            assert nonsense.recv(4096).startswith(b"HTTP/1.1 400 ")
        metrics = client.get("/metrics").text
        shown = client.get(path).json()
    assert shown["name"] == f"{CANARY}.pdf"  # the tenant sees its own
    assert shown["problem"]["code"] == "document-damaged"
    assert [answer.status_code for answer in answers] == [409, 422, 422, 422, 422, 400, 400, 400, 401]
    assert [answer.text for answer in answers if CANARY in answer.text] == []
    assert CANARY not in metrics
    log = process.log.read_text()
    assert "job-submitted" in log
    for secret in (CANARY, process.key, process.key.split("_")[2]):
        assert secret not in log
    for line in log.splitlines():
        assert {"at", "level", "event"} <= json.loads(line).keys()
