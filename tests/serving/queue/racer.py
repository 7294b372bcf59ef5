"""What one of several processes does in a race. A module of its own, because a new process must be able to import it."""

import asyncio
from datetime import UTC, datetime, timedelta

from lamplighter_serving.database import Database
from lamplighter_serving.queue.migrate import migrate
from lamplighter_serving.queue.postgres import PostgresStore
from lamplighter_serving.queue.store import Presence

LEASE = timedelta(minutes=10)


def take_all(url: str, worker: str, holder: str, tasks: int, processes: int) -> list[str]:
    """Leases and completes until nothing is left, with that many tasks at once. Gives the ids it completed.

    Begins when all processes are there: one that starts slowly would find nothing left.
    """
    return asyncio.run(_take_all(url, worker, holder, tasks, processes))


async def _take_all(url: str, worker: str, holder: str, tasks: int, processes: int) -> list[str]:
    completed: list[str] = []
    now = datetime.now(UTC)
    presence = Presence(holder=holder, worker=worker, state="lit", stage="", stages={}, started_at=now, beat_at=now)

    async with Database(url, connections=tasks) as database:
        store = PostgresStore(database)

        async def task(number: int) -> None:
            while (await store.depths([worker]))[0].queued:
                for lease in await store.lease(worker, holder=f"{holder}-{number}", limit=1 + number % 3, duration=LEASE):
                    await store.heartbeat(lease.holder, [lease], LEASE)
                    await store.complete(lease, {"holder": lease.holder})
                    completed.append(str(lease.job.id))

        await store.beat(presence)
        while len(await store.presences(within=LEASE)) < processes:
            pass
        await asyncio.gather(*(task(number) for number in range(tasks)))
    return completed


def migrate_once(url: str) -> tuple[str, ...]:
    """Migrates; gives the names of the files this process applied."""
    return asyncio.run(_migrate_once(url))


async def _migrate_once(url: str) -> tuple[str, ...]:
    async with Database(url, connections=1) as database:
        return await migrate(database)
