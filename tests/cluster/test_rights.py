"""What our service accounts may do, on a real API server: the workers one thing, which is needed, the gateway nothing."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.render import SERVING, minimal, render
from cluster.cluster import Cluster
from lamplighter_serving.errors import PodUntold
from lamplighter_serving.settings import PodPlace
from lamplighter_serving.worker.own_pod import OwnPod

POD = "lamplighter-worker-extract-0"
ACCOUNTS = ("lamplighter-worker", "lamplighter-gateway")
#: What an account may do to itself, as every other may (system:basic-user, system:discovery).
OF_EVERYBODY = ("selfsubject", "[/")


@pytest.fixture
def objects(cluster: Cluster, namespace: str) -> list[dict[str, Any]]:
    """Service accounts, Role and RoleBinding of a release with several replicas, applied, and a pod of it."""
    several = {"workers": {"extract": {"scale": {"max": 2}}}}
    found = render(SERVING, over=minimal(several), namespace=namespace).objects
    chosen = [thing for thing in found if thing["kind"] in ("ServiceAccount", "Role", "RoleBinding")]
    (deployment,) = [
        thing for thing in found if thing["metadata"]["name"] == POD.removesuffix("-0") and thing["kind"] == "Deployment"
    ]
    template = deployment["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {**template["metadata"], "name": POD}, "spec": template["spec"]}
    assert cluster.apply(yaml.safe_dump_all([*chosen, pod]), namespace, dry_run=False) == ""
    return chosen


def own_pod(cluster: Cluster, namespace: str, folder: Path) -> OwnPod:
    """The pod as its worker reaches it, with what Kubernetes would mount."""
    access = yaml.safe_load(cluster.kubeconfig.read_text())["clusters"][0]["cluster"]
    (folder / "token").write_text(cluster.must("create", "token", "lamplighter-worker", "--namespace", namespace))
    (folder / "namespace").write_text(namespace)
    (folder / "ca.crt").write_bytes(Path(access["certificate-authority"]).read_bytes())
    return OwnPod(PodPlace(name=POD, api=access["server"], credentials=folder))


def test_a_worker_annotates_its_pod_and_cannot_without_its_one_right(
    cluster: Cluster, namespace: str, objects: list[dict[str, Any]], tmp_path: Path
) -> None:
    pod = own_pod(cluster, namespace, tmp_path)
    asyncio.run(pod.annotate({"example.com/said": "yes"}))
    before = cluster.get("pod", POD, namespace)
    assert before["metadata"]["annotations"]["example.com/said"] == "yes"

    (role,) = [thing for thing in objects if thing["kind"] == "Role"]
    ((rule,),) = [role["rules"]]
    assert (rule["resources"], rule["verbs"]) == (["pods/status"], ["patch"])  # so this is all that can be removed
    cluster.must(
        "patch", "role", role["metadata"]["name"], "--namespace", namespace, "--type=json", "--patch", json.dumps(NO_RULES)
    )
    with pytest.raises(PodUntold, match="403"):
        asyncio.run(pod.annotate({"example.com/said": "again"}))


NO_RULES = [{"op": "replace", "path": "/rules", "value": []}]


def test_the_right_changes_no_container(cluster: Cluster, namespace: str, objects: list[dict[str, Any]]) -> None:
    account = f"--as=system:serviceaccount:{namespace}:lamplighter-worker"
    other = json.dumps({"spec": {"containers": [{"name": "worker", "image": "another"}]}})
    arguments = ("patch", "pod", POD, "--namespace", namespace, account, "--patch", other)
    assert "forbidden" in cluster.kubectl(*arguments).stderr.lower()
    before = cluster.get("pod", POD, namespace)["spec"]
    cluster.kubectl(*arguments, "--subresource=status")
    assert cluster.get("pod", POD, namespace)["spec"] == before


@pytest.mark.usefixtures("objects")
def test_nobody_may_do_anything_else(cluster: Cluster, namespace: str) -> None:
    rights = {}
    for account in ACCOUNTS:
        said = cluster.must(
            "auth", "can-i", "--list", "--no-headers", f"--as=system:serviceaccount:{namespace}:{account}", "-n", namespace
        )
        rights[account] = [line.split() for line in said.splitlines() if not any(word in line for word in OF_EVERYBODY)]
    assert rights == {"lamplighter-worker": [["pods/status", "[]", "[]", "[patch]"]], "lamplighter-gateway": []}
