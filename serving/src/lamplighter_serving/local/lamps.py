"""Tells the person who waits what the lamps do: which stage of a wake they are in, how long it took, how far the work is."""

import asyncio
from collections.abc import Mapping
from typing import Any

from ..client import AsyncClient
from ..errors import LamplighterError
from .talk import QUICK_SECONDS, say

LOOK_SECONDS = 0.5
#: A wait without any change is told again after this long.
REPEAT_SECONDS = 10.0


class LampTalk:
    """What was said of each lamp so far, so that only news is said."""

    def __init__(self, documents: int) -> None:
        self._documents = documents
        self._begin = asyncio.get_running_loop().time()
        self._said: tuple[str, ...] = ()
        self._said_at = self._begin
        self.done = 0

    async def run(self, client: AsyncClient) -> None:
        """Watches the lamps until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                self._tell(await client.lamps())
            except LamplighterError:
                continue  # those who wait for answers find out

    def _tell(self, lamps: list[Mapping[str, Any]]) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._begin < QUICK_SECONDS:
            return
        news = tuple(lamp_text(lamp) for lamp in lamps if lamp["state"] != "dark")
        if news != self._said:
            for text in news:
                say(text)
        elif now - self._said_at >= REPEAT_SECONDS:
            say(f"{self.done} of {self._documents} documents after {now - self._begin:.0f} s")
        else:
            return
        self._said, self._said_at = news, now


def lamp_text(lamp: Mapping[str, Any]) -> str:
    """A lamp in one line."""
    stages = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in lamp["stages"].items())
    if lamp["state"] == "waking":
        return f"waking {lamp['worker']}: {stages + ', ' if stages else ''}now {lamp['stage']}"
    return f"{lamp['worker']} is lit: {stages}"
