"""What a simulation leaves behind: wakes by stage, every job's wait, each node's paid time, and sums of them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .arrivals import SECONDS_AN_HOUR

#: From a job's arrival in the dark to the first result, in order.
STAGES = ("activation", "autoscaler", "node", "gpu", "place", "image", "ray", "weights", "engine", "first_result")
#: Percentiles that are said.
PERCENTILES = (50, 95, 99)


class Use(StrEnum):
    """What a paid node does."""

    WAKING = "waking"  # boots, pulls, loads: nothing on it is ready
    BUSY = "busy"
    IDLE = "idle"  # ready, without a job: cooldown, and the autoscaler's wait


@dataclass(frozen=True, kw_only=True, slots=True)
class Lamp:
    """One wake of a worker: when its first job came, and the seconds of each stage until the first result."""

    worker: str
    at: float
    stages: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """Arrival to first result."""
        return sum(self.stages.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A node in one use. `node` counts within its pool."""

    pool: str
    node: int
    use: Use
    start: float
    end: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A finished job. `attempts` above 1: it was begun again after its worker was lost."""

    worker: str
    arrived: float
    finished: float
    attempts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """From a time on a worker has so many ready replicas that stay."""

    at: float
    worker: str
    ready: int


@dataclass(kw_only=True, slots=True)
class Record:
    """Filled while the simulation runs; read afterwards. `seconds` is what was simulated."""

    seconds: float = 0.0
    lamps: list[Lamp] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    ready: list[Step] = field(default_factory=list)
    disks: dict[str, list[tuple[float, int]]] = field(default_factory=dict)  # by pool: since when how many OS disks there are
    arrived: int = 0
    undone: list[tuple[str, float]] = field(default_factory=list)  # worker and arrival of jobs without a result at the end
    scale_ups: int = 0  # nodes that an autoscaler asked for
    replicas_killed_busy: int = 0  # replicas told to leave that did not finish in time
    spot_losses: int = 0
    halted_seconds: float = 0.0  # the autoscaler had a pod to help and stood still

    def node_hours(self, pool: str, use: Use | None = None) -> float:
        """Paid hours of a pool's nodes, in one use or in all."""
        spans = (span for span in self.spans if span.pool == pool and use in (None, span.use))
        return sum(span.end - span.start for span in spans) / SECONDS_AN_HOUR

    def disk_hours(self, pool: str) -> float:
        """Hours for which OS disks of a pool were there, lit or not."""
        steps: list[tuple[float, int]] = [*self.disks.get(pool, ()), (self.seconds, 0)]
        return sum(number * (later - since) for (since, number), (later, _next) in itertools.pairwise(steps)) / SECONDS_AN_HOUR

    def most_disks(self, pool: str) -> int:
        """Disks at the most."""
        return max((number for _since, number in self.disks.get(pool, ())), default=0)


def percentile(values: Sequence[float], percent: float) -> float:
    """By linear interpolation between the nearest two; raises ValueError for no values."""
    if not values:
        raise ValueError("no values, so no percentile")
    ordered = sorted(values)
    at = (len(ordered) - 1) * percent / 100
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)
