"""Collects what the lamps follow from: presences, queue and histograms from the store, and what this process saw happen.

The state of a lamp comes from the store, so every gateway says the same. Only this is remembered here and starts anew with the
process: how many documents ended in the last minute, when work last ended, when a lamp went dark, the stages of its last wake.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Never

from ..catalog import Catalog
from ..errors import StoreUnavailable
from ..queue.job import Wakeup
from ..queue.store import JobStore, Presence, Tally
from .lamps import Lamp, LampFacts, expected_stages, lamp_of
from .watch import Watcher

#: A worker that has not beaten for this long is not there: four beats at their default of 5 s.
PRESENCE_SECONDS = 20.0
#: Lamps younger than this are given to everyone who asks: many pages cost as much as one.
FRESH_SECONDS = 0.25
#: Histograms of wakes change once a wake.
TALLIES_FRESH_SECONDS = 5.0
MINUTE_SECONDS = 60.0
#: How long `run` waits for a notice before it looks anew; it has nothing to do in between.
IDLE_SECONDS = 3600.0


class LampBoard:
    """The lamps of all worker classes."""

    def __init__(
        self,
        store: JobStore,
        catalog: Catalog,
        watcher: Watcher,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._watcher = watcher
        self._clock = clock
        self._now = now
        self._lock = asyncio.Lock()
        self._lamps: tuple[Lamp, ...] = ()
        self._lamps_at = float("-inf")
        self._tallies: Sequence[Tally] = ()
        self._tallies_at = float("-inf")
        self._finished: defaultdict[str, deque[float]] = defaultdict(deque)
        self._idle_since: dict[str, datetime] = {}
        self._dark_since: dict[str, datetime] = {}
        self._stages: dict[str, Mapping[str, float]] = {}

    async def lamps(self) -> tuple[Lamp, ...]:
        """One lamp a worker class, in the catalog's order. Raises `StoreUnavailable`."""
        async with self._lock:
            if self._clock() - self._lamps_at >= FRESH_SECONDS:
                await self._refresh()
            return self._lamps

    async def run(self) -> Never:
        """Remembers what happens, until cancelled."""
        with self._watcher.everything() as notices:
            while True:
                taken = await notices.next(IDLE_SECONDS)
                for notice in taken:
                    self._remember(notice)
                if any(notice.kind == "lamp" for notice in taken):
                    try:
                        async with self._lock:
                            await self._refresh()  # remembers the stages of a wake before its worker is gone
                    except StoreUnavailable:
                        continue
                if notices.ended:
                    await asyncio.sleep(IDLE_SECONDS)

    def _remember(self, notice: Wakeup) -> None:
        if not notice.worker or notice.kind == "lamp":
            return
        self._idle_since[notice.worker] = self._now()
        if notice.kind == "finished":
            self._finished[notice.worker].append(self._clock())

    async def _refresh(self) -> None:
        self._lamps = await self._read()
        self._lamps_at = self._clock()

    async def _read(self) -> tuple[Lamp, ...]:
        depths = {depth.worker: depth for depth in await self._store.depths(self._catalog.workers)}
        presences: defaultdict[str, list[Presence]] = defaultdict(list)
        for presence in await self._store.presences(within=timedelta(seconds=PRESENCE_SECONDS)):
            presences[presence.worker].append(presence)
        if self._clock() - self._tallies_at >= TALLIES_FRESH_SECONDS:
            self._tallies = await self._store.tallies()
            self._tallies_at = self._clock()
        lamps = []
        for worker in self._catalog.workers.values():
            facts = LampFacts(
                worker=worker,
                depth=depths[worker.name],
                presences=tuple(presences[worker.name]),
                expected=expected_stages(self._tallies, worker.name),
                now=self._now(),
                remembered_idle_since=self._idle_since.get(worker.name),
                remembered_dark_since=self._dark_since.get(worker.name),
                remembered_stages=self._stages.get(worker.name),
                finished_last_minute=self._finished_last_minute(worker.name),
            )
            lamps.append(self._keep(lamp_of(facts)))
        return tuple(lamps)

    def _keep(self, lamp: Lamp) -> Lamp:
        if lamp.stages:
            self._stages[lamp.worker] = lamp.stages
        if lamp.state == "dark":
            self._dark_since.setdefault(lamp.worker, self._now())
        else:
            self._dark_since.pop(lamp.worker, None)
        return lamp

    def _finished_last_minute(self, worker: str) -> int:
        finished = self._finished[worker]
        while finished and finished[0] < self._clock() - MINUTE_SECONDS:
            finished.popleft()
        return len(finished)
