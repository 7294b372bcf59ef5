"""Both stores under a clock that the test turns.

The memory store is given its clock. PostgreSQL has its own, so there time passes by moving everything written into the past.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from lamplighter_serving.database import Database, Query
from lamplighter_serving.queue.memory import MemoryStore
from lamplighter_serving.queue.postgres import PostgresStore
from lamplighter_serving.queue.store import JobStore

#: Lets time pass: `await elapse(timedelta(minutes=5))`.
Elapse = Callable[[timedelta], Awaitable[None]]
#: Agrees a weight with a tenant: `await weigh("acme", 3)`.
Weigh = Callable[[str, int], Awaitable[None]]

WEIGH = Query(
    name="weigh",
    text=b"""
    INSERT INTO tenants (tenant, weight) VALUES (%(tenant)s, %(weight)s)
    ON CONFLICT (tenant) DO UPDATE SET weight = excluded.weight
    """,
)

#: Every column that a statement compares with now().
MOMENTS = {
    "jobs": ("created_at", "available_at", "started_at", "leased_at", "finished_at", "lease_expires_at"),
    "job_events": ("at",),
    "presences": ("beat_at",),
    "tallies": ("written_at",),
}
MOVES = tuple(
    Query(
        name=f"elapse_{table}",
        text=f"UPDATE {table} SET {', '.join(f'{name} = {name} - %(time)s' for name in columns)}".encode(),
    )
    for table, columns in MOMENTS.items()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TimedStore:
    """A store and its time."""

    store: JobStore
    elapse: Elapse
    weigh: Weigh


def timed_memory() -> TimedStore:
    """The store in memory, at a time of its own: a microsecond passes with every look at it, more when it is turned."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    weights: dict[str, int] = {}

    def clock() -> datetime:
        nonlocal now
        now += timedelta(microseconds=1)
        return now

    async def elapse(time: timedelta) -> None:
        nonlocal now
        now += time

    async def weigh(tenant: str, weight: int) -> None:
        weights[tenant] = weight

    return TimedStore(store=MemoryStore(clock, weights), elapse=elapse, weigh=weigh)


def timed_postgres(database: Database) -> TimedStore:
    """The store in PostgreSQL over a migrated database."""

    async def elapse(time: timedelta) -> None:
        async with database.transaction() as transaction:
            for move in MOVES:
                await transaction.rows(move, {"time": time})

    async def weigh(tenant: str, weight: int) -> None:
        await database.rows(WEIGH, {"tenant": tenant, "weight": weight})

    return TimedStore(store=PostgresStore(database), elapse=elapse, weigh=weigh)


@asynccontextmanager
async def timed_store(database_url: str | None) -> AsyncIterator[TimedStore]:
    """The store in PostgreSQL at that address, or the one in memory when there is none."""
    if database_url is None:
        yield timed_memory()
        return
    async with Database(database_url, connections=8) as database:
        yield timed_postgres(database)
