"""The first thing that went wrong with a part that must run: whoever works with the parts is told at once."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from ..errors import LamplighterError
from .child import Child

T = TypeVar("T")


class Trouble:
    """Empty until something is reported; what comes later is a consequence and is dropped."""

    def __init__(self) -> None:
        self._first: asyncio.Future[LamplighterError] = asyncio.get_running_loop().create_future()

    def report(self, error: LamplighterError) -> None:
        """Something that must run does not."""
        if not self._first.done():
            self._first.set_result(error)

    def report_surprise(self, error: Exception) -> None:
        """A part failed in a way nobody foresaw. The text of its error stays out: it may quote anything."""
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if not isinstance(error, LamplighterError):
            surprise = LamplighterError(f"A part of the demo failed with {type(error).__name__}.", hint="Start it again.")
            surprise.__cause__ = error
            error = surprise
        self.report(error)

    async def watch(self, child: Child) -> None:
        """Reports the end of a process; cancelled before the process is stopped on purpose."""
        await child.gone()
        self.report(child.failure())

    async def interrupt(self, work: Coroutine[Any, Any, T]) -> T:
        """Does `work`, or raises the trouble as soon as there is any."""
        task = asyncio.create_task(work)
        try:
            await asyncio.wait((task, asyncio.ensure_future(self._first)), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise self._first.result()
            return task.result()
        finally:
            task.cancel()
            await asyncio.wait({task})
