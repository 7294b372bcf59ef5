"""Nodes that are nothing but objects: kwok says that they are there, and that the pods on them run.

For what only the scheduler and the autoscaler decide. `stages/` says how they behave; nothing runs on them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster.cluster import Cluster
from cluster.machine import Machine
from cluster.programs import program
from cluster.server import server

FAKE = "kwok.x-k8s.io/node"
STAGES = sorted((Path(__file__).parent / "stages").glob("*.yaml"))


@contextmanager
def fake_nodes(machine: Machine, cluster: Cluster, nodes: Sequence[Mapping[str, Any]]) -> Iterator[None]:
    """Adds them for the length of the block, and returns when they are ready."""
    listed = {"apiVersion": "v1", "kind": "List", "items": nodes}
    cluster.must("apply", "--server-side", "--filename=-", stdin=json.dumps(listed))
    command = [
        program("kwok"),
        f"--kubeconfig={cluster.kubeconfig}",
        "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={FAKE}=fake",
        "--node-lease-duration-seconds=40",
        *(f"--config={stage}" for stage in STAGES),
    ]
    names = {node["metadata"]["name"] for node in nodes}

    def all_ready() -> bool:
        # One question for all: to wait for each of two hundred takes longer than they do.
        found = json.loads(cluster.must("get", "nodes", "--output=json"))["items"]
        return names <= {node["metadata"]["name"] for node in found if _is_ready(node)}

    with server(command, log=machine.folder / "kwok.log", ready=all_ready, inside=machine.inside):
        try:
            yield
        finally:
            cluster.must("delete", "node", *sorted(names))


def gpu_node(name: str, *, pool: str, gpus: int, taints: Sequence[Mapping[str, str]] = ()) -> dict[str, Any]:
    """A node of a GPU pool, as the pool's template makes it."""
    resources = {"cpu": "32", "memory": "256Gi", "pods": "110", "nvidia.com/gpu": str(gpus)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {FAKE: "fake"},
            "labels": {"kubernetes.io/hostname": name, "lamplighter.dev/pool": pool},
        },
        "spec": {"taints": list(taints)},
        "status": {"capacity": resources, "allocatable": resources},
    }


def _is_ready(node: Mapping[str, Any]) -> bool:
    conditions = node["status"].get("conditions", ())
    return any((condition["type"], condition["status"]) == ("Ready", "True") for condition in conditions)
