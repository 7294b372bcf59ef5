"""What runs beside the requests: it outlives whatever the store does, and ends when it is told to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest

from lamplighter_serving.catalog import load_catalog
from lamplighter_serving.errors import StoreError, StoreUnavailable
from lamplighter_serving.gateway import background as background_module
from lamplighter_serving.gateway import watch
from lamplighter_serving.gateway.background import background, purge_forever, reap_forever
from lamplighter_serving.gateway.key_memory import MemoryKeys
from lamplighter_serving.gateway.parts import GatewayParts, assemble
from lamplighter_serving.gateway.purges import Purges
from lamplighter_serving.queue.job import NewJob, Wakeup
from lamplighter_serving.queue.memory import MemoryStore
from lamplighter_serving.queue.store import Retention
from lamplighter_serving.settings import read_gateway_settings
from serving.gateway.conftest import LogLines
from serving.gateway.page.page_server import PdfRenderer

T = TypeVar("T")

DEADLINE_SECONDS = 10
FAILURES = (StoreUnavailable("away"), StoreError("PostgreSQL refused reap_leases with state 42P01."), KeyError("a bug of ours"))


class FailingStore(MemoryStore):
    """Fails once in each way at each of the background's calls, then works; counts what worked."""

    def __init__(self) -> None:
        super().__init__(lambda: datetime.now(UTC))
        self._failures: dict[str, list[Exception]] = {name: list(FAILURES) for name in ("reap", "purge", "watch")}
        self.worked: dict[str, asyncio.Event] = {name: asyncio.Event() for name in self._failures}

    def _may_fail(self, name: str) -> None:
        if self._failures[name]:
            raise self._failures[name].pop()
        self.worked[name].set()

    async def reap(self) -> int:
        self._may_fail("reap")
        return await super().reap()

    async def purge(self, retention: Retention) -> int:
        self._may_fail("purge")
        return await super().purge(retention)

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[Wakeup]]:
        self._may_fail("watch")
        async with super().watch() as notices:
            yield notices


def parts_over(store: MemoryStore) -> GatewayParts:
    settings = read_gateway_settings({"DATABASE_URL": "postgresql:///unused"})
    return assemble(settings=settings, catalog=load_catalog(None), store=store, keys=MemoryKeys(), renderer=PdfRenderer())


def run(work: Callable[[], Awaitable[Any]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            await work()

    asyncio.run(bounded())


async def until(look: Callable[[], Awaitable[T]], is_it: Callable[[T], bool]) -> None:
    """Looks until it is so; the caller has a deadline."""
    while not is_it(await look()):  # noqa: ASYNC110 - a store has no event for its clock
        await asyncio.sleep(0.001)


async def document(store: MemoryStore, job_id: UUID) -> bytes:
    return b"".join([chunk async for chunk in store.document("t", job_id)])


def test_every_task_goes_on_after_whatever_the_store_does(monkeypatch: pytest.MonkeyPatch, log_lines: LogLines) -> None:
    monkeypatch.setattr(background_module, "RESTART_SECONDS", 0.01)
    monkeypatch.setattr(background_module, "REAP_SECONDS", 0.01)
    monkeypatch.setattr(background_module, "PURGE_SECONDS", 0.01)
    monkeypatch.setattr(watch, "RETRY_SECONDS", 0.01)

    async def work() -> None:
        store = FailingStore()
        parts = parts_over(store)
        async with background(parts):
            for worked in store.worked.values():
                await worked.wait()
            with parts.watcher.everything() as notices:
                while not any(notice.kind == "committed" for notice in await notices.next(0.05)):
                    await store.submit(NewJob(tenant="t", worker="extract", request={}), b"x")

    run(work)
    failed = [line for line in log_lines() if line["event"] == "background-failed"]
    assert {line["task"] for line in failed} == {"reaper", "purger", "watcher"}
    assert {line["error"] for line in failed} == {"StoreError", "KeyError"}
    assert "a bug of ours" not in str(failed)


def test_expired_leases_and_old_documents_are_seen_to() -> None:
    async def work() -> None:
        moment = datetime(2026, 3, 1, tzinfo=UTC)
        store = MemoryStore(lambda: moment)
        submitted = await store.submit(NewJob(tenant="t", worker="extract", request={}), b"text")
        await store.lease("extract", holder="h", limit=1, duration=timedelta(seconds=1))
        reaper = asyncio.create_task(reap_forever(store, pause_seconds=0.001))
        retention = Retention(documents=timedelta(days=1), jobs=timedelta(days=9))
        purger = asyncio.create_task(purge_forever(store, retention, pause_seconds=0.001, purges=Purges()))
        moment += timedelta(seconds=2)
        await until(lambda: store.get("t", submitted.job.id), lambda job: job.state == "queued")
        await store.cancel("t", submitted.job.id)
        moment += timedelta(days=2)
        await until(lambda: document(store, submitted.job.id), lambda content: content == b"")
        reaper.cancel()
        purger.cancel()

    run(work)


def test_the_last_deletion_is_the_last_that_worked() -> None:
    class Away(MemoryStore):
        asked = 0

        async def purge(self, retention: Retention) -> int:
            self.asked += 1
            if self.asked <= 3:
                raise StoreUnavailable("away")
            return await super().purge(retention)

    async def work() -> None:
        store, purges = Away(lambda: datetime.now(UTC)), Purges()
        began_at = purges.last_at
        seen: list[tuple[int, bool]] = []

        async def look() -> bool:
            seen.append((store.asked, purges.last_at > began_at))
            return seen[-1][1]

        retention = Retention(documents=timedelta(days=1), jobs=timedelta(days=9))
        purger = asyncio.create_task(purge_forever(store, retention, pause_seconds=0.001, purges=purges))
        await until(look, bool)
        purger.cancel()
        assert all(asked > 3 for asked, moved in seen if moved)

    run(work)


def test_end_of_the_block_ends_every_task_and_lets_waiters_go() -> None:
    async def work() -> None:
        parts = parts_over(MemoryStore(lambda: datetime.now(UTC)))
        before = asyncio.all_tasks()
        async with background(parts):
            subscription = parts.watcher.everything()
            subscription.__enter__()
        assert subscription.ended
        assert await subscription.next(DEADLINE_SECONDS * 2) == ()
        assert asyncio.all_tasks() == before

    run(work)
