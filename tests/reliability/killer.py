"""Kills members at random moments and starts them again a moment later, as Kubernetes would. The seed decides when.

Each member has a thread and a stream of chances of its own, so that one member's slow start does not move another's moments.
"""

import random
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from types import TracebackType
from typing import Self

from reliability.member import Member

#: Part of the kills that hit a process while it starts, and when, from its start.
STARTING = 0.25
STARTING_SECONDS = (0.2, 1.2)
#: When the others hit one, from when it works. Counted from then, for on a busy machine a start takes three times as long.
WORKING_SECONDS = (0.2, 3.0)
#: From its end to its next start.
REST_SECONDS = (0.1, 0.5)


class Killer:
    """Kills every member `kills` times while its block lasts; `wait` returns when all of that is done."""

    def __init__(self, members: Sequence[Member], *, seed: int, kills: int) -> None:
        self._members = members
        self._seed = seed
        self._kills = kills
        self._over = Event()
        self._pool = ThreadPoolExecutor(len(members), thread_name_prefix="killer")
        self._hunts: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._hunts = [self._pool.submit(self._hunt, member) for member in self._members]
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._pool.shutdown()

    def wait(self) -> None:
        """Returns when every member was killed as often as planned. Raises what went wrong."""
        for hunt in self._hunts:
            hunt.result()

    def _hunt(self, member: Member) -> None:
        chance = random.Random(f"{self._seed} {member.name}")
        for _ in range(self._kills):
            if chance.random() < STARTING:
                life_seconds = chance.uniform(*STARTING_SECONDS)
            else:
                member.wait_ready()
                life_seconds = chance.uniform(*WORKING_SECONDS)
            if self._over.wait(life_seconds):
                return
            member.require_alive()
            member.kill()
            self._over.wait(chance.uniform(*REST_SECONDS))
            member.start()
