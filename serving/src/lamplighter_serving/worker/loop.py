"""The worker's loop: keeps the engine's slots filled with leased jobs, woken by notices and never by polling.

One lease more than the engine serves at once is held, so that the next document is read while the engine works. An engine that
is gone is not fed: leasing rests, longer each time, until it answers again.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta

from .. import logs
from ..errors import StoreUnavailable
from ..queue.backoff import retry_delay
from ..queue.job import Wakeup
from ..queue.store import JobStore
from .attempt import Attempts, Ending
from .holding import Held, Holding
from .wake import Wake

#: Leases beyond the engine's concurrency: their documents are read while it works. More would keep jobs from idle replicas.
READ_AHEAD = 1
#: How long to rest when the database is away and cannot say when it is back.
STORE_AWAY_SECONDS = 0.5
#: An engine that is gone is asked again after at most so long: about what loading a model takes.
ENGINE_REST_MOST_SECONDS = 30.0


class WorkLoop:
    """Leases jobs of one worker class and works on them until it is told to stop."""

    def __init__(
        self,
        *,
        store: JobStore,
        holding: Holding,
        attempts: Attempts,
        wake: Wake,
        worker: str,
        holder: str,
        concurrency: int,
        lease: timedelta,
    ) -> None:
        self._store = store
        self._holding = holding
        self._attempts = attempts
        self._wake = wake
        self._worker = worker
        self._holder = holder
        self._most_leases = concurrency + READ_AHEAD
        self._lease = lease
        self._slots = asyncio.Semaphore(concurrency)
        self._changed = asyncio.Event()
        self._stopping = False
        self._asked_once = False
        self._engine_failures = 0
        self._rest_until = 0.0

    def stop(self) -> None:
        """Leases no more. What is held goes on."""
        self._stopping = True
        self._changed.set()

    async def run(self) -> None:
        """Works until `stop`. The attempts that are then under way are left to the caller."""
        while not self._stopping:
            try:
                async with self._store.watch() as notices:
                    listening = asyncio.create_task(self._listen(notices))
                    try:
                        await self._fill_until_stopped()
                    finally:
                        listening.cancel()
                        with suppress(asyncio.CancelledError):
                            await listening
            except StoreUnavailable:
                logs.event("store-away")
                await asyncio.sleep(STORE_AWAY_SECONDS)

    async def _listen(self, notices: AsyncIterator[Wakeup]) -> None:
        async for notice in notices:
            # `changed` may be a lease that ended: its job waits for its next attempt.
            if notice.worker in ("", self._worker) and notice.kind in ("committed", "changed", "resync"):
                self._changed.set()

    async def _fill_until_stopped(self) -> None:
        while not self._stopping:
            self._changed.clear()
            rest_seconds = self._rest_until - time.monotonic()
            wait_seconds = rest_seconds if rest_seconds > 0 else await self._fill()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_seconds):
                    await self._changed.wait()

    async def _fill(self) -> float | None:
        """Takes as many jobs as there is room for; returns the seconds until one becomes available by itself, if any does."""
        free = self._most_leases - len(self._holding)
        if free <= 0:
            return None  # the end of an attempt wakes us
        leases = await self._store.lease(self._worker, holder=self._holder, limit=free, duration=self._lease)
        if not self._asked_once:
            self._asked_once = True
            self._wake.tell(leases)
        for lease in leases:
            held = self._holding.add(lease)
            held.task = asyncio.create_task(self._work(held))
        return None if len(leases) == free else await self._store.next_available(self._worker)

    async def _work(self, held: Held) -> None:
        try:
            ending = await self._attempts.run(held, self._slots)
        finally:
            self._holding.drop(held)
            self._changed.set()
        if ending is Ending.DONE:
            self._engine_failures = 0
            await self._wake.first_result()
        elif ending is Ending.ENGINE_GONE:
            self._engine_failures += 1
            rest = retry_delay(self._engine_failures, random.random())  # noqa: S311 (spreads retries, keeps no secret)
            self._rest_until = time.monotonic() + min(ENGINE_REST_MOST_SECONDS, rest.total_seconds())
