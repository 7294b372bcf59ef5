"""Stopping politely: finish what fits into the grace, hand back the rest, and say when it was asked for.

The first SIGTERM (or SIGINT) starts a drain; the second ends the waiting. No lease is left to run out.
"""

import asyncio
import signal
from contextlib import suppress
from dataclasses import dataclass, field

from .. import logs
from ..errors import LeaseLost, StoreUnavailable
from ..queue.store import JobStore
from .holding import Holding


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """What a worker is told about its end: `stop` begins the drain, `hurry` cuts it short."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    hurry: asyncio.Event = field(default_factory=asyncio.Event)

    def ask(self) -> None:
        """The first call asks to stop, the second to hurry."""
        logs.event("stop-asked", again=self.stop.is_set())
        if self.stop.is_set():
            self.hurry.set()
        self.stop.set()


def stop_on_signals() -> Stop:
    """SIGTERM and SIGINT ask, for as long as the process lives."""
    stop = Stop()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.ask)
    return stop


async def drain(store: JobStore, holding: Holding, *, seconds: float, hurry: asyncio.Event) -> None:
    """Waits up to `seconds` for the jobs under way, shorter when `hurry` is set, then hands back what is left."""
    await _wait_for_work(holding, seconds, hurry)
    left = holding.all
    for held in left:
        holding.drop(held)  # before its task is cancelled: nobody else may write for it then
        if held.task is not None:
            held.task.cancel()
            with suppress(asyncio.CancelledError):
                await held.task
    for held in left:
        try:
            await store.release(held.lease)
        except LeaseLost:
            continue  # it was finished in the last moment, cancelled, or passed on
        except StoreUnavailable:
            logs.event("release-failed", job=held.lease.job.id)  # the lease ends by itself
    logs.event("drained", handed_back=len(left))


async def _wait_for_work(holding: Holding, seconds: float, hurry: asyncio.Event) -> None:
    hurried: asyncio.Future[object] = asyncio.ensure_future(hurry.wait())
    tasks = [held.task for held in holding.all if held.task is not None]
    work: asyncio.Future[object] = asyncio.ensure_future(asyncio.gather(*tasks, return_exceptions=True))
    await asyncio.wait({work, hurried}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
