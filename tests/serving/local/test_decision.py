"""The state machine by itself, and under every history that hypothesis thinks of."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.local.decision import (
    BACKOFF_MOST_SECONDS,
    STEADY_SECONDS,
    Act,
    Decision,
    Rules,
    Seen,
    State,
    decide,
    pause_seconds,
)

RULES = Rules(cooldown_seconds=20.0, grace_seconds=5.0)


def step(state: State, now: float, *, active: bool, alive: bool) -> Decision:
    return decide(state, Seen(active=active, alive=alive, now=now), RULES)


def lit(now: float = 0.0) -> State:
    """The state once a worker was started."""
    return step(State(), now, active=True, alive=False).state


def test_nothing_is_started_while_there_is_no_work() -> None:
    assert step(State(), 0.0, active=False, alive=False) == Decision(state=State(), act=Act.WAIT)


def test_the_first_work_starts_a_worker_at_once() -> None:
    assert step(State(), 7.0, active=True, alive=False).act is Act.START


def test_a_worker_is_asked_to_stop_when_the_cooldown_has_passed_without_work() -> None:
    idle = step(lit(), 10.0, active=False, alive=True)
    assert (idle.act, idle.again_at) == (Act.WAIT, 30.0)
    assert step(idle.state, 29.9, active=False, alive=True).act is Act.WAIT
    assert step(idle.state, 30.0, active=False, alive=True).act is Act.STOP


def test_work_within_the_cooldown_begins_it_anew() -> None:
    idle = step(lit(), 10.0, active=False, alive=True)
    busy = step(idle.state, 20.0, active=True, alive=True)
    assert busy.again_at is None
    assert step(busy.state, 31.0, active=False, alive=True).again_at == 51.0


def test_a_worker_that_does_not_stop_is_killed_after_its_grace_once() -> None:
    idle = step(lit(), 0.0, active=False, alive=True)
    asked = step(idle.state, 20.0, active=False, alive=True)
    assert asked.again_at == 25.0
    killed = step(asked.state, 25.0, active=False, alive=True)
    assert killed.act is Act.KILL
    assert step(killed.state, 26.0, active=False, alive=True) == Decision(state=killed.state, act=Act.WAIT)


def test_work_that_comes_while_a_worker_stops_starts_the_next_the_moment_it_is_gone() -> None:
    idle = step(lit(), 0.0, active=False, alive=True)
    asked = step(idle.state, 20.0, active=False, alive=True)
    assert step(asked.state, 21.0, active=True, alive=True).act is Act.WAIT
    assert step(asked.state, 21.5, active=True, alive=False).act is Act.START


def test_a_worker_that_died_is_started_again_after_pauses_that_grow() -> None:
    state, now, pauses = lit(), 1.0, []
    for _ in range(8):
        dead = step(state, now, active=True, alive=False)
        assert dead.again_at is not None
        pauses.append(dead.again_at - now)
        now = dead.again_at
        started = step(dead.state, now, active=True, alive=False)
        assert started.act is Act.START
        state, now = started.state, now + 1.0
    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def test_a_death_after_a_long_life_counts_as_the_first() -> None:
    state = replace(lit(), deaths=6)
    dead = step(state, STEADY_SECONDS, active=True, alive=False)
    assert dead.again_at == STEADY_SECONDS + 0.5


def test_a_worker_that_died_idle_is_not_started_before_there_is_work() -> None:
    dead = step(lit(), 1.0, active=False, alive=False)
    assert (dead.act, dead.again_at) == (Act.WAIT, None)
    assert step(dead.state, 60.0, active=True, alive=False).act is Act.START


@given(st.integers(min_value=1, max_value=10**9))
def test_no_pause_is_longer_than_the_bound(deaths: int) -> None:
    assert 0 < pause_seconds(deaths) <= BACKOFF_MOST_SECONDS


#: What happens next: seconds pass, work comes or goes, the process ends by itself or because it was asked or killed.
EVENTS = st.lists(
    st.one_of(
        st.floats(min_value=0.0, max_value=40.0),
        st.sampled_from(["work", "no work", "death", "obeys"]),
    ),
    max_size=60,
)


@given(EVENTS)
def test_in_every_history_the_promises_hold(events: list[float | str]) -> None:
    state, now, active, alive = State(), 0.0, False, False
    idle_from: float | None = None  # both alive and without work since
    asked_at: float | None = None
    for event in events:
        if isinstance(event, float):
            now += event
        elif event in ("work", "no work"):
            active = event == "work"
        elif event == "death" or (event == "obeys" and asked_at is not None):
            alive, asked_at = False, asked_at if alive else None
        idle_from = None if active or not alive else now if idle_from is None else idle_from
        before = asked_at
        decision = step(state, now, active=active, alive=alive)
        state = decision.state
        if decision.act is Act.START:
            assert active
            assert not alive
            alive, asked_at, idle_from = True, None, None
        elif decision.act is Act.STOP:
            assert not active
            assert alive
            assert before is None
            assert idle_from is not None
            assert now - idle_from >= RULES.cooldown_seconds
            asked_at = now
        elif decision.act is Act.KILL:
            assert alive
            assert before is not None
            assert now - before >= RULES.grace_seconds
        elif active and not alive:
            assert decision.again_at is not None, "work without a worker is never forgotten"
            assert decision.again_at - now <= BACKOFF_MOST_SECONDS
        assert decision.again_at is None or decision.again_at > now, "no decision asks to be made again at once"
        if not alive:
            asked_at = None


@given(EVENTS)
def test_the_same_moment_twice_changes_nothing_the_second_time(events: list[float | str]) -> None:
    state, now, active, alive = State(), 0.0, False, False
    for event in events:
        if isinstance(event, float):
            now += event
        else:
            active = {"work": True, "no work": False}.get(event, active)
            alive = alive and event != "death"
        decision = step(state, now, active=active, alive=alive)
        alive = alive or decision.act is Act.START
        again = step(decision.state, now, active=active, alive=alive)
        assert again.act is Act.WAIT
        state = again.state
