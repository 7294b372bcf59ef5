"""Erasing a job leaves nothing of it in any table, nor in the gateway."""

import json

import psycopg
import pytest
from psycopg import sql

from lamplighter_serving.queue.job import Problem
from serving.gateway.forms import submit
from serving.gateway.running import TENANT, RunningGateway

CANARY = "canary-77d0e2"
SCHEMA = {"type": "object", "properties": {CANARY: {"type": "string"}}}


def dump(url: str) -> str:
    """Every row of every table as text, bytes both as hexadecimal digits and as characters."""
    text = ""
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            for row in connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))):
                text += repr(row)
    return text


@pytest.mark.parametrize("ending", ["queued", "running", "retried", "done", "failed", "cancelled"])
def test_an_erased_job_is_in_no_table(gateway: RunningGateway, ending: str) -> None:
    client = gateway.client()
    made = submit(client, CANARY.encode() * 50_000, f"{CANARY}.txt", schema=json.dumps(SCHEMA), instructions=CANARY)
    path = made.headers["location"]
    problem = Problem(code="document-damaged", sentence=CANARY, hint=CANARY)
    if ending not in ("queued", "cancelled"):
        lease = gateway.lease()
        gateway.run(gateway.store.record(lease, "stage", {"stage": CANARY}))
        if ending == "done":
            gateway.run(gateway.store.complete(lease, {"data": {CANARY: CANARY}}))
        elif ending == "failed":
            gateway.run(gateway.store.fail(lease, problem))
        elif ending == "retried":
            gateway.run(gateway.store.retry(lease, problem, delay=gateway.settings.hold))
    elif ending == "cancelled":
        client.delete(path)
    assert CANARY in dump(gateway.settings.database_url)
    erased = client.delete(path, params={"erase": "true"})
    assert (erased.status_code, erased.content) == (204, b"")
    assert CANARY not in dump(gateway.settings.database_url)
    assert client.get(path).status_code == 404
    assert client.delete(path, params={"erase": "true"}).status_code == 404
    (total,) = gateway.run(gateway.store.outcomes()).values()
    assert total == 1


def test_a_job_of_another_tenant_is_not_erased(gateway: RunningGateway) -> None:
    path = submit(gateway.client(), b"text", extractor="invoice").headers["location"]
    assert gateway.client(tenant="other").delete(path, params={"erase": "true"}).status_code == 404
    assert gateway.client(tenant=TENANT).get(path).status_code == 200


def test_erase_takes_true_or_false(gateway: RunningGateway) -> None:
    client = gateway.client()
    path = submit(client, b"text", extractor="invoice").headers["location"]
    assert client.delete(path, params={"erase": "1"}).json()["parameter"] == "erase"
    assert client.delete(path, params={"erase": "false"}).json()["state"] == "cancelled"
