"""Declared against observed: what differs is said with both and a way out, what cannot be seen is never called right."""

from dataclasses import replace
from typing import Any

import pytest

from lamplighter.cluster.compare import compare
from lamplighter.commands.judge import judge_environment
from lamplighter.domain.observed import Compared, Observed, ObservedNode, ObservedScaler, Verdict
from lamplighter.units import MIB
from plugins.tree import ROOT

SUBJECT = judge_environment(ROOT, "staging").subject
assert SUBJECT is not None
DEPLOYMENT, CHIPS = SUBJECT.deployment, SUBJECT.chips
#: A node of AKS with a T4, as GPU feature discovery labels it. 15360 MiB: router-gao/ai-demos, as in data/gpus.yaml.
NODE = ObservedNode(
    name="t4-0",
    pool="t4",
    ready=True,
    product="Tesla-T4",
    memory_bytes=15360 * MIB,
    driver="580.95.05",
    gpus=1,
    offered=1,
    sharing="none",
)
SCALER = ObservedScaler(worker="extract", least=0, most=4, ready=True, hpa="keda-hpa-lamplighter-worker-extract")
FINE = Observed(nodes=(NODE,), scalers=(SCALER,), vram_bytes={"extract": 11000 * MIB})


def rows(observed: Observed, predicted: int = 11000 * MIB) -> list[Compared]:
    return compare(DEPLOYMENT, CHIPS, {"extract": predicted}, observed)


def one(observed: Observed, thing: str) -> Compared:
    (found,) = (row for row in rows(observed) if row.thing == thing)
    return found


def with_node(**changes: Any) -> Observed:
    return replace(FINE, nodes=(replace(NODE, **changes),))


def with_scaler(**changes: Any) -> Observed:
    return replace(FINE, scalers=(replace(SCALER, **changes),))


def test_a_cluster_as_declared_differs_in_nothing() -> None:
    found = rows(FINE)
    assert {row.verdict for row in found} == {Verdict.SAME}
    assert {row.subject for row in found} == {"pool t4", "worker extract"}


@pytest.mark.parametrize(
    ("observed", "thing", "shown"),
    [
        (with_node(product="NVIDIA-A10"), "chip", "NVIDIA-A10"),
        (with_node(memory_bytes=14000 * MIB), "memory", "14000 MiB"),
        (with_node(gpus=2), "GPUs a node", "2"),
        (with_node(sharing="time-slicing"), "sharing", "time-slicing"),
        (with_node(offered=0), "device plugin", "nothing on t4-0"),
        (replace(FINE, nodes=tuple(replace(NODE, name=f"t4-{number}") for number in range(5))), "nodes", "5 lit, 0 not ready"),
        (replace(FINE, nodes=(NODE, replace(NODE, name="t4-1", driver="570.1"))), "driver", "570.1, 580.95.05"),
        (replace(FINE, scalers=()), "scaling", "no ScaledObject"),
        (with_scaler(most=9), "scaling", "0 to 9"),
        (with_scaler(ready=False, message="ScaledObject doesn't have correct triggers"), "KEDA", "correct triggers"),
        (with_scaler(paused=True), "KEDA", "paused"),
        (with_scaler(fallback=True), "KEDA", "falls back"),
        (with_scaler(hpa=None), "HPA", "KEDA made none"),
        (with_scaler(hpa_complaint="FailedGetExternalMetric: no"), "HPA", "FailedGetExternalMetric"),
        (replace(FINE, vram_bytes={"extract": 11600 * MIB}), "GPU memory", "11600 MiB measured"),
    ],
)
def test_what_differs_says_both_and_a_way_out(observed: Observed, thing: str, shown: str) -> None:
    row = one(observed, thing)
    assert row.verdict is Verdict.DIFFERS
    assert shown in row.observed
    assert row.declared
    assert row.change


def test_parked_nodes_are_as_declared_where_the_pool_parks_them_and_not_elsewhere() -> None:
    parked = replace(FINE, nodes=(replace(NODE, ready=False, offered=0), replace(NODE, name="t4-1", ready=False, offered=0)))
    row = one(parked, "nodes")
    assert (row.verdict, row.observed) == (Verdict.SAME, "0 lit, 2 not ready")
    assert one(parked, "device plugin").verdict is Verdict.UNSEEN
    pool = replace(DEPLOYMENT.pools["t4"], lifecycle=None)
    found = compare(replace(DEPLOYMENT, pools={"t4": pool}), CHIPS, {}, parked)
    assert [row.verdict for row in found if row.thing == "nodes"] == [Verdict.DIFFERS]


def test_an_empty_pool_has_no_labels_and_nothing_is_said_of_its_cards() -> None:
    found = [row for row in rows(replace(FINE, nodes=())) if row.subject == "pool t4"]
    assert [(row.thing, row.observed) for row in found] == [("nodes", "0 lit, 0 not ready")]


@pytest.mark.parametrize("thing", ["chip", "memory", "driver", "sharing"])
def test_a_node_without_the_labels_of_discovery_is_not_called_right(thing: str) -> None:
    bare = with_node(product=None, memory_bytes=None, driver=None, sharing=None)
    assert one(bare, thing).verdict is Verdict.UNSEEN


def test_a_pool_that_git_does_not_know_is_named() -> None:
    row = next(
        row for row in rows(replace(FINE, nodes=(NODE, replace(NODE, name="x", pool="old")))) if row.subject == "pool old"
    )
    assert row.verdict is Verdict.DIFFERS
    assert "no worker is sent there" in row.change


def test_what_may_not_be_read_is_said_and_is_not_right() -> None:
    unseen = {"nodes": "may not read nodes", "scaledobjects.keda.sh": "may not read scaledobjects.keda.sh"}
    found = rows(Observed(unseen=unseen))
    assert {row.verdict for row in found} == {Verdict.UNSEEN}
    assert {row.observed for row in found if row.thing in ("nodes", "scaling")} == set(unseen.values())
