"""`lamplighter-gateway export arrivals`: what the table of jobs knows of time, in the form that `simulate --trace` reads."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from lamplighter.load.traces import Work, read_trace
from lamplighter_serving.database import Database
from lamplighter_serving.gateway.main import main
from lamplighter_serving.queue.postgres import PostgresStore
from serving.gateway.conftest import own_log
from serving.gateway.processes import environment
from serving.queue.jobs import new_job

WORK = Work(job_seconds=20.0, prefill_tokens_per_second=1.0, decode_tokens_per_second=1.0)


async def _three_jobs(url: str) -> None:
    """One is done, one runs, one waits; and one of another worker class."""
    async with Database(url, connections=2) as database:
        store = PostgresStore(database)
        for _number in range(3):
            await store.submit(new_job(worker="extract"), b"secret")
        await store.submit(new_job(worker="night"), b"secret")
        one, _two = await store.lease("extract", holder="h", limit=2, duration=timedelta(minutes=1))
        await store.complete(one, {})


def exported(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with own_log():
        assert main(("export", "arrivals", *arguments)) == 0
    return capsys.readouterr().out


def test_arrivals_are_a_trace_for_the_simulation(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name, value in environment(database_url).items():
        monkeypatch.setenv(name, value)
    asyncio.run(_three_jobs(database_url))
    text = exported(capsys, "--worker", "extract")
    assert "secret" not in text
    file = tmp_path / "arrivals.txt"
    file.write_text(text)
    arrivals = read_trace(file, "extract", WORK)
    # The done one worked for less than the test takes; of the others nobody knows.
    assert len(arrivals) == 3
    assert sorted(arrival.work_seconds for arrival in arrivals)[1:] == [20.0, 20.0]
    assert min(arrival.work_seconds for arrival in arrivals) < 20.0

    listed = json.loads(exported(capsys, "--worker", "extract", "--format", "json"))
    assert [one["work_seconds"] is None for one in listed["arrivals"]].count(True) == 2
    later = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    assert json.loads(exported(capsys, "--worker", "extract", "--since", later, "--format", "json"))["arrivals"] == []
