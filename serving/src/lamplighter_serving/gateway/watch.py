"""One watcher a process: it hears the store's notices and passes them to whoever waits in this process.

A thousand waiting requests cost one database connection. Notices are hints: a waiter reads the state after each. When more
notices pile up than a waiter should read one by one, they become a single `resync`.
"""

import asyncio
import logging
from collections import defaultdict
from types import TracebackType
from typing import Never, Self
from uuid import UUID

from .. import logs
from ..errors import StoreUnavailable
from ..queue.job import Wakeup
from ..queue.notices import RESYNC
from ..queue.store import JobStore

#: More pending notices than this are merged into one resync: reading everything once is cheaper.
MOST_PENDING = 500
#: Pause before the watcher tries again to listen at all (the store reconnects by itself once it listened).
RETRY_SECONDS = 0.5

_Key = tuple[str, object]
_EVERYTHING: _Key = ("all", None)


class Subscription:
    """The notices of one waiter, from `subscribe` to the end of its block."""

    def __init__(self, watcher: "Watcher", key: _Key) -> None:
        self._watcher = watcher
        self._key = key
        self._pending: dict[Wakeup, None] = {}
        self._waiter: asyncio.Future[None] | None = None
        self._ended = False

    def __enter__(self) -> Self:
        self._watcher.add(self._key, self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._watcher.remove(self._key, self)

    @property
    def ended(self) -> bool:
        """True once nothing will come any more: the process stops, or `end` was called."""
        return self._ended

    async def next(self, seconds: float) -> tuple[Wakeup, ...]:
        """The notices since the last call; waits for one up to `seconds`. Empty when none came or the subscription ended."""
        if not self._pending and not self._ended:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                async with asyncio.timeout(max(0.0, seconds)):
                    await self._waiter
            except TimeoutError:
                pass
            finally:
                self._waiter = None
        taken = tuple(self._pending)
        self._pending.clear()
        return taken

    def end(self) -> None:
        """Ends the waiting now."""
        self._ended = True
        self._wake()

    def tell(self, notice: Wakeup) -> None:
        """Hands over a notice."""
        if len(self._pending) >= MOST_PENDING:
            self._pending = {RESYNC: None}
        self._pending[notice] = None
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Watcher:
    """Fans the store's notices out. `run` is the task that listens."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._subscriptions: defaultdict[_Key, set[Subscription]] = defaultdict(set)
        self._closed = False

    def job(self, job_id: UUID) -> Subscription:
        """Notices of one job."""
        return Subscription(self, ("job", job_id))

    def worker(self, worker: str) -> Subscription:
        """Notices of one worker class: its jobs and its lamp."""
        return Subscription(self, ("worker", worker))

    def everything(self) -> Subscription:
        """All notices."""
        return Subscription(self, _EVERYTHING)

    def add(self, key: _Key, subscription: Subscription) -> None:
        """Called by a subscription when its block begins."""
        self._subscriptions[key].add(subscription)
        if self._closed:
            subscription.end()

    def remove(self, key: _Key, subscription: Subscription) -> None:
        """Called by a subscription when its block ends."""
        subscriptions = self._subscriptions[key]
        subscriptions.discard(subscription)
        if not subscriptions:
            del self._subscriptions[key]

    def close(self) -> None:
        """Ends every waiting, now and from now on: the process stops."""
        self._closed = True
        for subscriptions in list(self._subscriptions.values()):
            for subscription in list(subscriptions):
                subscription.end()

    async def run(self) -> Never:
        """Listens until cancelled, through outages of the store."""
        while True:
            try:
                async with self._store.watch() as notices:
                    self._pass_on(RESYNC)  # what happened before we listened was not heard
                    async for notice in notices:
                        self._pass_on(notice)
            except StoreUnavailable:
                logs.event("watch-lost", level=logging.WARNING)
            await asyncio.sleep(RETRY_SECONDS)

    def _pass_on(self, notice: Wakeup) -> None:
        if notice.kind == "resync" or not notice.worker:
            keys = list(self._subscriptions)
        else:
            keys = [_EVERYTHING, ("worker", notice.worker), ("job", notice.job_id)]
        for key in keys:
            for subscription in list(self._subscriptions.get(key, ())):
                subscription.tell(notice)
