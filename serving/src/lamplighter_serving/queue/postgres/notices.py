"""Following the queue: PostgreSQL's notices as wakeups. Each watch has a connection of its own; a process needs one watch."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

import orjson

from ..job import Wakeup
from ..notices import RESYNC, Mailbox
from .rows import Part

#: The channel that the statements in queue/sql notify.
CHANNEL = "lamplighter"


class Notices(Part):
    """The part of the store that tells of changes."""

    def watch(self) -> AbstractAsyncContextManager[AsyncIterator[Wakeup]]:
        """See `JobStore.watch`. Raises `StoreUnavailable` when the database does not answer at the beginning."""
        return self._watch(CHANNEL)

    @asynccontextmanager
    async def _watch(self, channel: str) -> AsyncIterator[AsyncIterator[Wakeup]]:
        mailbox = Mailbox()
        async with self._database.listen(channel) as payloads:
            # Read at once, whatever the watcher does: PostgreSQL keeps unread notices for all its listeners.
            reader = asyncio.create_task(_fill(mailbox, payloads))
            try:
                yield mailbox.read()
            finally:
                reader.cancel()
                await asyncio.wait([reader])


async def _fill(mailbox: Mailbox, payloads: AsyncIterator[str | None]) -> None:
    async for payload in payloads:
        for wakeup in (RESYNC,) if payload is None else _wakeups_of(payload):
            mailbox.put(wakeup)


def _wakeups_of(payload: str) -> Sequence[Wakeup]:
    """What a notice says: of one job or none (`job`), or of several (`jobs`).

    One that is not ours (anybody may notify a channel) says that anything may have changed.
    """
    try:
        facts = orjson.loads(payload)
        worker, kind = str(facts["worker"]), str(facts["kind"])
        jobs = facts["jobs"] if "jobs" in facts else [facts["job"]]
        return [Wakeup(worker=worker, job_id=None if job is None else UUID(job), kind=kind) for job in jobs]
    except (AttributeError, KeyError, TypeError, ValueError):
        return (RESYNC,)
