"""What holds for every world: no job is lost, a longer stage is no earlier result, nodes do one thing at a time."""

import itertools
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.domain.pool import Lifecycle
from lamplighter.simulate.record import Use
from lamplighter.simulate.run import simulate
from lamplighter.simulate.scenario import Scenario, Start
from plugins.simulate.worlds import HOUR, cluster, jobs, pool, scaled, worker, world

SECONDS = 6 * HOUR

times = st.lists(st.floats(min_value=0, max_value=4 * HOUR), min_size=1, max_size=30)


@st.composite
def worlds(draw: st.DrawFn) -> Scenario:
    lifecycle = draw(st.sampled_from(list(Lifecycle)))
    cooldown = draw(st.sampled_from([0, 60, 300, 1200]))
    trigger = draw(st.sampled_from(["push", "prometheus", "both"]))
    most = draw(st.integers(1, 5))
    scale = scaled(most=most, least=draw(st.integers(0, 1)), trigger=trigger, jobs=draw(st.integers(1, 10)), cooldown=cooldown)
    there = pool(
        nodes=(0, draw(st.integers(1, 4))),
        lifecycle=lifecycle,
        devices=draw(st.integers(1, 2)),
        keeps_images=lifecycle is Lifecycle.DEALLOCATE,
        announces=draw(st.booleans()),
    )
    grace = draw(st.sampled_from([5.0, 630.0]))
    return world(
        worker(scale=scale, concurrency=draw(st.integers(1, 4)), grace=grace, counts_running=draw(st.booleans())),
        of=there,
        on=cluster(draw(st.sampled_from(["cluster-autoscaler", "karpenter"])), ok_total_unready_count=10),
        spot_losses_an_hour=draw(st.sampled_from([0.0, 2.0])),
    )


@given(scenario=worlds(), at=times, work=st.floats(1, 900), seed=st.integers(0, 1000))
@settings(max_examples=50)
def test_every_job_that_came_is_done_or_still_there(scenario: Scenario, at: list[float], work: float, seed: int) -> None:
    record = simulate(scenario, jobs(*at, work=work), seconds=SECONDS, seed=seed)
    assert record.arrived == len(at)
    assert len(record.results) + len(record.undone) == record.arrived
    assert all(result.finished >= result.arrived + work - 1e-6 for result in record.results)


@given(scenario=worlds(), at=times, seed=st.integers(0, 1000))
@settings(max_examples=20)
def test_the_same_seed_gives_the_same_record(scenario: Scenario, at: list[float], seed: int) -> None:
    assert simulate(scenario, jobs(*at), seconds=SECONDS, seed=seed) == simulate(
        scenario, jobs(*at), seconds=SECONDS, seed=seed
    )


@given(scenario=worlds(), at=times, seed=st.integers(0, 1000))
@settings(max_examples=30)
def test_a_node_does_one_thing_at_a_time_and_there_are_never_too_many(scenario: Scenario, at: list[float], seed: int) -> None:
    record = simulate(scenario, jobs(*at), seconds=SECONDS, seed=seed)
    limit = scenario.pools["p"].pool.most_nodes
    spans = sorted(record.spans, key=lambda span: (span.node, span.start))
    for one, two in itertools.pairwise(spans):
        assert one.node != two.node or one.end <= two.start + 1e-6
    assert {span.node for span in spans} <= set(range(limit))
    assert all(0 <= span.start < span.end <= SECONDS for span in spans)
    uses = sum(record.node_hours("p", use) for use in Use)
    assert abs(uses - record.node_hours("p")) < 1e-9
    if scenario.pools["p"].pool.lifecycle is Lifecycle.STATIC:
        assert abs(uses - limit * SECONDS / HOUR) < 1e-6


@given(at=st.floats(0, HOUR), more=st.floats(0, 600), stage=st.sampled_from(["image", "ray", "weights", "engine"]))
def test_a_longer_stage_is_never_an_earlier_result(at: float, more: float, stage: str) -> None:
    start = Start(image=100.0, ray=5.0, weights=20.0, engine=35.0)
    slower = replace(start, **{stage: getattr(start, stage) + more})
    results = [
        simulate(world(worker(start=one)), jobs(at), seconds=SECONDS, seed=1).results[0].finished for one in (start, slower)
    ]
    assert abs(results[1] - results[0] - more) < 1e-6


@given(scenario=worlds(), at=times, seed=st.integers(0, 1000))
@settings(max_examples=30)
def test_the_stages_of_a_wake_are_its_wait(scenario: Scenario, at: list[float], seed: int) -> None:
    record = simulate(scenario, jobs(*at), seconds=SECONDS, seed=seed)
    finished = {result.finished for result in record.results}
    for lamp in record.lamps:
        assert all(seconds >= 0 for seconds in lamp.stages.values())
        assert any(abs(lamp.at + lamp.seconds - end) < 1e-6 for end in finished)
