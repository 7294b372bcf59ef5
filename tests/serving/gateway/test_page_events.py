"""What the page follows: all lamps, and every job of its tenant, whenever one changes."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import psycopg
import pytest

from lamplighter_serving.gateway.routes import events
from lamplighter_serving.queue.store import Presence
from serving.gateway.forms import submitted
from serving.gateway.running import HOLDER, WORKER, RunningGateway
from serving.gateway.streams import COMMENT, Message, stream
from serving.gateway.test_reading import RESULT


def presence(state: str, stage: str = "") -> Presence:
    now = datetime.now(UTC)
    return Presence(holder=HOLDER, worker=WORKER, state=state, stage=stage, stages={}, started_at=now, beat_at=now)


def until(messages: Iterator[Message], kind: str, state: str) -> Message:
    """The next message of this kind with this state."""
    return next(message for message in messages if message.kind == kind and message.data["state"] == state)


def test_lamps_come_at_once_and_whenever_one_changes(
    gateway: RunningGateway, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LAMP_SECONDS", 60.0)  # what is shown is shown because of a notice
    with stream(client, "/v1/events") as messages:
        first = next(messages)
        assert (first.kind, first.id) == ("lamp", None)  # no id: there is nothing to go on after
        gateway.run(gateway.store.beat(presence("waking", "weights")))
        assert until(messages, "lamp", "waking").data["stage"] == "weights"
        gateway.run(gateway.store.beat(presence("lit")))
        until(messages, "lamp", "cooling")  # lit, and no work
        gateway.run(gateway.store.leave(HOLDER))
        until(messages, "lamp", "dark")


def test_counts_of_a_lamp_are_right_after_the_last_of_many_changes(
    gateway: RunningGateway, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "LAMP_SECONDS", 60.0)
    with stream(client, "/v1/events") as messages:
        next(messages)
        for _ in range(5):
            submitted(client)
        assert next(message for message in messages if message.kind == "lamp" and message.data["queued"] == 5)


def test_job_comes_with_each_of_its_states(gateway: RunningGateway, client: httpx.Client) -> None:
    with stream(client, "/v1/events") as messages:
        next(messages)
        job_id = str(submitted(client))
        assert until(messages, "job", "queued").data["id"] == job_id
        lease = gateway.lease()
        assert until(messages, "job", "running").data["id"] == job_id
        gateway.run(gateway.store.complete(lease, RESULT))
        assert until(messages, "job", "done").data["id"] == job_id


def test_jobs_of_other_tenants_are_not_told(gateway: RunningGateway, client: httpx.Client) -> None:
    other = gateway.client("other")
    with stream(client, "/v1/events") as messages:
        next(messages)
        submitted(other)
        mine = str(submitted(client))
        told = next(message for message in messages if message.kind == "job")
        assert told.data["id"] == mine


def test_when_anything_may_have_changed_the_newest_jobs_come_again(gateway: RunningGateway, client: httpx.Client) -> None:
    jobs = [str(submitted(client)) for _ in range(2)]
    with stream(client, "/v1/events") as messages:
        next(messages)
        with psycopg.connect(gateway.settings.database_url, autocommit=True) as connection:
            connection.execute("SELECT pg_notify('lamplighter', 'a notice that is none of ours')")
        assert [until(messages, "job", "queued").data["id"] for _ in range(2)] == jobs  # oldest first


def test_silent_stream_says_that_it_lives(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "KEEP_ALIVE_SECONDS", 0.05)
    monkeypatch.setattr(events, "LAMP_SECONDS", 0.02)
    with stream(client, "/v1/events") as messages:
        assert next(message for message in messages if message.kind == COMMENT)
