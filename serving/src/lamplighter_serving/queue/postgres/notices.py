"""Following the queue: PostgreSQL's notices as wakeups. Each watch has a connection of its own; a process needs one watch."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from ..job import Wakeup
from ..notices import RESYNC, Mailbox
from .rows import Part

#: The channel that the statements in queue/sql notify.
CHANNEL = "lamplighter"


class Notices(Part):
    """The part of the store that tells of changes."""

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[Wakeup]]:
        """See `JobStore.watch`. Raises `StoreUnavailable` when the database does not answer at the beginning."""
        mailbox = Mailbox()
        async with self._database.listen(CHANNEL) as payloads:
            # Read at once, whatever the watcher does: PostgreSQL keeps unread notices for all its listeners.
            reader = asyncio.create_task(_fill(mailbox, payloads))
            try:
                yield mailbox.read()
            finally:
                reader.cancel()
                await asyncio.wait([reader])


async def _fill(mailbox: Mailbox, payloads: AsyncIterator[str | None]) -> None:
    async for payload in payloads:
        mailbox.put(RESYNC if payload is None else _wakeup_of(payload))


def _wakeup_of(payload: str) -> Wakeup:
    """What a notice says. One that is not ours (anybody may notify a channel) says that anything may have changed."""
    try:
        facts = json.loads(payload)
        job_id = None if facts["job"] is None else UUID(facts["job"])
        return Wakeup(worker=str(facts["worker"]), job_id=job_id, kind=str(facts["kind"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return RESYNC
