"""Pods and nodes while they are simulated, and the time of each step on a pod's way."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum

from .clock import Clock, Event
from .record import Record, Span, Use
from .scenario import SimulatedPool, SimulatedWorker


class Phase(IntEnum):
    """Of a pod, in the order in which a smaller Deployment lets go: what is least far goes first."""

    PENDING = 0
    STARTING = 1
    READY = 2
    GONE = 3


@dataclass(eq=False, slots=True)
class Pod:
    """A replica. `free` is called when it has ended, with the node it had."""

    worker: SimulatedWorker
    number: int
    created: float
    ready: Callable[["Pod"], None]
    lost: Callable[["Pod"], None]
    phase: Phase = Phase.PENDING
    leaving: bool = False
    running: int = 0
    node: "Node | None" = None
    next: Event | None = None
    marks: dict[str, float] = field(default_factory=dict)  # when each stage ended


class NodeState(IntEnum):
    """Of a node. PARKED: stopped with its disk. READY: in the cluster, its GPU not yet registered."""

    BOOTING = 0
    READY = 1
    LIT = 2
    PARKED = 3


class Node:
    """A node, lit or parked. What it is used for is written down whenever that changes."""

    def __init__(self, pool: SimulatedPool, number: int, clock: Clock, record: Record) -> None:
        self.pool = pool
        self.number = number
        self.state = NodeState.PARKED
        self.free = pool.devices_per_node
        self.images: set[str] = set()
        self.pods: list[Pod] = []
        self.pulling_until = 0.0
        self.requested = self.ready = self.registered = clock.now
        self.next: Event | None = None
        self.loss: Event | None = None
        self.running = 0
        self._clock, self._record = clock, record
        self._use: Use | None = None
        self._since = clock.now

    def see(self) -> None:
        """Notes what it is used for from now on."""
        if self.state is NodeState.PARKED:
            self._turn(None)
        elif self.running:
            self._turn(Use.BUSY)
        else:
            starting = any(pod.phase is Phase.STARTING for pod in self.pods)
            rested = any(pod.phase is Phase.READY for pod in self.pods)
            waking = self.state is not NodeState.LIT or (starting and not rested)
            self._turn(Use.WAKING if waking else Use.IDLE)

    def _turn(self, use: Use | None) -> None:
        if use is self._use:
            return
        self.close()
        self._use = use

    def close(self) -> None:
        """Writes down the span up to now."""
        if self._use is not None and self._clock.now > self._since:
            name = self.pool.pool.name
            self._record.spans.append(Span(pool=name, node=self.number, use=self._use, start=self._since, end=self._clock.now))
        self._since = self._clock.now
