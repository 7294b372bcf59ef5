"""KEDA owns the replicas of workers: neither self-heal nor a commit takes a lit one away."""

import json
import time

import pytest

from gitops.world import World, settled
from plugins.tree import replace_line

WORKER = "deployment/lamplighter-worker-extract"
SET = "argocd/applicationsets/serving.yaml"
#: Without the settings self-heal undid it within two seconds; whoever keeps it for this long keeps it.
WATCHED_SECONDS = 6.0
#: What the set says, and what it is without one of the two settings.
IGNORED = 'select(.metadata.labels["lamplighter.dev/worker"]) | .spec.replicas'
RESPECTED = "RespectIgnoreDifferences=true"


def wake(world: World) -> None:
    """As KEDA does: through the scale subresource."""
    patch = json.dumps({"spec": {"replicas": 1}})
    world.cluster.must(
        *("patch", WORKER, "--namespace", "serving-dev", "--subresource=scale", "--type=merge", "--patch", patch)
    )


def replicas(world: World) -> int:
    return int(world.api.get("/apis/apps/v1/namespaces/serving-dev/deployments/lamplighter-worker-extract")["spec"]["replicas"])


def stays_lit(world: World) -> bool:
    """Whether the worker keeps its replica while Argo CD looks again."""
    world.refresh("serving-dev")
    deadline = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < deadline:
        if replicas(world) != 1:
            return False
        time.sleep(0.2)
    return True


def change_the_pod_template(world: World) -> str:
    file = world.repository.folder / "environments" / "dev" / "serving.yaml"
    replace_line(file, 'requests: {cpu: "2"', 'requests: {cpu: "3"')
    return world.push("dev: more of a processor for the worker", "serving-dev")


def without(world: World, setting: str) -> None:
    """Takes a setting out of the set by a commit, and waits until dev's Application is without it."""
    file = world.repository.folder / SET
    text = file.read_text()
    assert setting in text
    # An expression that selects nothing, and an option that says no.
    file.write_text(text.replace(setting, "select(false)" if setting == IGNORED else "RespectIgnoreDifferences=false"))
    commit = world.push(f"Without {setting}")
    world.wait_synced(commit, "root")
    world.wait_for(
        "serving-dev", f"without {setting}", lambda found: setting not in json.dumps(found["spec"]).replace("\\", "")
    )


@pytest.fixture
def lit(world: World) -> World:
    assert replicas(world) == 0
    wake(world)
    return world


def test_a_woken_worker_stays_lit_through_self_heal_and_a_new_template(lit: World) -> None:
    assert stays_lit(lit)
    commit = change_the_pod_template(lit)
    lit.wait_synced(commit, "serving-dev")
    containers = lit.cluster.get("deployment", "lamplighter-worker-extract", "serving-dev")["spec"]["template"]["spec"][
        "containers"
    ]
    assert containers[0]["resources"]["requests"]["cpu"] == "3"
    assert replicas(lit) == 1
    assert stays_lit(lit)
    lit.cluster.must("scale", WORKER, "--namespace", "serving-dev", "--replicas=0")


def test_without_ignored_differences_self_heal_puts_it_out(world: World) -> None:
    without(world, IGNORED)
    wake(world)
    assert not stays_lit(world)


def test_with_differences_ignored_but_not_respected_the_next_commit_puts_it_out(world: World) -> None:
    without(world, RESPECTED)
    wake(world)
    assert stays_lit(world)
    commit = change_the_pod_template(world)
    world.wait_for("serving-dev", "synced", lambda found: settled(found, commit))
    assert replicas(world) == 0


def test_an_hpa_that_carries_its_scaledobjects_labels_and_annotations_is_not_pruned(world: World) -> None:
    scaled = world.cluster.get("scaledobject", "lamplighter-worker-extract", "serving-dev")
    # What KEDA makes of it (controllers/keda/hpa.go): its labels and all its annotations, Argo CD's own among them.
    metadata = {key: scaled["metadata"][key] for key in ("labels", "annotations")}
    assert "argocd.argoproj.io/tracking-id" in metadata["annotations"]
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "lamplighter-worker-extract"}
    hpa = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "keda-hpa-extract", "namespace": "serving-dev", **metadata},
        "spec": {"maxReplicas": 1, "scaleTargetRef": target},
    }
    world.cluster.must("apply", "--filename=-", stdin=json.dumps(hpa))
    try:
        file = world.repository.folder / "environments" / "dev" / "scale.yaml"
        replace_line(file, "cooldownSeconds: 60", "cooldownSeconds: 61")
        world.wait_synced(world.push("dev: something to sync", "serving-dev"), "serving-dev")
        assert world.cluster.get("hpa", "keda-hpa-extract", "serving-dev")
    finally:
        world.cluster.must("delete", "hpa", "keda-hpa-extract", "--namespace", "serving-dev", "--ignore-not-found")
