"""A lamp from its facts: which state, since when, which stages, how long to dark."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.catalog import WorkerClass
from lamplighter_serving.gateway.lamps import LampFacts, expected_stages, lamp_json, lamp_of, median_of_histogram
from lamplighter_serving.metrics import JOB_SECONDS, WAKE_STAGE, WAKE_STAGES
from lamplighter_serving.queue.job import Depth
from lamplighter_serving.queue.store import Presence, Tally
from serving.gateway.described import check_value

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
COOLDOWN_SECONDS = 300.0
CLASS = WorkerClass(
    name="extract",
    engine="scripted",
    model="none",
    context_tokens=4096,
    concurrency=2,
    memory_fraction=None,
    engine_options={},
    jobs_per_replica=10,
    cooldown_seconds=COOLDOWN_SECONDS,
    max_job_seconds=600,
    max_attempts=5,
)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def depth(queued: int = 0, running: int = 0, age: float = 0.0) -> Depth:
    return Depth(worker="extract", queued=queued, running=running, oldest_age_seconds=age)


def presence(state: str, *, started: float, stage: str = "", **stages: float) -> Presence:
    """A process that started that many seconds ago."""
    return Presence(
        holder=f"{state}-{started}",
        worker="extract",
        state=state,
        stage=stage,
        stages=stages,
        started_at=ago(started),
        beat_at=NOW,
    )


def facts(**more: object) -> LampFacts:
    nothing = LampFacts(worker=CLASS, depth=depth(), presences=(), expected={}, now=NOW)
    return replace(nothing, **more)  # type: ignore[arg-type]


@dataclass(frozen=True, kw_only=True)
class Case:
    """Facts, and what one sees."""

    name: str
    facts: LampFacts
    state: str
    stage: str = ""
    since: datetime | None = None
    seconds_to_dark: float | None = None
    stages: dict[str, float] = field(default_factory=dict)


LIT = presence("lit", started=100, weights=30, engine=10)  # lit 60 s ago
CASES = [
    Case(name="nothing at all is dark", facts=facts(), state="dark"),
    Case(
        name="dark since this process saw it go out, with the stages of its last wake",
        facts=facts(remembered_dark_since=ago(50), remembered_stages={"engine": 2.0, "weights": 3.0}),
        state="dark",
        since=ago(50),
        stages={"weights": 3.0, "engine": 2.0},
    ),
    Case(
        name="work and nobody there is a wake that was just asked for",
        facts=facts(depth=depth(queued=3, age=7), remembered_stages={"engine": 9.0}),
        state="waking",
        stage="activation",
        since=ago(7),
    ),
    Case(
        name="a job that still runs under a dead worker's lease wakes too",
        facts=facts(depth=depth(running=1)),
        state="waking",
        stage="activation",
        since=NOW,
    ),
    Case(
        name="a waking process says its stage; the wake began before the process",
        facts=facts(depth=depth(queued=1), presences=(presence("waking", started=20, stage="weights", activation=5, image=8),)),
        state="waking",
        stage="weights",
        since=ago(25),
        stages={"activation": 5, "image": 8},
    ),
    Case(
        name="of two waking processes the first one counts",
        facts=facts(
            depth=depth(queued=1),
            presences=(presence("waking", started=5, stage="image"), presence("waking", started=20, stage="engine", weights=4)),
        ),
        state="waking",
        stage="engine",
        since=ago(20),
        stages={"weights": 4},
    ),
    Case(
        name="a lit process with work is lit since it was ready",
        facts=facts(depth=depth(running=1), presences=(LIT,)),
        state="lit",
        since=ago(60),
        stages={"weights": 30, "engine": 10},
    ),
    Case(
        name="activation and first result are no part of getting ready",
        facts=facts(
            depth=depth(running=1), presences=(presence("lit", started=100, activation=50, engine=40, first_result=9),)
        ),
        state="lit",
        since=ago(60),
        stages={"activation": 50, "engine": 40, "first_result": 9},
    ),
    Case(
        name="one lit process makes the lamp lit while another wakes",
        facts=facts(depth=depth(queued=9, running=1), presences=(LIT, presence("waking", started=3, stage="image"))),
        state="lit",
        since=ago(60),
    ),
    Case(
        name="a lit process without work cools from the last end of work",
        facts=facts(presences=(LIT,), remembered_idle_since=ago(20)),
        state="cooling",
        since=ago(20),
        seconds_to_dark=COOLDOWN_SECONDS - 20,
        stages={"weights": 30, "engine": 10},
    ),
    Case(
        name="work that ended before this process was lit does not count",
        facts=facts(presences=(LIT,), remembered_idle_since=ago(90)),
        state="cooling",
        since=ago(60),
        seconds_to_dark=COOLDOWN_SECONDS - 60,
        stages={"weights": 30, "engine": 10},
    ),
    Case(
        name="a gateway that saw nothing counts from when the process was lit",
        facts=facts(presences=(LIT,)),
        state="cooling",
        since=ago(60),
        seconds_to_dark=COOLDOWN_SECONDS - 60,
        stages={"weights": 30, "engine": 10},
    ),
    Case(
        name="a countdown ends at zero",
        facts=facts(presences=(presence("lit", started=1000),), remembered_idle_since=ago(900)),
        state="cooling",
        since=ago(900),
        seconds_to_dark=0.0,
    ),
    Case(
        name="only draining processes are the end of cooling",
        facts=facts(presences=(presence("draining", started=500),), remembered_idle_since=ago(310)),
        state="cooling",
        since=ago(310),
        seconds_to_dark=0.0,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_facts_make_a_lamp(case: Case) -> None:
    lamp = lamp_of(case.facts)
    assert (lamp.state, lamp.stage, lamp.since, lamp.seconds_to_dark) == (
        case.state,
        case.stage,
        case.since,
        case.seconds_to_dark,
    )
    if case.stages or not case.facts.presences:
        assert lamp.stages == case.stages
    check_value(lamp_json(lamp), "Lamp")


def test_stages_come_in_the_order_they_happen_in() -> None:
    lamp = lamp_of(facts(remembered_stages=dict.fromkeys(reversed(WAKE_STAGES), 1.0), expected={"engine": 1, "node": 2}))
    assert tuple(lamp.stages) == WAKE_STAGES
    assert tuple(lamp.expected) == ("node", "engine")
    assert lamp.expected_seconds == 3


def test_counts_are_those_of_the_queue_and_of_the_processes() -> None:
    lamp = lamp_of(facts(depth=depth(queued=4, running=2), presences=(LIT, LIT), finished_last_minute=7))
    assert (lamp.queued, lamp.running, lamp.replicas, lamp.documents_per_minute) == (4, 2, 2, 7.0)


presences = st.lists(
    st.builds(
        presence,
        st.sampled_from(["waking", "lit", "draining"]),
        started=st.floats(0, 1e6),
        stage=st.sampled_from(["", *WAKE_STAGES]),
    ),
    max_size=4,
).map(tuple)
moments = st.one_of(st.none(), st.floats(-10, 1e6).map(ago))


@given(
    queued=st.integers(0, 5),
    running=st.integers(0, 5),
    age=st.floats(0, 1e6),
    there=presences,
    idle=moments,
    dark=moments,
)
def test_any_facts_make_a_lamp_that_the_api_describes(
    queued: int, running: int, age: float, there: tuple[Presence, ...], idle: datetime | None, dark: datetime | None
) -> None:
    given_facts = facts(
        depth=depth(queued, running, age), presences=there, remembered_idle_since=idle, remembered_dark_since=dark
    )
    lamp = lamp_of(given_facts)
    check_value(lamp_json(lamp), "Lamp")
    assert (lamp.state == "dark") == (not there and queued + running == 0)
    assert (lamp.stage == "") or lamp.state == "waking"
    assert (lamp.seconds_to_dark is not None) == (lamp.state == "cooling")
    if any(one.state == "lit" for one in there):
        assert lamp.state == ("lit" if queued + running else "cooling")


@pytest.mark.parametrize(
    ("bounds", "counts", "median"),
    [
        ((1.0, 2.0), (0, 0, 0), None),
        ((1.0, 2.0), (2, 0, 0), 0.5),  # two between 0 and 1: the middle of the bucket
        ((1.0, 2.0), (1, 1, 0), 1.0),  # one on each side of 1
        ((1.0, 2.0), (0, 4, 0), 1.5),
        ((1.0, 3.0), (1, 3, 0), 5 / 3),  # the 2nd of 4: a third of the way from 1 to 3
        ((1.0, 2.0), (0, 0, 5), 2.0),  # all above the last bound
        ((), (3,), 0.0),
    ],
)
def test_median_is_straight_inside_its_bucket(bounds: tuple[float, ...], counts: tuple[int, ...], median: float | None) -> None:
    assert median_of_histogram(bounds, counts) == (median if median is None else pytest.approx(median))


def test_expected_stages_are_those_of_the_class_and_of_wakes() -> None:
    def tally(worker: str, metric: str, label: str, counts: tuple[int, ...]) -> Tally:
        return Tally(worker=worker, metric=metric, label=label, bounds=(1.0, 2.0), counts=counts, total=0.0)

    tallies = [
        tally("extract", WAKE_STAGE.name, "engine", (2, 0, 0)),
        tally("extract", WAKE_STAGE.name, "node", (0, 0, 0)),
        tally("other", WAKE_STAGE.name, "weights", (2, 0, 0)),
        tally("extract", JOB_SECONDS.name, "read", (2, 0, 0)),
    ]
    assert expected_stages(tallies, "extract") == {"engine": 0.5}
