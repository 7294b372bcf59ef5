"""The lamp board: what a gateway remembers of a lamp, and how seldom it asks the store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from lamplighter_serving.catalog import load_catalog
from lamplighter_serving.errors import StoreUnavailable
from lamplighter_serving.gateway.lampboard import FRESH_SECONDS, MINUTE_SECONDS, PRESENCE_SECONDS, LampBoard
from lamplighter_serving.gateway.lamps import Lamp
from lamplighter_serving.gateway.watch import Watcher
from lamplighter_serving.queue.job import Depth, NewJob
from lamplighter_serving.queue.memory import MemoryStore
from lamplighter_serving.queue.store import Presence

DEADLINE_SECONDS = 10
MINUTE = timedelta(minutes=1)


class Store(MemoryStore):
    """Counts how often it is asked for depths, and can be away."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        super().__init__(clock)
        self.asked = 0
        self.away = False

    async def depths(self, workers: Iterable[str] | None = None) -> Sequence[Depth]:
        if self.away:
            raise StoreUnavailable("The database did not answer.")
        self.asked += 1
        return await super().depths(workers)


class Scene:
    """A board with its store, under one clock."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.store = Store(lambda: self.now)
        self.watcher = Watcher(self.store)
        self.board = LampBoard(self.store, load_catalog(None), self.watcher, clock=self.seconds, now=lambda: self.now)

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    async def lamp(self) -> Lamp:
        (lamp,) = await self.board.lamps()
        return lamp

    async def heard(self) -> None:
        """Waits until the board has heard what was told so far."""
        for _ in range(50):
            await asyncio.sleep(0)

    async def beat(self, state: str, **stages: float) -> None:
        await self.store.beat(
            Presence(holder="w", worker="extract", state=state, stage="", stages=stages, started_at=self.now, beat_at=self.now)
        )
        await self.heard()

    async def finish_one(self) -> None:
        await self.store.submit(NewJob(tenant="t", worker="extract", request={}), b"")
        (lease,) = await self.store.lease("extract", holder="w", limit=1, duration=MINUTE)
        await self.store.complete(lease, {})
        await self.heard()


def run(work: Callable[[Scene], Awaitable[None]]) -> None:
    @asynccontextmanager
    async def running(scene: Scene) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(scene.watcher.run()), asyncio.create_task(scene.board.run())]
        await scene.heard()
        yield
        for task in tasks:
            task.cancel()

    async def bounded() -> None:
        scene = Scene()
        async with asyncio.timeout(DEADLINE_SECONDS), running(scene):
            await work(scene)

    asyncio.run(bounded())


def test_many_who_ask_cost_as_much_as_one() -> None:
    async def work(scene: Scene) -> None:
        scene.pass_time(1)
        before = scene.store.asked
        await asyncio.gather(*(scene.board.lamps() for _ in range(50)))
        assert scene.store.asked == before + 1
        scene.pass_time(FRESH_SECONDS)
        await scene.board.lamps()
        assert scene.store.asked == before + 2

    run(work)


def test_documents_of_the_last_minute_are_counted() -> None:
    async def work(scene: Scene) -> None:
        await scene.beat("lit")
        for _ in range(3):
            await scene.finish_one()
            scene.pass_time(1)
        assert (await scene.lamp()).documents_per_minute == 3
        scene.pass_time(MINUTE_SECONDS - 1)
        assert (await scene.lamp()).documents_per_minute == 1  # the last one ended a second after the second
        scene.pass_time(2)
        assert (await scene.lamp()).documents_per_minute == 0

    run(work)


def test_countdown_starts_when_work_ends() -> None:
    async def work(scene: Scene) -> None:
        await scene.beat("lit")
        scene.pass_time(100)
        await scene.finish_one()
        await scene.beat("lit")
        scene.pass_time(5)
        lamp = await scene.lamp()
        assert lamp.state == "cooling"
        assert lamp.seconds_to_dark == load_catalog(None).workers["extract"].cooldown_seconds - 5

    run(work)


def test_lamp_that_went_dark_remembers_its_last_wake_and_when() -> None:
    async def work(scene: Scene) -> None:
        await scene.lamp()
        await scene.beat("lit", weights=2.0)  # right after somebody looked
        await scene.store.leave("w")
        await scene.heard()
        scene.pass_time(1)
        dark = scene.now
        lamp = await scene.lamp()
        assert (lamp.state, lamp.stages) == ("dark", {"weights": 2.0})
        assert lamp.since is not None
        assert lamp.since <= dark
        scene.pass_time(60)
        assert (await scene.lamp()).since == lamp.since

    run(work)


def test_worker_that_stops_beating_is_not_there() -> None:
    async def work(scene: Scene) -> None:
        await scene.beat("lit")
        scene.pass_time(PRESENCE_SECONDS - 1)
        assert (await scene.lamp()).replicas == 1
        scene.pass_time(2)
        assert (await scene.lamp()).replicas == 0

    run(work)


def test_store_that_is_away_is_said_and_nothing_is_forgotten() -> None:
    async def work(scene: Scene) -> None:
        await scene.beat("lit", weights=2.0)
        scene.store.away = True
        await scene.store.leave("w")
        await scene.heard()
        scene.pass_time(1)
        with pytest.raises(StoreUnavailable):
            await scene.board.lamps()
        scene.store.away = False
        assert (await scene.lamp()).stages == {"weights": 2.0}

    run(work)
