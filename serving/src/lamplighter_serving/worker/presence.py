"""What this worker says of itself: its state and wake stage, beaten into the store so that the lamp can be drawn.

A beat that cannot be written is dropped: the next one says the same. Nothing decides anything from it.
"""

from collections.abc import Mapping
from datetime import datetime

from .. import logs
from ..errors import StoreUnavailable
from ..queue.store import JobStore, Presence

WAKING = "waking"
LIT = "lit"
DRAINING = "draining"


class PresenceBeat:
    """The presence of one worker process."""

    def __init__(self, store: JobStore, *, holder: str, worker: str, started_at: datetime) -> None:
        self._store = store
        self._holder = holder
        self._worker = worker
        self._started_at = started_at
        self._state = WAKING
        self._stage = ""
        self._stages: dict[str, float] = {}

    @property
    def stages(self) -> Mapping[str, float]:
        """Seconds of every wake stage that is finished."""
        return dict(self._stages)

    async def enter(self, state: str, *, stage: str = "") -> None:
        """Says the new state, and while waking the stage."""
        self._state = state
        self._stage = stage
        await self.beat()

    def finish_stage(self, stage: str, seconds: float) -> None:
        """Notes how long a stage took; the next beat says it."""
        self._stages[stage] = seconds

    async def beat(self) -> None:
        """Says that this process lives, and how it is."""
        presence = Presence(
            holder=self._holder,
            worker=self._worker,
            state=self._state,
            stage=self._stage,
            stages=self.stages,
            started_at=self._started_at,
            beat_at=self._started_at,  # the database writes its own clock
        )
        try:
            await self._store.beat(presence)
        except StoreUnavailable:
            logs.event("beat-dropped", state=self._state)

    async def leave(self) -> None:
        """Removes the presence, so that the lamp goes dark at once."""
        try:
            await self._store.leave(self._holder)
        except StoreUnavailable:
            logs.event("leave-dropped")
