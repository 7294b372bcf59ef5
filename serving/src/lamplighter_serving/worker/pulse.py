"""What a worker does at every heartbeat.

It extends its leases, says that it lives and whether it works, writes its counts, and ends others' dead leases.
"""

import asyncio
from datetime import timedelta

from .. import logs
from ..errors import StoreUnavailable
from ..queue.store import JobStore
from .deletion_cost import DeletionCost
from .holding import Holding
from .presence import PresenceBeat
from .tallies import Tallies


class Pulse:
    """The regular writes of one worker process."""

    def __init__(
        self,
        *,
        store: JobStore,
        holder: str,
        holding: Holding,
        presence: PresenceBeat,
        tallies: Tallies,
        deletion_cost: DeletionCost,
    ) -> None:
        self._store = store
        self._holder = holder
        self._holding = holding
        self._presence = presence
        self._tallies = tallies
        self._deletion_cost = deletion_cost

    async def run(self, every: timedelta) -> None:
        """Beats until it is cancelled."""
        while True:
            await asyncio.sleep(every.total_seconds())
            await self._holding.beat()
            await self._presence.beat()
            await self._deletion_cost.tell(busy=len(self._holding) > 0)
            await self.write_tallies()
            await self._reap()

    async def write_tallies(self) -> None:
        """Writes everything counted so far. Dropped when the database is away: the next write says the same and more."""
        try:
            await self._store.tally(self._holder, self._tallies.read())
        except StoreUnavailable:
            logs.event("tallies-dropped")

    async def _reap(self) -> None:
        """Any process may do it; a worker does, so that jobs of a dead worker return even while no gateway runs."""
        try:
            reaped = await self._store.reap()
        except StoreUnavailable:
            return
        if reaped:
            logs.event("leases-reaped", count=reaped)
