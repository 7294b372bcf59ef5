"""Simulated time: what happens when, in order, and ticks of a period without an event for each of them."""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass

#: Times are sums of floats: a tick that is nearer than this to a time is at that time.
EPSILON_SECONDS = 1e-6


class Event:
    """Something that will happen unless it is called off."""

    __slots__ = ("action", "at")

    def __init__(self, at: float, action: Callable[[], None]) -> None:
        self.at = at
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        """It does not happen."""
        self.action = None


class Clock:
    """Events by time; those of one time happen in the order in which they were made."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Event]] = []
        self._made = 0

    def at(self, when: float, action: Callable[[], None]) -> Event:
        """Makes an event; one that should have been is now."""
        event = Event(max(when, self.now), action)
        self._made += 1
        heapq.heappush(self._events, (event.at, self._made, event))
        return event

    def after(self, seconds: float, action: Callable[[], None]) -> Event:
        """An event some seconds from now."""
        return self.at(self.now + seconds, action)

    def run(self, until: float) -> None:
        """Lets happen what happens before `until`, and stops there."""
        events = self._events
        while events and events[0][0] < until:
            when, _number, event = heapq.heappop(events)
            if event.action is not None:
                self.now = when
                event.action()
        self.now = until


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticks:
    """The times `phase + n * period`: a loop that looks that often, whenever it was started."""

    period: float
    phase: float

    def next(self, when: float) -> float:
        """The first tick at or after a time."""
        return self.phase + math.ceil((when - EPSILON_SECONDS - self.phase) / self.period) * self.period

    def after(self, when: float) -> float:
        """The first tick after a time."""
        return self.phase + (math.floor((when + EPSILON_SECONDS - self.phase) / self.period) + 1) * self.period

    def before(self, when: float) -> float:
        """The last tick before a time."""
        return self.phase + (math.ceil((when - EPSILON_SECONDS - self.phase) / self.period) - 1) * self.period
