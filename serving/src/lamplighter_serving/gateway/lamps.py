"""The lamp of a worker class: dark, waking, lit or cooling, and the one number that matters in that state.

Pure: from what presences, queue, histograms and catalog say to a `Lamp`. `lampboard` collects those facts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from ..catalog import WorkerClass
from ..metrics import WAKE_STAGE, WAKE_STAGES
from ..queue.job import Depth, JsonObject
from ..queue.store import Presence, Tally
from .wire import time_text


@dataclass(frozen=True, kw_only=True, slots=True)
class LampFacts:
    """Everything a lamp follows from. `remembered_*` is what this process saw; None or empty when it was not there."""

    worker: WorkerClass
    depth: Depth
    presences: tuple[Presence, ...]
    expected: Mapping[str, float]
    now: datetime
    remembered_idle_since: datetime | None = None
    remembered_dark_since: datetime | None = None
    remembered_stages: Mapping[str, float] | None = None
    finished_last_minute: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Lamp:
    """A lamp as the API shows it."""

    worker: str
    state: str  # dark, waking, lit, cooling
    stage: str  # while waking, else ""
    since: datetime | None  # when the state began
    stages: Mapping[str, float]  # seconds of the finished stages of this or the last wake
    expected: Mapping[str, float]  # seconds each stage took in half of the earlier wakes
    expected_seconds: float | None  # from the commit to the first result, None before the first wake
    queued: int
    running: int
    documents_per_minute: float
    seconds_to_dark: float | None  # while cooling
    replicas: int


def lamp_of(facts: LampFacts) -> Lamp:
    """The lamp that the facts make."""
    lit = [presence for presence in facts.presences if presence.state == "lit"]
    waking = [presence for presence in facts.presences if presence.state == "waking"]
    newest = max(facts.presences, key=lambda presence: presence.started_at, default=None)
    stages = newest.stages if newest else facts.remembered_stages or {}
    state, stage, since, seconds_to_dark = "dark", "", facts.remembered_dark_since, None
    if lit and facts.depth.active:
        state, since = "lit", min(map(_lit_at, lit))
    elif lit:
        idle_since = max(facts.remembered_idle_since or max(map(_lit_at, lit)), min(map(_lit_at, lit)))
        idle_seconds = (facts.now - idle_since).total_seconds()
        state, since, seconds_to_dark = "cooling", idle_since, max(0.0, facts.worker.cooldown_seconds - idle_seconds)
    elif waking:
        first = min(waking, key=lambda presence: presence.started_at)
        state, stage, stages = "waking", first.stage, first.stages
        since = first.started_at - timedelta(seconds=first.stages.get("activation", 0.0))
    elif facts.depth.active and not facts.presences:
        # Work and nobody there yet: whoever starts workers has been told, the process has not reported itself.
        state, stage, stages = "waking", WAKE_STAGES[0], {}
        since = facts.now - timedelta(seconds=facts.depth.oldest_age_seconds)
    elif facts.presences:
        state, since, seconds_to_dark = "cooling", facts.remembered_idle_since, 0.0  # only draining ones are left
    return Lamp(
        worker=facts.worker.name,
        state=state,
        stage=stage,
        since=since,
        stages=_in_order(stages),
        expected=_in_order(facts.expected),
        expected_seconds=sum(facts.expected.values()) if facts.expected else None,
        queued=facts.depth.queued,
        running=facts.depth.running,
        documents_per_minute=float(facts.finished_last_minute),
        seconds_to_dark=seconds_to_dark,
        replicas=len(facts.presences),
    )


def lamp_json(lamp: Lamp) -> JsonObject:
    """A lamp as the API writes it."""
    return {
        "worker": lamp.worker,
        "state": lamp.state,
        "stage": lamp.stage,
        "since": time_text(lamp.since),
        "stages": {stage: round(seconds, 3) for stage, seconds in lamp.stages.items()},
        "expected": {stage: round(seconds, 3) for stage, seconds in lamp.expected.items()},
        "expected_seconds": None if lamp.expected_seconds is None else round(lamp.expected_seconds, 3),
        "queued": lamp.queued,
        "running": lamp.running,
        "documents_per_minute": lamp.documents_per_minute,
        "seconds_to_dark": None if lamp.seconds_to_dark is None else round(lamp.seconds_to_dark, 1),
        "replicas": lamp.replicas,
    }


def expected_stages(tallies: Iterable[Tally], worker: str) -> Mapping[str, float]:
    """Median seconds of each wake stage of a class over all earlier wakes, from its histograms."""
    found = {
        tally.label: median_of_histogram(tally.bounds, tally.counts)
        for tally in tallies
        if tally.metric == WAKE_STAGE.name and tally.worker == worker
    }
    return {stage: seconds for stage, seconds in found.items() if seconds is not None}


def median_of_histogram(bounds: tuple[float, ...], counts: tuple[int, ...]) -> float | None:
    """The median, straight inside its bucket; None without observations. Above the last bound it is the last bound."""
    total = sum(counts)
    if total == 0:
        return None
    edges = (0.0, *bounds)
    for index, cumulative in enumerate(accumulate(counts[: len(bounds)])):
        if cumulative * 2 >= total:
            before = cumulative - counts[index]
            share = (total / 2 - before) / counts[index]
            return edges[index] + share * (edges[index + 1] - edges[index])
    return edges[-1]


def _lit_at(presence: Presence) -> datetime:
    """When a process became lit: its own stages after its start. The first result comes later, the activation before."""
    own = sum(seconds for stage, seconds in presence.stages.items() if stage not in ("activation", "first_result"))
    return presence.started_at + timedelta(seconds=own)


def _in_order(stages: Mapping[str, float]) -> dict[str, float]:
    return {stage: stages[stage] for stage in WAKE_STAGES if stage in stages}
