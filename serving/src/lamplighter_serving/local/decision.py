"""When the one worker of a class is started and stopped: a state machine without clock and without processes.

What KEDA and the Deployment do together in a cluster, for at most one process a class: started when there is work, started
again when it died (a pause after each early death, longer each time), asked to stop after the cooldown without work, killed
after its grace. A worker that stops takes no more jobs; work that comes then waits for its end: two engines share no GPU.
"""

from dataclasses import dataclass, replace
from enum import Enum

#: Pause after the first early death, doubled with each further one.
BACKOFF_FIRST_SECONDS = 0.5
BACKOFF_MOST_SECONDS = 30.0
#: A process that lived this long did not die of how it was started: its death counts as the first.
STEADY_SECONDS = 60.0


class Act(Enum):
    """What is to be done now."""

    WAIT = "wait"
    START = "start"
    STOP = "stop"  # ask politely
    KILL = "kill"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The times of a worker class."""

    cooldown_seconds: float
    grace_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """The world at a moment: is there work, does the process live."""

    active: bool
    alive: bool
    now: float


@dataclass(frozen=True, kw_only=True, slots=True)
class State:
    """What is remembered between two moments. Times are the caller's clock; None: not so."""

    started_at: float | None = None  # of the present process
    idle_since: float | None = None  # it lives and there is no work
    stop_asked_at: float | None = None
    killed: bool = False
    deaths: int = 0  # early ones, in a row
    start_after: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The new state, what to do, and when to ask again though nothing has changed (None: never)."""

    state: State
    act: Act
    again_at: float | None = None


def decide(state: State, seen: Seen, rules: Rules) -> Decision:
    """The next step. After START the caller's process is taken to live until `seen` says otherwise."""
    if not seen.alive:
        return _without_process(_bury(state, seen.now), seen)
    if state.stop_asked_at is not None:
        return _stopping(state, state.stop_asked_at, seen, rules)
    if seen.active:
        return Decision(state=replace(state, idle_since=None), act=Act.WAIT)
    idle_since = seen.now if state.idle_since is None else state.idle_since
    if seen.now >= idle_since + rules.cooldown_seconds:
        return Decision(
            state=replace(state, idle_since=idle_since, stop_asked_at=seen.now),
            act=Act.STOP,
            again_at=seen.now + rules.grace_seconds,
        )
    return Decision(state=replace(state, idle_since=idle_since), act=Act.WAIT, again_at=idle_since + rules.cooldown_seconds)


def _stopping(state: State, asked_at: float, seen: Seen, rules: Rules) -> Decision:
    if state.killed:
        return Decision(state=state, act=Act.WAIT)
    if seen.now >= asked_at + rules.grace_seconds:
        return Decision(state=replace(state, killed=True), act=Act.KILL)
    return Decision(state=state, act=Act.WAIT, again_at=asked_at + rules.grace_seconds)


def _bury(state: State, now: float) -> State:
    """The state without the process that is gone, if there was one."""
    if state.started_at is None:
        return state
    if state.stop_asked_at is not None:
        return State()
    deaths = 1 if now - state.started_at >= STEADY_SECONDS else state.deaths + 1
    return State(deaths=deaths, start_after=now + pause_seconds(deaths))


def _without_process(state: State, seen: Seen) -> Decision:
    if not seen.active:
        return Decision(state=state, act=Act.WAIT)
    if state.start_after is not None and seen.now < state.start_after:
        return Decision(state=state, act=Act.WAIT, again_at=state.start_after)
    return Decision(state=State(started_at=seen.now, deaths=state.deaths), act=Act.START)


def pause_seconds(deaths: int) -> float:
    """The pause after so many early deaths in a row, at least one."""
    # The exponent is bounded, for a process that dies for days must not make the power overflow.
    return min(BACKOFF_MOST_SECONDS, BACKOFF_FIRST_SECONDS * 2.0 ** min(deaths - 1, 30))
