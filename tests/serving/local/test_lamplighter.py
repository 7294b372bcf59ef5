"""The lamplighter with a real database, a real gateway and real workers whose engine is scripted."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from lamplighter_serving.catalog import WorkerClass, load_catalog
from lamplighter_serving.client import AsyncClient
from lamplighter_serving.local.child import Child, Children
from lamplighter_serving.local.gateway import Gateway, running_gateway
from lamplighter_serving.local.key import usable_key
from lamplighter_serving.local.lamplighter import Lamplighter
from lamplighter_serving.local.place import Place
from lamplighter_serving.local.submit import Answer, answer
from lamplighter_serving.local.trouble import Trouble
from lamplighter_serving.local.workers import Workers
from serving.local.ground import PATIENCE_SECONDS, write_catalog, write_invoices


@dataclass(kw_only=True)
class Scene:
    """A lamplighter at work. `started` has every worker it started."""

    gateway: Gateway
    client: AsyncClient
    children: Children
    documents: list[Path]
    started: list[Child] = field(default_factory=list)
    starts: "asyncio.Queue[Child]" = field(default_factory=asyncio.Queue)
    deaths: list[Child] = field(default_factory=list)

    async def submit(self, number: int = 0) -> Answer:
        return await answer(self.client, self.documents[number], "invoice")

    async def next_worker(self) -> Child:
        """The next worker that is started; exactly one was."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            child = await self.starts.get()
        assert self.starts.empty()
        return child


@asynccontextmanager
async def scene(database_url: str, folder: Path, catalog_path: Path) -> AsyncIterator[Scene]:
    place = Place(folder=folder, kept=True)
    place.logs.mkdir()
    catalog = load_catalog(catalog_path)
    documents = sorted(write_invoices(folder / "documents", 2).glob("*.txt"))
    async with AsyncExitStack() as stack:
        children = stack.enter_context(Children({**os.environ, "LAMPLIGHTER_CATALOG": str(catalog_path)}, place))
        serving = running_gateway(children, database_url=database_url, host="127.0.0.1", port=0)
        gateway = await stack.enter_async_context(serving)
        key = await stack.enter_async_context(usable_key(gateway, place, database_url, embedded=True))
        client = await stack.enter_async_context(AsyncClient(gateway.address, key))
        it = Scene(gateway=gateway, client=client, children=children, documents=documents)
        workers = Workers(children, database_url, Trouble())

        async def start(worker: WorkerClass, decided_at: float) -> Child:
            child = await workers.start(worker, decided_at)
            it.started.append(child)
            it.starts.put_nowait(child)
            return child

        lamplighter = Lamplighter(
            scaler=gateway.scaler,
            workers=catalog.workers.values(),
            grace_seconds=10.0,
            start=start,
            say=lambda _: None,
            on_death=lambda _, child: it.deaths.append(child),
        )
        task = asyncio.create_task(lamplighter.run())
        try:
            yield it
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            assert not any(child.alive for child in it.started)


def test_a_worker_comes_for_a_document_goes_dark_after_the_cooldown_and_comes_again(database_url: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(database_url, tmp_path, write_catalog(tmp_path / "catalog.json", cooldown_seconds=0.5)) as it:
            await asyncio.sleep(0.3)
            assert it.started == []  # nothing burns while nobody asks
            assert (await it.submit(0)).state == "done"
            first = await it.next_worker()
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert await first.gone() == 0  # asked, and it drained
            lamps = await it.client.lamps()
            assert set(lamps[0]["stages"]) == {"activation", "weights", "engine", "first_result"}
            assert (await it.submit(1)).state == "done"
            await it.next_worker()
            assert it.deaths == []

    asyncio.run(run())


def test_a_worker_that_is_killed_while_there_is_work_is_started_again(database_url: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(database_url, tmp_path, write_catalog(tmp_path / "catalog.json", loadSeconds=1.0)) as it:
            answering = asyncio.create_task(it.submit())
            first = await it.next_worker()
            first.tell(signal.SIGKILL)
            assert (await answering).state == "done"
            second = await it.next_worker()
            assert second.alive
            assert [child.pid for child in it.deaths] == [first.pid]

    asyncio.run(run())


def test_the_lamplighter_comes_back_to_a_gateway_that_was_away(database_url: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with scene(database_url, tmp_path, write_catalog(tmp_path / "catalog.json")) as it:
            await it.gateway.child.stop((signal.SIGTERM, 20.0))
            again = await it.children.start(
                "gateway",
                "gateway",
                "serve",
                environment={
                    "DATABASE_URL": database_url,
                    "LAMPLIGHTER_PORT": it.gateway.address.rsplit(":", 1)[1],
                    "LAMPLIGHTER_SCALER_PORT": it.gateway.scaler.rsplit(":", 1)[1],
                },
                listen=True,
            )
            try:
                assert await again.line()
                assert (await it.submit()).state == "done"
            finally:
                await again.stop((signal.SIGTERM, 20.0))

    asyncio.run(run())
