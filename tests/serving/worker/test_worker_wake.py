"""What a worker tells of its wake, to the lamp, to the jobs that waited, and to the counts."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lamplighter_serving.errors import EngineUnavailable, SettingsError
from lamplighter_serving.queue.job import Job, JobState
from lamplighter_serving.queue.memory import MemoryStore
from lamplighter_serving.queue.store import Presence, Tally
from lamplighter_serving.worker.wake import read_ahead
from serving.worker.worker_harness import (
    TENANT,
    WORKER,
    Clock,
    Desk,
    lit,
    new_store,
    settings,
    submit,
    until_state,
    worker_class,
)


async def woken(store: MemoryStore, job: Job, **having: Any) -> list[Tally]:
    """Wakes a worker for a job, and gives what it counted."""
    async with lit(store, Desk(), having=settings(**having)):
        await until_state(store, job, JobState.DONE)
    return list(await store.tallies())


def counts(tallies: list[Tally], metric: str) -> dict[str, int]:
    return {tally.label: sum(tally.counts) for tally in tallies if tally.metric == metric}


def test_a_job_that_waited_is_told_every_stage_in_order() -> None:
    async def main() -> None:
        store = new_store()
        job = await submit(store, "waits")
        await woken(store, job, started_at=time.time())
        events = [(each.kind, each.data) for each in await store.events(TENANT, job.id)]
        assert [kind for kind, _ in events[:2]] == ["queued", "running"]
        told = [(kind, data.get("stage")) for kind, data in events if kind in {"waking", "stage"}]
        assert told == [("waking", None), ("stage", "activation"), ("stage", "weights"), ("stage", "engine")]
        assert all(float(str(data["seconds"])) >= 0 for kind, data in events if kind in {"waking", "stage"})

    asyncio.run(main())


def test_a_wake_is_counted_once_by_stage_and_its_end_is_the_first_result() -> None:
    async def main() -> list[Tally]:
        store = new_store()
        job = await submit(store, "waits")
        return await woken(store, job, started_at=time.time())

    tallies = asyncio.run(main())
    assert counts(tallies, "lamplighter_wake_stage_seconds") == {"activation": 1, "weights": 1, "engine": 1, "first_result": 1}
    assert counts(tallies, "lamplighter_job_seconds") == {"wait": 1, "read": 1, "extract": 1}
    tokens = {tally.label: tally.total for tally in tallies if tally.metric == "lamplighter_tokens_total"}
    assert tokens["prompt"] > 0
    assert {tally.worker for tally in tallies} == {WORKER}


def test_activation_is_from_the_commit_to_the_decision() -> None:
    async def main() -> float:
        clock = Clock()
        store = new_store(clock)
        job = await submit(store, "waits")
        clock.forward(7)  # the job has waited for seven seconds when someone decides to start a worker
        tallies = await woken(store, job, started_at=time.time())
        (activation,) = [each.total for each in tallies if each.label == "activation"]
        return activation

    assert asyncio.run(main()) == pytest.approx(7, abs=0.5)


def test_a_worker_that_joins_a_lit_one_has_no_activation() -> None:
    async def main() -> dict[str, int]:
        store = new_store()
        now = Clock()()
        await store.beat(Presence(holder="other", worker=WORKER, state="lit", stage="", stages={}, started_at=now, beat_at=now))
        return counts(
            await woken(store, await submit(store, "waits"), started_at=time.time()), "lamplighter_wake_stage_seconds"
        )

    assert "activation" not in asyncio.run(main())


def test_a_wake_for_nobody_has_no_first_result() -> None:
    async def main() -> dict[str, int]:
        store = new_store()
        async with lit(store, Desk(), having=settings(heartbeat=timedelta(hours=1))):
            async with store.watch() as notices:
                async for notice in notices:
                    if notice.kind == "lamp" and [each.state for each in await store.presences(within=timedelta(1))] == ["lit"]:
                        break
            await asyncio.sleep(0.05)  # it looks into the queue once
            await until_state(store, await submit(store, "much later"), JobState.DONE)
        return counts(list(await store.tallies()), "lamplighter_wake_stage_seconds")

    assert asyncio.run(main()) == {"weights": 1, "engine": 1}


def test_an_engine_that_does_not_come_up_ends_the_worker_and_its_lamp() -> None:
    async def main() -> None:
        store = new_store()
        await submit(store, "waits")
        with pytest.raises(SettingsError, match="unknown keys"):
            async with lit(store, Desk(), of=worker_class({"loadSecond": 1})) as worker:
                await asyncio.wait([worker.task])
        assert await store.presences(within=timedelta(minutes=1)) == []

    asyncio.run(main())


def test_weights_are_read_whole_before_the_engine_needs_them(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.bin").write_bytes(b"x" * 10_000_000)
    (tmp_path / "sub" / "b.bin").write_bytes(b"y" * 5)
    assert read_ahead(tmp_path) == 10_000_005
    assert read_ahead(tmp_path / "a.bin") == 10_000_000


def test_an_engine_error_while_waking_keeps_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise EngineUnavailable("The model could not be loaded.")

    monkeypatch.setattr("lamplighter_serving.worker.wake.build_engine", broken)

    async def main() -> None:
        async with lit(new_store(), Desk()) as worker:
            await asyncio.wait([worker.task])

    with pytest.raises(EngineUnavailable, match="could not be loaded"):
        asyncio.run(main())
