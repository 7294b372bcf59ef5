"""What runs beside the requests: the watcher, the lamp board and the housekeeping. Safe in any number of gateways at once."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Never

from ..errors import StoreUnavailable
from ..queue.store import JobStore, Retention
from .logs import event
from .parts import GatewayParts

#: A dead worker's job waits at most this long after its lease ended.
REAP_SECONDS = 1.0
PURGE_SECONDS = 3600.0


@asynccontextmanager
async def background(parts: GatewayParts) -> AsyncIterator[None]:
    """Runs the tasks for the length of the block; at its end every waiting request is let go first."""
    retention = Retention(documents=parts.settings.documents_kept, jobs=parts.settings.jobs_kept)
    tasks = [
        asyncio.create_task(parts.watcher.run(), name="watcher"),
        asyncio.create_task(parts.lampboard.run(), name="lampboard"),
        asyncio.create_task(reap_forever(parts.store), name="reaper"),
        asyncio.create_task(purge_forever(parts.store, retention), name="purger"),
    ]
    try:
        yield
    finally:
        parts.watcher.close()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def reap_forever(store: JobStore, pause_seconds: float = REAP_SECONDS) -> Never:
    """Ends expired leases about every second, through outages of the store."""
    while True:
        try:
            if reaped := await store.reap():
                event("leases-expired", level=logging.WARNING, jobs=reaped)
        except StoreUnavailable:
            event("reap-postponed", level=logging.WARNING)
        await asyncio.sleep(pause_seconds)


async def purge_forever(store: JobStore, retention: Retention, pause_seconds: float = PURGE_SECONDS) -> Never:
    """Deletes what retention lets go, about every hour."""
    while True:
        try:
            if purged := await store.purge(retention):
                event("purged", rows=purged)
        except StoreUnavailable:
            event("purge-postponed", level=logging.WARNING)
        await asyncio.sleep(pause_seconds)
