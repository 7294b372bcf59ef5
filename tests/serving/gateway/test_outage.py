"""The database goes away and comes back: what the gateway says meanwhile, and that it needs no restart afterwards."""

import threading
from collections.abc import Iterator

import httpx
import pytest

from serving.gateway.cable import Cable
from serving.gateway.forms import submit, submitted
from serving.gateway.running import DEADLINE_SECONDS, WORKER, RunningGateway, wait_until
from serving.gateway.streams import stream
from serving.gateway.test_metrics import value
from serving.gateway.test_reading import RESULT


@pytest.fixture
def cable(database_url: str) -> Iterator[Cable]:
    with Cable(database_url) as cable:
        yield cable


@pytest.fixture
def gateway(cable: Cable) -> Iterator[RunningGateway]:
    with RunningGateway(cable.url) as running:
        yield running


def ready(client: httpx.Client) -> bool:
    return client.get("/readyz").status_code == 200


def wait_until_ready(client: httpx.Client) -> None:
    wait_until(lambda: ready(client))


def test_health_tells_a_living_process_from_one_that_can_work(gateway: RunningGateway, cable: Cable) -> None:
    client = gateway.client(None)
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    cable.cut()
    assert client.get("/healthz").json() == {"status": "ok"}  # else an outage would end every gateway
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
    assert int(answer.headers["retry-after"]) > 0
    cable.mend()
    wait_until_ready(client)


def test_every_request_that_needs_the_database_gets_503_and_when_to_come_back(gateway: RunningGateway, cable: Cable) -> None:
    client = gateway.client()
    job_id = submitted(client)
    cable.cut()
    paths = (
        "/v1/jobs",
        f"/v1/jobs/{job_id}",
        f"/v1/jobs/{job_id}/result",
        f"/v1/jobs/{job_id}/events",
        "/v1/lamps",
    )
    answers = [client.get(path) for path in paths]
    answers += [client.delete(f"/v1/jobs/{job_id}"), submit(client), submit(client, b"x" * 3_000_000)]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(503, "store-unavailable")}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    cable.mend()
    assert client.get(f"/v1/jobs/{job_id}").json()["state"] == "queued"
    assert len(client.get("/v1/jobs").json()["jobs"]) == 1  # what was answered with 503 was not taken


def test_metrics_tell_that_the_database_is_away_and_what_clients_get_meanwhile(gateway: RunningGateway, cable: Cable) -> None:
    client = gateway.client()
    text = client.get("/metrics").text
    assert value(text, "lamplighter_database_up") == 1
    assert value(text, "lamplighter_jobs", worker=WORKER, state="queued") == 0
    cable.cut()
    submit(client)
    text = client.get("/metrics").text
    assert value(text, "lamplighter_database_up") == 0
    assert value(text, "lamplighter_http_responses_total", code="503") == 1
    assert value(text, "lamplighter_held_requests", worker=WORKER) == 0
    assert value(text, "lamplighter_jobs", worker=WORKER, state="queued") is None  # unknown, and not zero


def test_key_that_was_never_seen_cannot_be_checked_and_is_not_let_in(gateway: RunningGateway, cable: Cable) -> None:
    client = gateway.client()
    cable.cut()
    assert client.get("/v1/extractors").json()["code"] == "store-unavailable"


def test_stream_and_wait_live_through_an_outage(gateway: RunningGateway, cable: Cable) -> None:
    client = gateway.client()
    job_id = submitted(client)
    lease = gateway.lease()
    told: list[str] = []

    def follow() -> None:
        with stream(client, f"/v1/jobs/{job_id}/events") as messages:
            told.extend(message.kind for message in messages)

    follower = threading.Thread(target=follow)
    follower.start()
    wait_until(lambda: gateway.held() == 1)
    cable.cut()
    assert not ready(client)
    cable.mend()
    wait_until_ready(client)
    gateway.run(gateway.store.complete(lease, RESULT))
    follower.join(DEADLINE_SECONDS)
    assert told == ["queued", "running", "done"]


def test_gateway_that_starts_before_its_database_serves_once_it_is_there(cable: Cable) -> None:
    cable.cut()
    with RunningGateway(cable.url) as early:
        client = early.client(None)
        assert not ready(client)
        cable.mend()
        wait_until_ready(client)
        job_id = submitted(early.client())
        with stream(early.client(), f"/v1/jobs/{job_id}/events") as messages:
            next(messages)
            early.client().delete(f"/v1/jobs/{job_id}")
            assert [message.kind for message in messages] == ["cancelled"]
