"""What it would cost to end this pod, told to Kubernetes: of several replicas those that are idle go first.

Where Kubernetes does not listen nothing is lost: a busy pod that is chosen finishes its jobs or hands them back.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping

from .. import logs
from ..errors import PodUntold

#: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#pod-deletion-cost
ANNOTATION = "controller.kubernetes.io/pod-deletion-cost"
#: A pod without the annotation costs 0, so one that has not told anything yet goes before one that works.
IDLE, BUSY = "0", "100"
#: A refusal (a right that is missing) does not mend itself soon, and a thousand workers should not ask every heartbeat.
REST_SECONDS = 60.0

Annotate = Callable[[Mapping[str, str]], Awaitable[None]]


class DeletionCost:
    """The cost of one pod. `annotate` is None where there is no pod."""

    def __init__(self, annotate: Annotate | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._annotate = annotate
        self._clock = clock
        self._told = IDLE
        self._rest_until = clock()

    async def tell(self, *, busy: bool) -> None:
        """Tells a change. Called at every heartbeat, so a row of short jobs is one change."""
        cost = BUSY if busy else IDLE
        if self._annotate is None or cost == self._told or self._clock() < self._rest_until:
            return
        try:
            await self._annotate({ANNOTATION: cost})
        except PodUntold as error:
            self._rest_until = self._clock() + REST_SECONDS
            logs.event("deletion-cost-untold", level=logging.WARNING, why=error.sentence)
            return
        self._told = cost
