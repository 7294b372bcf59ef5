"""The events of one job: from the first to the last, each once, also over a lost connection."""

import threading
import time

import httpx
import psycopg
import pytest

from lamplighter_serving.gateway.routes import events
from serving.gateway.forms import submitted
from serving.gateway.running import DEADLINE_SECONDS, RunningGateway, wait_until
from serving.gateway.streams import COMMENT, Message, stream
from serving.gateway.test_reading import PROBLEM, RESULT


def test_ended_job_tells_its_whole_story_and_the_stream_ends(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    lease = gateway.lease()
    gateway.run(gateway.store.record(lease, "stage", {"stage": "weights", "seconds": 1.5}))
    gateway.run(gateway.store.fail(lease, PROBLEM))
    with stream(client, f"/v1/jobs/{job_id}/events") as messages:
        told = list(messages)
    assert [message.kind for message in told] == ["queued", "running", "stage", "failed"]
    assert [message.id for message in told] == [str(message.data["sequence"]) for message in told]
    assert told[2].data["data"] == {"stage": "weights", "seconds": 1.5}
    assert told[3].data["data"]["problem"]["code"] == PROBLEM.code


def test_events_come_as_they_happen(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    with stream(client, f"/v1/jobs/{job_id}/events") as messages:
        assert next(messages).kind == "queued"
        lease = gateway.lease()
        assert next(messages).kind == "running"
        gateway.run(gateway.store.record(lease, "stage", {"stage": "engine", "seconds": 1}))
        assert next(messages).data["data"]["stage"] == "engine"
        gateway.run(gateway.store.complete(lease, RESULT))
        assert [message.kind for message in messages] == ["done"]


def test_stream_goes_on_after_the_last_event_id(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    lease = gateway.lease()
    with stream(client, f"/v1/jobs/{job_id}/events") as messages:
        next(messages)
        seen = next(messages)
    gateway.run(gateway.store.record(lease, "stage", {"stage": "engine", "seconds": 1}))
    gateway.run(gateway.store.complete(lease, RESULT))
    with stream(client, f"/v1/jobs/{job_id}/events", last_event_id=seen.id) as messages:
        assert [message.kind for message in messages] == ["stage", "done"]


def test_client_that_has_seen_the_end_gets_an_empty_stream(client: httpx.Client) -> None:
    job_id = submitted(client)
    client.delete(f"/v1/jobs/{job_id}")
    with stream(client, f"/v1/jobs/{job_id}/events", last_event_id="2") as messages:
        assert list(messages) == []


@pytest.mark.parametrize("last_event_id", ["", "x", "-1", "1.5", "9999999999999999999", "٣"])
def test_last_event_id_that_is_none_of_ours_gives_everything(client: httpx.Client, last_event_id: str) -> None:
    job_id = submitted(client)
    client.delete(f"/v1/jobs/{job_id}")
    headers = [(b"last-event-id", last_event_id.encode())]
    with client.stream("GET", f"/v1/jobs/{job_id}/events", headers=headers) as response:  # type: ignore[arg-type]
        assert response.read().count(b"event: ") == 2


def test_silent_stream_says_that_it_lives(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.05)
    job_id = submitted(client)
    with stream(client, f"/v1/jobs/{job_id}/events") as messages:
        assert next(messages).kind == "queued"
        assert [next(messages).kind for _ in range(3)] == [COMMENT] * 3
        client.delete(f"/v1/jobs/{job_id}")
        assert [message.kind for message in messages if message.kind != COMMENT] == ["cancelled"]


def test_many_streams_share_the_two_listening_connections(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    told: list[list[str]] = []
    clients = [gateway.client() for _ in range(20)]

    def follow(one: httpx.Client) -> None:
        with stream(one, f"/v1/jobs/{job_id}/events") as messages:
            told.append([message.kind for message in messages])

    threads = [threading.Thread(target=follow, args=(one,)) for one in clients]
    for thread in threads:
        thread.start()
    wait_until(lambda: gateway.held() == len(clients))
    with psycopg.connect(gateway.settings.database_url) as connection:
        (connections,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()[0]
    client.delete(f"/v1/jobs/{job_id}")
    for thread in threads:
        thread.join(DEADLINE_SECONDS)
    assert connections <= gateway.settings.database_connections + 2 < len(clients)
    assert told == [["queued", "cancelled"]] * len(clients)
    assert gateway.held() == 0


def test_stream_that_nobody_reads_any_more_ends(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    with stream(client, f"/v1/jobs/{job_id}/events") as messages:
        next(messages)
        wait_until(lambda: gateway.held() == 1)
    wait_until(lambda: gateway.held() == 0)


def test_stream_ends_when_retention_deletes_the_job(gateway: RunningGateway, client: httpx.Client) -> None:
    job_id = submitted(client)
    with stream(client, f"/v1/jobs/{job_id}/events") as messages:
        next(messages)
        with psycopg.connect(gateway.settings.database_url, autocommit=True) as connection:
            connection.execute("DELETE FROM jobs")
            connection.execute("SELECT pg_notify('lamplighter', 'anything may have changed')")
        assert list(messages) == []


def test_stopping_gateway_lets_streams_and_waits_go(database_url: str) -> None:
    with RunningGateway(database_url) as gateway:
        client = gateway.client()
        job_id = submitted(client)
        answers: list[list[Message] | str] = []

        def follow() -> None:
            with stream(client, f"/v1/jobs/{job_id}/events") as messages:
                answers.append(list(messages))

        def wait() -> None:
            answers.append(client.get(f"/v1/jobs/{job_id}?wait=60s").json()["state"])

        threads = [threading.Thread(target=work) for work in (follow, wait)]
        for thread in threads:
            thread.start()
        wait_until(lambda: gateway.held() == 2)
        begin = time.monotonic()
        gateway.stop()
        for thread in threads:
            thread.join(DEADLINE_SECONDS)
    assert time.monotonic() - begin < 10  # far below the minute of the wait
    assert "queued" in answers
    assert len(answers) == 2
