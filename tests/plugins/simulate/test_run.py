"""The simulation against hand calculations: each loop's time, from the first job to the node's end."""

import time

import pytest

from lamplighter.domain.pool import Lifecycle
from lamplighter.simulate.arrivals import DAYS, arrivals_of
from lamplighter.simulate.record import STAGES, Use
from lamplighter.simulate.run import simulate
from plugins.simulate.worlds import HOUR, cluster, jobs, pool, scaled, worker, world


def test_a_wake_is_the_sum_of_its_stages() -> None:
    # 0.010 push, 30 s of the GPU buffer and up to 10 of a scan, then as the world says.
    record = simulate(world(), jobs(1000.0), seconds=HOUR, seed=1)
    (lamp,) = record.lamps
    assert list(lamp.stages) == list(STAGES)
    assert lamp.stages["activation"] == pytest.approx(0.010)
    assert 30.0 <= lamp.stages["autoscaler"] <= 40.0
    fixed = {"node": 60, "gpu": 40, "place": 0, "image": 100, "ray": 5, "weights": 20, "engine": 35, "first_result": 10}
    for stage, seconds in fixed.items():
        assert lamp.stages[stage] == pytest.approx(seconds), stage
    (result,) = record.results
    assert result.finished - result.arrived == pytest.approx(lamp.seconds)


def test_karpenter_waits_a_second_and_not_for_the_gpu() -> None:
    record = simulate(world(on=cluster("karpenter")), jobs(1000.0), seconds=HOUR, seed=1)
    assert record.lamps[0].stages["autoscaler"] == pytest.approx(1.0)


def test_a_node_is_paid_from_its_start_until_cooldown_and_autoscaler_are_over() -> None:
    # The job ends at E. KEDA polls every 5 s: it was active for the last time up to 5 s before E, and is at 0 within 5 s after
    # 300 s of that. The autoscaler sees the empty node at its next scan and removes it 600 s later: 895 to 915 s after E.
    record = simulate(world(), jobs(1000.0), seconds=2 * HOUR, seed=1)
    (result,) = record.results
    last = max(span.end for span in record.spans)
    assert 895.0 <= last - result.finished <= 915.0
    assert record.node_hours("p", Use.BUSY) * HOUR == pytest.approx(10.0)
    assert record.node_hours("p", Use.WAKING) * HOUR == pytest.approx(60 + 40 + 100 + 5 + 20 + 35)
    assert record.node_hours("p", Use.IDLE) * HOUR == pytest.approx(last - result.finished)


def test_a_stopped_node_starts_with_its_images_and_pays_only_its_disk() -> None:
    there = pool(lifecycle=Lifecycle.DEALLOCATE, keeps_images=True)
    record = simulate(world(of=there), jobs(1000.0, 3 * HOUR), seconds=24 * HOUR, seed=1)
    first, second = record.lamps
    assert (first.stages["image"], second.stages["image"]) == (pytest.approx(100), 0)
    assert record.most_disks("p") == 1
    # From the first request on, for good.
    assert record.disk_hours("p") == pytest.approx(24 - (1000 + 35) / HOUR, abs=10 / HOUR)
    assert record.node_hours("p") < 1


def test_a_deleted_node_takes_its_images_along() -> None:
    record = simulate(world(), jobs(1000.0, 3 * HOUR), seconds=24 * HOUR, seed=1)
    assert [lamp.stages["image"] for lamp in record.lamps] == [pytest.approx(100)] * 2


def test_prometheus_is_seen_at_a_scrape_and_then_at_a_poll() -> None:
    asked = worker(scale=scaled(trigger="prometheus"))
    spans = [
        simulate(world(asked, poll_seconds=30.0), jobs(1000.0), seconds=HOUR, seed=seed).lamps[0].stages["activation"]
        for seed in range(200)
    ]
    assert min(spans) >= 0
    assert max(spans) <= 60.0
    # The sum of two uniform times of 0 to 30 s.
    assert sum(spans) / len(spans) == pytest.approx(30.0, abs=2.5)


def test_a_pile_lights_as_many_replicas_as_it_has_work_for() -> None:
    # 40 jobs at 10 a replica: 1 at once, 4 at the next sync of the HPA (at most 4 more within 15 s).
    record = simulate(world(), jobs(*[1000.0] * 40, work=60.0), seconds=2 * HOUR, seed=1)
    assert record.scale_ups == 4
    assert len(record.results) == 40
    assert len({span.node for span in record.spans}) == 4


def test_a_static_pool_is_paid_all_the_time_and_answers_without_a_node() -> None:
    rack = pool(nodes=(2, 2), lifecycle=Lifecycle.STATIC)
    record = simulate(world(of=rack, on=cluster("none")), jobs(1000.0), seconds=24 * HOUR, seed=1)
    assert record.node_hours("p") == pytest.approx(48.0)
    (lamp,) = record.lamps
    assert lamp.seconds == pytest.approx(0.010 + 5 + 20 + 35 + 10)


def test_a_worker_that_never_sleeps_answers_at_once() -> None:
    lit = worker(scale=scaled(least=1))
    record = simulate(world(lit, of=pool(nodes=(1, 4))), jobs(1000.0), seconds=HOUR, seed=1)
    assert record.lamps == []
    assert record.results[0].finished == pytest.approx(1010.0)


def test_a_spot_node_that_is_taken_back_gives_its_job_to_the_next() -> None:
    spot = pool(lifecycle=Lifecycle.SPOT)
    record = simulate(world(of=spot, spot_losses_an_hour=6.0), jobs(100.0, work=900.0), seconds=24 * HOUR, seed=3)
    assert record.spot_losses > 0
    (result,) = record.results
    # A node may be taken back before it has begun the job.
    assert 1 < result.attempts <= 1 + record.spot_losses


def test_a_month_of_a_quiet_tenant_takes_less_than_five_seconds() -> None:
    month = arrivals_of(DAYS["quiet"], "w", days=30, work_seconds=20.0, seed=1)
    began = time.process_time()
    record = simulate(world(), month, seconds=30 * 24 * HOUR, seed=1)
    assert time.process_time() - began < 5.0
    assert len(record.results) == len(month)
