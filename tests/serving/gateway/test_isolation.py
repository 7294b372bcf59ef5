"""A key of one tenant never sees what another has: every route of the application, with every object that another tenant has.

The routes come from the application itself, so a new one is tried without a word here; what a new kind of object needs is a
line in `objects`, and a route with a parameter that nothing fills fails.
"""

import itertools
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from lamplighter_serving.gateway.app import all_routes
from serving.gateway.forms import submit
from serving.gateway.running import RunningGateway, wait_until

OWNER, STRANGER = "anna", "bert"
CANARY = "canary-51ab9e"
#: Not of any tenant: what the models and the extractors are is the catalog's.
PUBLIC_PARAMETERS = {"model": "smollm2-135m-instruct"}
_PARAMETER = re.compile(r"{(\w+)}")


@pytest.fixture
def objects(gateway: RunningGateway) -> dict[str, list[str]]:
    """What the owner has, by the parameter of the path that names it: a job in each state it can be looked at in."""
    owner = gateway.client(tenant=OWNER)
    task = {"extractor": "invoice", "instructions": CANARY}
    done, failed, running, queued = (submit(owner, CANARY.encode(), f"{CANARY}.txt", **task).json()["id"] for _ in range(4))
    for job_id in (done, failed, running):
        lease = gateway.lease()
        assert str(lease.job.id) == job_id
        if job_id == done:
            gateway.run(gateway.store.complete(lease, {"data": {"text": CANARY}, "usage": {"prompt_tokens": 5}}))
        elif job_id == failed:
            gateway.run(gateway.store.cancel(OWNER, lease.job.id))
    file_id, batch_id = batch(owner)
    return {"job_id": [done, failed, running, queued], "number": ["1"], "file_id": [file_id], "batch_id": [batch_id]}


def batch(owner: httpx.Client) -> tuple[str, str]:
    """A file and a batch of it, which has ended: its only line is no question, so it adds no job."""
    form = {"files": {"file": (f"{CANARY}.jsonl", f"{CANARY}\n".encode())}, "data": {"purpose": "batch"}}
    file_id = str(owner.post("/v1/files", **form).json()["id"])
    asked = {"input_file_id": file_id, "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    batch_id = str(owner.post("/v1/batches", json=asked).json()["id"])
    wait_until(lambda: owner.get(f"/v1/batches/{batch_id}").json()["status"] == "failed")
    return file_id, batch_id


def tried(gateway: RunningGateway, objects: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Method and path of every route, once for each object. Raises `AssertionError` for a parameter nothing fills."""
    for route in all_routes(gateway.parts):
        if not isinstance(route, Route) or route.path == "/" or route.path.startswith("/page/"):
            continue
        names = _PARAMETER.findall(route.path)
        for name in names:
            assert name in objects or name in PUBLIC_PARAMETERS, f"{route.path}: say in `objects` what {name} names"
        for values in itertools.product(*(objects.get(name, [PUBLIC_PARAMETERS.get(name, "")]) for name in names)):
            path = route.path
            for name, value in zip(names, values, strict=True):
                path = path.replace(f"{{{name}}}", value)
            for method in sorted(route.methods or ()):
                yield method, path


def seen(client: httpx.Client, method: str, path: str) -> tuple[int, bytes]:
    """Status and body of an answer, of a stream what comes in half a second."""
    body = b""
    with client.stream(method, path, timeout=httpx.Timeout(20, read=0.5)) as response:
        if response.is_stream_consumed:  # it was held to openapi.json
            return response.status_code, response.content
        try:
            for piece in response.iter_raw():
                body += piece
        except httpx.ReadTimeout:
            assert response.headers["content-type"].startswith("text/event-stream")
    return response.status_code, body


def test_no_route_shows_or_changes_what_another_tenant_has(gateway: RunningGateway, objects: dict[str, list[str]]) -> None:
    owner = gateway.client(tenant=OWNER)
    before = owner.get("/v1/jobs").json()
    usage = owner.get("/v1/usage").json()
    everything = ("read", "submit", "admin")
    stranger = gateway.client(tenant=STRANGER, scopes=everything)
    nobody = gateway.client(tenant=None)
    named = [value for parameter, values in objects.items() if parameter != "number" for value in values]
    secrets = [CANARY, OWNER, *named]
    count = 0
    for method, path in tried(gateway, objects):
        for client in (stranger, nobody):
            status, body = seen(client, method, path)
            told = [secret for secret in secrets if secret.encode() in body and secret not in path]
            assert told == [], f"{method} {path} told {told}"
            if any(value in path for value in named):
                assert status in (401, 404), f"{method} {path} answered {status}"
            if path.startswith("/v1/"):
                assert client is stranger or status == 401, f"{method} {path} answered {status} without a key"
            count += 1
    assert count > 50
    assert stranger.get("/v1/jobs", params={"q": CANARY}).json()["jobs"] == []
    assert owner.get("/v1/jobs").json() == before
    assert owner.get("/v1/usage").json() == usage


def test_an_idempotency_key_of_another_tenant_is_free(gateway: RunningGateway) -> None:
    answers: list[Any] = []
    for tenant in (OWNER, STRANGER):
        client = gateway.client(tenant=tenant)
        client.headers["idempotency-key"] = "the-same"
        answers.append(submit(client, b"text", extractor="invoice"))
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json()["id"] != answers[1].json()["id"]
