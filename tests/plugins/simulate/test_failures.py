"""Six ways in which sleeping GPUs are known to fail: each happens in the simulation, and a rule refuses what leads to it.

The rules' own cases stand in tests/cases/; here each is held to the same numbers as the simulation.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from lamplighter.domain.pool import Lifecycle
from lamplighter.rules.scaling import LEAVING_SECONDS
from lamplighter.simulate.run import simulate
from plugins.simulate.worlds import HOUR, cluster, jobs, pool, scaled, worker, world
from plugins.tree import ROOT, check

BASE = "tests/cases/base.yaml"
DAY = 24 * HOUR


def said_of(values: dict[str, Any], tmp_path: Path) -> str:
    """What `check` says of these values over the cases' base."""
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(values))
    return check(ROOT, "--values", BASE, "--values", str(file)).out


def stopped(nodes: int) -> Any:
    return pool(nodes=(0, nodes), lifecycle=Lifecycle.DEALLOCATE, keeps_images=True)


# 1. Stopped nodes are unready, and too many of them halt the autoscaler.


def test_after_a_peak_the_stopped_nodes_halt_the_cluster_and_nothing_wakes_any_more() -> None:
    # 60 jobs at 10 a replica light 6 nodes. Stopped they are 6 of 9 nodes, 67 %: above 3 and above 45 %.
    peak = worker(scale=scaled(most=6))
    arrivals = jobs(*[HOUR] * 60, 6 * HOUR, work=60.0)
    halted = simulate(world(peak, of=stopped(6)), arrivals, seconds=DAY, seed=1)
    assert [at for _worker, at in halted.undone] == [6 * HOUR]
    assert halted.halted_seconds > 17 * HOUR
    allowed = simulate(world(peak, of=stopped(6), on=cluster(ok_total_unready_count=6)), arrivals, seconds=DAY, seed=1)
    assert (allowed.undone, allowed.halted_seconds) == ([], 0)


@pytest.mark.parametrize(("allowed", "refused"), [(3, True), (6, False)])
def test_ll406_refuses_what_halts_it(allowed: int, *, refused: bool, tmp_path: Path) -> None:
    autoscaler = {"kind": "cluster-autoscaler", "okTotalUnreadyCount": allowed}
    values = {"cluster": {"autoscaler": autoscaler}, "gpuPools": {"t4": {"lifecycle": "deallocate", "nodes": {"max": 6}}}}
    assert ("LL406" in said_of(values, tmp_path)) is refused


# 2. A cooldown that is shorter than the cold start: every job of a trickle pays a whole wake.


def test_with_a_cooldown_below_the_cold_start_each_job_of_a_trickle_pays_a_wake() -> None:
    # A job each 400 s; a wake takes about 270 of them. Karpenter takes an empty node away at once.
    arrivals = jobs(*[400.0 * number for number in range(1, 50)])
    for cooldown, wakes in ((60, 49), (420, 1)):
        tenant = world(worker(scale=scaled(cooldown=cooldown)), on=cluster("karpenter"))
        assert len(simulate(tenant, arrivals, seconds=DAY, seed=1).lamps) == wakes


@pytest.mark.parametrize(("cooldown", "refused"), [(60, True), (420, False)])
def test_ll401_refuses_that_cooldown(cooldown: int, *, refused: bool, tmp_path: Path) -> None:
    # 60 node + 40 GPU + 4.7 Ray + 33.8 vLLM: 138.5 s at least.
    values = {
        "gpuPools": {"t4": {"boot": {"nodeSeconds": 60, "gpuReadySeconds": 40}}},
        "workers": {"extract": {"scale": {"cooldownSeconds": cooldown}}},
    }
    assert ("LL401" in said_of(values, tmp_path)) is refused


# 3. A metric of queued jobs alone is 0 while the last ones run: KEDA takes their replica away.


def test_a_metric_without_running_jobs_ends_replicas_with_jobs_in_their_hands() -> None:
    # A job of 20 minutes, a cooldown of 5, Kubernetes' grace of 30 s: it is ended, begun anew, and never done.
    long = {"scale": scaled(cooldown=300), "grace": 30.0}
    blind = simulate(world(worker(**long, counts_running=False)), jobs(HOUR, work=1200.0), seconds=DAY, seed=1)
    assert blind.results == []
    assert blind.replicas_killed_busy > 10
    seeing = simulate(world(worker(**long)), jobs(HOUR, work=1200.0), seconds=DAY, seed=1)
    assert (len(seeing.results), seeing.replicas_killed_busy) == (1, 0)


def test_no_value_makes_the_chart_ask_for_queued_jobs_alone_or_end_a_pod_before_its_job_may_be_done() -> None:
    """The query counts both states and the grace covers the longest job, by the templates: nobody can set either otherwise."""
    names = (ROOT / "charts/lamplighter-serving/templates/_names.tpl").read_text()
    assert 'state=~"queued|running"' in names
    pods = (ROOT / "charts/lamplighter-serving/templates/_gpu-pod.tpl").read_text()
    assert f"{{{{ add .scale.maxJobSeconds {LEAVING_SECONDS} }}}}" in pods


# 4. A node is ready before its GPU is: an autoscaler that does not expect the GPU orders another one.


def test_an_autoscaler_that_does_not_expect_the_gpu_orders_nodes_until_it_registers() -> None:
    # 300 s without a GPU, as when a driver is installed: one node more when the first is ready, another when that one is (60 s
    # and a scan later), and so on, up to four.
    unexpected = simulate(world(of=pool(gpu=300.0, announces=False)), jobs(HOUR), seconds=DAY, seed=1)
    expected = simulate(world(of=pool(gpu=300.0)), jobs(HOUR), seconds=DAY, seed=1)
    assert (unexpected.scale_ups, expected.scale_ups) == (4, 1)
    assert unexpected.node_hours("p") > 2 * expected.node_hours("p")
    # Karpenter knows: it made the node for that GPU.
    by_karpenter = world(of=pool(gpu=300.0, announces=False), on=cluster("karpenter"))
    assert simulate(by_karpenter, jobs(HOUR), seconds=DAY, seed=1).scale_ups == 1


@pytest.mark.parametrize(("labels", "refused"), [({}, True), ({"k8s.amazonaws.com/accelerator": "t4"}, False)])
def test_ll409_refuses_a_pool_without_that_label(labels: dict[str, str], *, refused: bool, tmp_path: Path) -> None:
    values = {
        "cluster": {"autoscaler": {"kind": "cluster-autoscaler"}},
        "gpuPools": {"t4": {"platform": "eks", "labels": labels}},
    }
    assert ("LL409" in said_of(values, tmp_path)) is refused


# 5. Disks of stopped nodes grow to the historic peak.


def test_one_peak_leaves_its_disks_for_good() -> None:
    lazy = cluster(ok_total_unready_count=10)
    quiet = simulate(world(of=stopped(4), on=lazy), jobs(HOUR), seconds=30 * DAY, seed=1)
    peak = simulate(world(of=stopped(4), on=lazy), jobs(HOUR, *[2 * HOUR] * 40), seconds=30 * DAY, seed=1)
    assert (quiet.most_disks("p"), peak.most_disks("p")) == (1, 4)
    assert peak.disk_hours("p") > 3.9 * quiet.disk_hours("p")
    # Deleted nodes leave none.
    gone = simulate(world(of=pool(), on=lazy), jobs(HOUR, *[2 * HOUR] * 40), seconds=30 * DAY, seed=1)
    assert gone.disk_hours("p") < 4


@pytest.mark.parametrize(("gib", "warned"), [(1024, True), (128, False)])
def test_ll410_says_when_they_cost_more_than_a_node(gib: int, *, warned: bool, tmp_path: Path) -> None:
    # 4 * 1024 * 0.132 is 541 a month, a T4 480.
    there = {
        "lifecycle": "deallocate",
        "nodes": {"max": 4},
        "osDisk": {"kind": "managed", "sizeGiB": gib},
        "pricePerHour": {"amount": 0.658, "currency": "USD"},
    }
    assert ("LL410" in said_of({"gpuPools": {"t4": there}}, tmp_path)) is warned


# 6. An image cleaner takes what a stopped node kept.


def test_an_image_cleaner_makes_every_wake_pull_the_image_again() -> None:
    arrivals = jobs(HOUR, 5 * HOUR, 9 * HOUR)
    kept = simulate(world(of=stopped(1)), arrivals, seconds=DAY, seed=1)
    cleaned = simulate(world(of=replace(stopped(1), keeps_images=False)), arrivals, seconds=DAY, seed=1)
    assert [lamp.stages["image"] for lamp in kept.lamps] == [pytest.approx(100), 0, 0]
    assert [lamp.stages["image"] for lamp in cleaned.lamps] == [pytest.approx(100)] * 3


@pytest.mark.parametrize("cleaner", [True, False])
def test_ll404_says_so(*, cleaner: bool, tmp_path: Path) -> None:
    values = {"cluster": {"imageCleaner": cleaner}, "gpuPools": {"t4": {"lifecycle": "deallocate"}}}
    assert ("LL404" in said_of(values, tmp_path)) is cleaner
