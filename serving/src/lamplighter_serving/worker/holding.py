"""The leases this worker holds, kept alive by heartbeats, and what happens when one is lost.

A lease is certainly lost when its duration has passed since the last heartbeat that the store confirmed. Until then a write
that found no database is tried again; the fence decides in the end.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from .. import logs
from ..errors import LeaseLost, StoreUnavailable
from ..queue.job import Lease
from ..queue.store import JobStore

T = TypeVar("T")

#: Pauses between tries of a call that found no database: short at first, for a restart takes about a second.
RETRY_FIRST_SECONDS = 0.1
RETRY_MOST_SECONDS = 2.0


@dataclass(kw_only=True, slots=True, eq=False)
class Held:
    """A lease, the task that works on it, and the local time (monotonic seconds) at which it is certainly over."""

    lease: Lease
    lost_after: float
    task: asyncio.Task[None] | None = None


class Holding:
    """All leases of one worker process."""

    def __init__(self, store: JobStore, *, holder: str, duration: timedelta) -> None:
        self._store = store
        self._holder = holder
        self._duration = duration
        self._held: dict[UUID, Held] = {}

    def __len__(self) -> int:
        return len(self._held)

    @property
    def all(self) -> Collection[Held]:
        """What is held now."""
        return tuple(self._held.values())

    def add(self, lease: Lease) -> Held:
        """Takes up a lease that the store has just given."""
        held = Held(lease=lease, lost_after=time.monotonic() + self._duration.total_seconds())
        self._held[lease.job.id] = held
        return held

    def drop(self, held: Held) -> None:
        """Forgets a lease whose work has ended."""
        if self._held.get(held.lease.job.id) is held:
            del self._held[held.lease.job.id]

    async def beat(self) -> None:
        """Extends every lease; the work on one that is lost or cancelled is ended at once."""
        held = self.all
        if not held:
            return
        try:
            # A database that hangs must not keep us from noticing that the leases end meanwhile.
            async with asyncio.timeout(self._duration.total_seconds() / 2):
                alive = await self._store.heartbeat(self._holder, [each.lease for each in held], self._duration)
        except (StoreUnavailable, TimeoutError):
            logs.event("heartbeat-failed", leases=len(held))
            now = time.monotonic()
            lost = [each for each in held if each.lost_after <= now]
        else:
            lost_after = time.monotonic() + self._duration.total_seconds()
            lost = [each for each in held if each.lease.job.id not in alive]
            for each in held:
                each.lost_after = lost_after
        for each in lost:
            self._abandon(each)

    async def insist(self, held: Held, call: Callable[[], Awaitable[T]]) -> T:
        """Makes one call of the lease, again and again while the database is away. Raises `LeaseLost`."""
        pause_seconds = RETRY_FIRST_SECONDS
        while True:
            try:
                return await call()
            except StoreUnavailable:
                if time.monotonic() >= held.lost_after:
                    raise LeaseLost("The lease ended while the database was away.") from None
                await asyncio.sleep(pause_seconds)
                pause_seconds = min(RETRY_MOST_SECONDS, pause_seconds * 2)

    def _abandon(self, held: Held) -> None:
        # A task that has finished its last write is no longer held: its job's absence among the living means nothing.
        if self._held.get(held.lease.job.id) is held:
            logs.event("lease-lost", job=held.lease.job.id, attempt=held.lease.job.attempt)
            self.drop(held)
            if held.task is not None:
                held.task.cancel()
