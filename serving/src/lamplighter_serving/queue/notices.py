"""Notices that wait to be read: equal ones merged, too many turned into a single `resync`."""

import asyncio
from collections.abc import AsyncIterator

from .job import Wakeup

#: More different notices than this waiting says: read everything anew. A slow reader costs no more memory than that.
WAITING_MOST = 1000

RESYNC = Wakeup(worker="", job_id=None, kind="resync")


class Mailbox:
    """Notices of one reader, in order of their first arrival."""

    def __init__(self) -> None:
        self._waiting: dict[Wakeup, None] = {}
        self._arrived = asyncio.Event()

    def put(self, wakeup: Wakeup) -> None:
        """Adds a notice; a `resync` says all that the waiting ones said."""
        if RESYNC in self._waiting:
            return
        if wakeup == RESYNC or len(self._waiting) >= WAITING_MOST:
            self._waiting = {RESYNC: None}
        else:
            self._waiting[wakeup] = None
        self._arrived.set()

    async def read(self) -> AsyncIterator[Wakeup]:
        """Notices as they come, without end."""
        while True:
            await self._arrived.wait()
            wakeup = next(iter(self._waiting))
            del self._waiting[wakeup]
            if not self._waiting:
                self._arrived.clear()
            yield wakeup
