"""The learned schedule: a trigger by the clock as KEDA's cron is, and a search that finds what a day asks for."""

from dataclasses import replace

import pytest

from lamplighter.simulate.record import Use
from lamplighter.simulate.run import simulate
from lamplighter.simulate.schedule import Schedule, learn
from lamplighter.simulate.search import Outcome
from plugins.simulate.worlds import HOUR, cluster, jobs, worker, world


def test_a_lit_hour_has_a_replica_without_any_job_and_sleeps_afterwards() -> None:
    scenario = world(replace(worker(), lit_hours=frozenset({2})), on=cluster("karpenter"))
    record = simulate(scenario, [], seconds=24 * HOUR, seed=1)
    rises = [step.at for step in record.ready if step.ready == 1]
    # 1 s of Karpenter, 60 node, 40 GPU, 100 image, 5 Ray, 20 weights, 35 engine.
    assert rises == [pytest.approx(2 * HOUR + 261)]
    # The hour's end, 300 s of cooldown, and up to two polls of 5 s.
    (fall,) = [step.at for step in record.ready if step.ready == 0]
    assert 3 * HOUR + 290 <= fall <= 3 * HOUR + 310
    assert record.node_hours("p", Use.BUSY) == 0


def test_a_job_in_a_lit_hour_waits_for_nothing() -> None:
    scenario = world(replace(worker(), lit_hours=frozenset({2})))
    record = simulate(scenario, jobs(2.5 * HOUR), seconds=24 * HOUR, seed=1)
    assert record.results[0].finished == pytest.approx(2.5 * HOUR + 10)


def test_it_learns_the_hours_that_pay() -> None:
    """Each wrong hour costs something, and each of three right ones that is missing costs more."""
    right = frozenset({8, 9, 10})

    def attempt(schedule: Schedule) -> Outcome:
        wrong = len(schedule.lit_hours ^ right)
        return Outcome(seconds=10.0, money=float(wrong) + schedule.cooldown_seconds / 1000)

    best, outcome = learn([300, 600], attempt, most_seconds=60.0, seed=1)
    # At most one hour of 24 is wrong, and the cooldown is the cheaper one.
    assert outcome.money <= 1.3
    assert best.cooldown_seconds == 300
    assert learn([300, 600], attempt, most_seconds=60.0, seed=1) == (best, outcome)
