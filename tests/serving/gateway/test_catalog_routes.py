"""What a client may name and what lights up: /v1/extractors and /v1/lamps."""

from datetime import UTC, datetime, timedelta

import httpx

from lamplighter_serving.catalog import parse_catalog
from lamplighter_serving.queue.store import Presence
from serving.gateway.conftest import NewGateway
from serving.gateway.forms import submit, submitted
from serving.gateway.running import HOLDER, WORKER, RunningGateway

SCHEMA = {"type": "object", "properties": {"b": {"type": "string"}, "a": {"type": "string"}}}
CATALOG = parse_catalog(
    {
        "defaultWorker": "large",
        "workers": {name: {"engine": "scripted", "model": "none"} for name in ("small", "large")},
        "extractors": {"letter": {"worker": "small", "title": "Letter", "schema": SCHEMA}},
    },
    "test",
)


def test_extractors_come_with_title_worker_and_schema_in_its_order(new_gateway: NewGateway) -> None:
    client = new_gateway(catalog=CATALOG).client()
    answer = client.get("/v1/extractors").json()
    assert answer == [{"name": "letter", "title": "Letter", "worker": "small", "schema": SCHEMA}]
    assert list(answer[0]["schema"]["properties"]) == ["b", "a"]
    assert submit(client, extractor="letter").json()["worker"] == "small"
    assert submit(client, schema='{"type": "object", "properties": {"a": {"type": "string"}}}').json()["worker"] == "large"
    assert [lamp["worker"] for lamp in client.get("/v1/lamps").json()] == ["small", "large"]


def test_lamp_follows_queue_and_workers(gateway: RunningGateway, client: httpx.Client) -> None:
    submitted(client)
    began = datetime.now(UTC) - timedelta(seconds=3)
    stages = {"activation": 0.01, "engine": 2.0}
    gateway.run(
        gateway.store.beat(
            Presence(holder=HOLDER, worker=WORKER, state="lit", stage="", stages=stages, started_at=began, beat_at=began)
        )
    )
    lease = gateway.lease()
    (lamp,) = gateway.run(gateway.parts.lampboard.lamps())
    while lamp.running == 0 or lamp.state != "lit":  # lamps are given out for a quarter of a second
        (lamp,) = gateway.run(gateway.parts.lampboard.lamps())
    (shown,) = client.get("/v1/lamps").json()
    assert (shown["worker"], shown["state"], shown["queued"], shown["running"], shown["replicas"]) == (WORKER, "lit", 0, 1, 1)
    assert shown["stages"] == stages
    gateway.run(gateway.store.release(lease))
