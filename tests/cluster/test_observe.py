"""`lamplighter observe` through a real API server, with the rights that plugins/rights/observe.yaml lists and with fewer."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.cluster import Cluster
from cluster.programs import ROOT, program

#: What is compared, by its subject and thing.
Rows = dict[tuple[str, str], dict[str, str]]
RIGHTS = list(yaml.safe_load_all((ROOT / "plugins" / "rights" / "observe.yaml").read_text()))
ACCOUNT = "observer"
#: The environment that is observed: T4 nodes that are parked when idle, one worker.
ENVIRONMENT, NAMESPACE = "staging", "serving-staging"
LABELS = {
    "lamplighter.dev/pool": "t4",
    "nvidia.com/gpu.product": "Tesla-T4",
    "nvidia.com/gpu.memory": "15360",
    "nvidia.com/gpu.count": "1",
    "nvidia.com/gpu.sharing-strategy": "none",
    "nvidia.com/cuda.driver-version.full": "580.95.05",
}


@pytest.fixture(scope="module")
def live(cluster: Cluster) -> Iterator[Cluster]:
    """A T4 node that is lit, one that is parked, and what KEDA would have made of the worker."""
    made = [_node("t4-0"), _node("t4-1"), *_scaled()]
    cluster.must("create", "namespace", NAMESPACE)
    cluster.must("create", "serviceaccount", ACCOUNT, "--namespace", NAMESPACE)
    cluster.must("apply", "--filename=-", stdin=yaml.safe_dump_all(made))
    try:
        _status(cluster, "node", "t4-0", {"conditions": [_condition("Ready", "True")], "allocatable": {"nvidia.com/gpu": "1"}})
        _status(cluster, "node", "t4-1", {"conditions": [_condition("Ready", "Unknown")]})
        ready = {"conditions": [_condition("Ready", "True"), _condition("Paused", "False")], "hpaName": "keda-hpa-extract"}
        _status(cluster, "scaledobject", "lamplighter-worker-extract", ready)
        yield cluster
    finally:
        cluster.must("delete", "node", "t4-0", "t4-1")
        cluster.must("delete", "namespace", NAMESPACE, "--wait=false")


def observe(cluster: Cluster, folder: Path, roles: list[dict[str, Any]]) -> tuple[int, Rows, str]:
    """Runs it as an account that has these ClusterRoles; gives exit code, rows by subject and thing, and stderr."""
    with ExitStack() as undo:
        for role in roles:
            name = role["metadata"]["name"]
            cluster.must("apply", "--filename=-", stdin=yaml.safe_dump(role))
            undo.callback(cluster.must, "delete", "clusterrole", name)
            account = f"--serviceaccount={NAMESPACE}:{ACCOUNT}"
            cluster.must("create", "clusterrolebinding", name, f"--clusterrole={name}", account)
            undo.callback(cluster.must, "delete", "clusterrolebinding", name)
        config = json.loads(cluster.kubeconfig.read_text())
        config["users"][0]["user"] = {"token": cluster.must("create", "token", ACCOUNT, "--namespace", NAMESPACE).strip()}
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(json.dumps(config))
        environment = {
            "PATH": f"{Path(program('kubectl')).parent}{os.pathsep}{os.defpath}",
            "HOME": str(folder),
            "KUBECONFIG": str(kubeconfig),
            "NO_PROXY": "127.0.0.1",
        }
        command = [sys.executable, "-m", "lamplighter", "observe", ENVIRONMENT, "--root", str(ROOT), "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert done.stdout, done.stderr
    rows = json.loads(done.stdout)["compared"]
    return done.returncode, {(row["subject"], row["thing"]): row for row in rows}, done.stderr


def test_with_the_rights_that_are_listed_all_is_seen_and_is_as_declared(live: Cluster, tmp_path: Path) -> None:
    code, rows, said = observe(live, tmp_path, RIGHTS)
    assert (code, said) == (0, "")
    assert rows["pool t4", "nodes"]["observed"] == "1 lit, 1 not ready"
    assert rows["pool t4", "memory"]["observed"] == "15360 MiB"
    unseen = {thing for (_, thing), row in rows.items() if row["verdict"] == "unseen"}
    assert unseen == {"GPU memory"}  # nobody named a Prometheus


@pytest.mark.parametrize(
    ("resource", "rows_that_go"),
    [
        ("nodes", {("pool t4", "nodes")}),
        ("scaledobjects", {("worker extract", "scaling")}),
        ("horizontalpodautoscalers", {("worker extract", "HPA")}),
    ],
)
def test_each_right_is_needed_and_what_it_hides_is_named(
    live: Cluster, tmp_path: Path, resource: str, rows_that_go: set[tuple[str, str]]
) -> None:
    without = [{**role, "rules": [rule for rule in role["rules"] if rule["resources"] != [resource]]} for role in RIGHTS]
    code, rows, said = observe(live, tmp_path, without)
    assert (code, said) == (0, "")
    for place in rows_that_go:
        assert rows[place]["verdict"] == "unseen"
        assert f"may not read {resource}" in rows[place]["observed"]
        assert "plugins/rights/observe.yaml" in rows[place]["observed"]


def test_every_rule_of_the_rights_has_its_case() -> None:
    rules = [rule for role in RIGHTS for rule in role["rules"]]
    assert {rule["resources"][0] for rule in rules} == {"nodes", "scaledobjects", "horizontalpodautoscalers"}
    assert all(rule["verbs"] == ["list"] for rule in rules)


def test_a_node_with_another_chip_and_a_paused_worker_are_told(live: Cluster, tmp_path: Path) -> None:
    live.must("label", "node", "t4-0", "--overwrite", "nvidia.com/gpu.product=NVIDIA-A10")
    paused = {"conditions": [_condition("Ready", "True"), _condition("Paused", "True")], "hpaName": "keda-hpa-extract"}
    _status(live, "scaledobject", "lamplighter-worker-extract", paused)
    try:
        code, rows, _ = observe(live, tmp_path, RIGHTS)
    finally:
        live.must("label", "node", "t4-0", "--overwrite", "nvidia.com/gpu.product=Tesla-T4")
        ready = {"conditions": [_condition("Ready", "True"), _condition("Paused", "False")], "hpaName": "keda-hpa-extract"}
        _status(live, "scaledobject", "lamplighter-worker-extract", ready)
    assert code == 1
    assert rows["pool t4", "chip"]["verdict"] == "differs"
    assert rows["worker extract", "KEDA"]["observed"] == "paused"


def _node(name: str) -> dict[str, Any]:
    metadata = {"name": name, "labels": LABELS, "annotations": {"kwok.x-k8s.io/node": "fake"}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata}


def _scaled() -> list[dict[str, Any]]:
    name = "lamplighter-worker-extract"
    labels = {"lamplighter.dev/worker": "extract", "app.kubernetes.io/instance": "lamplighter"}
    trigger = {"type": "external-push", "metadata": {"scalerAddress": "gateway:9090"}}
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    return [
        {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": labels},
            "spec": {"scaleTargetRef": {"name": name}, "minReplicaCount": 0, "maxReplicaCount": 4, "triggers": [trigger]},
        },
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": {"name": "keda-hpa-extract", "namespace": NAMESPACE},
            "spec": {"minReplicas": 1, "maxReplicas": 4, "scaleTargetRef": target},
        },
    ]


def _condition(kind: str, status: str) -> dict[str, str]:
    return {"type": kind, "status": status, "reason": "Made", "message": "by the test"}


def _status(cluster: Cluster, kind: str, name: str, status: dict[str, Any]) -> None:
    patch = json.dumps({"status": status})
    namespace = [] if kind == "node" else ["--namespace", NAMESPACE]
    cluster.must("patch", kind, name, *namespace, "--subresource=status", "--type=merge", "--patch", patch)
