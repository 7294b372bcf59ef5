"""What runs beside the requests: the watcher, the lamp board and the housekeeping. Safe in any number of gateways at once."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, Never

from .. import logs
from ..errors import StoreUnavailable
from ..queue.store import JobStore, Retention
from .parts import GatewayParts
from .purges import Purges
from .webhooks.sender import Sender

#: A dead worker's job waits at most this long after its lease ended.
REAP_SECONDS = 1.0
PURGE_SECONDS = 3600.0
#: Pause before a task that failed begins anew.
RESTART_SECONDS = 1.0

Work = Callable[[], Coroutine[Any, Any, Never]]


@asynccontextmanager
async def background(parts: GatewayParts) -> AsyncIterator[None]:
    """Runs the tasks for the length of the block; at its end every waiting request is let go first."""
    retention = Retention(documents=parts.settings.documents_kept, jobs=parts.settings.jobs_kept)
    works: dict[str, Work] = {
        "watcher": parts.watcher.run,
        "transcripts": parts.transcripts.run,
        "lampboard": parts.lampboard.run,
        "reaper": lambda: reap_forever(parts.store, REAP_SECONDS),
        "purger": lambda: purge_forever(parts.store, retention, PURGE_SECONDS, parts.purges),
    }
    if parts.archive is not None:
        works |= {"batches": parts.archive.runner.run, "archive-purger": lambda: purge_archive_forever(parts)}
    if parts.webhooks is not None:
        works["webhooks"] = Sender(parts.webhooks, parts.settings.webhook_networks).run
    tasks = [asyncio.create_task(_keep_going(name, work), name=name) for name, work in works.items()]
    try:
        yield
    finally:
        parts.watcher.close()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


async def _keep_going(name: str, work: Work) -> Never:
    """Begins the work anew whenever it fails: without a watcher or a reaper a gateway looks well and does nothing."""
    while True:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the top of a loop, whatever it was
            logs.event("background-failed", level=logging.ERROR, error=error, task=name)
        await asyncio.sleep(RESTART_SECONDS)


async def reap_forever(store: JobStore, pause_seconds: float) -> Never:
    """Ends expired leases about every second, through outages of the store."""
    while True:
        try:
            if reaped := await store.reap():
                logs.event("leases-expired", level=logging.WARNING, jobs=reaped)
        except StoreUnavailable:
            logs.event("reap-postponed", level=logging.WARNING)
        await asyncio.sleep(pause_seconds)


async def purge_forever(store: JobStore, retention: Retention, pause_seconds: float, purges: Purges) -> Never:
    """Deletes what retention lets go, about every hour."""
    while True:
        try:
            if purged := await store.purge(retention):
                logs.event("purged", rows=purged)
            purges.note()
        except StoreUnavailable:
            logs.event("purge-postponed", level=logging.WARNING)
        await asyncio.sleep(pause_seconds)


async def purge_archive_forever(parts: GatewayParts) -> Never:
    """Deletes files and batches that retention lets go, about every hour."""
    while parts.archive is not None:
        try:
            purged = await parts.archive.purge(files=parts.settings.documents_kept, batches=parts.settings.jobs_kept)
            if purged:
                logs.event("archive-purged", rows=purged)
        except StoreUnavailable:
            logs.event("purge-postponed", level=logging.WARNING)
        await asyncio.sleep(PURGE_SECONDS)
    raise AssertionError("a gateway without an archive purges none")
