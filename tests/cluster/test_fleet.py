"""What `lamplighter plan` says of a fleet and what a real scheduler does with it: 200 fake nodes, 20 workers, 1,000 replicas.

Both count GPUs of nodes, pools and taints. What the scheduler cannot know (whether a model fits a card) is not compared here.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.render import SERVING, render
from cluster.cluster import Cluster
from cluster.fake_nodes import fake_nodes
from cluster.fleet import ENVIRONMENT, MODEL, nodes, write_fleet
from cluster.real_node import RealNode
from lamplighter.load.environments import read_environment, read_sources
from lamplighter.load.files import Files
from plugins.tree import copied_tree, lamplighter

KINDS = ("Deployment", "ServiceAccount", "ConfigMap")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def plan(root: Path) -> dict[str, dict[str, Any]]:
    """What it says of each worker: `wanted` replicas and `placed` ones."""
    said = lamplighter("plan", ENVIRONMENT, "--root", str(root), "--format", "json")
    assert said.code == 1, said.err  # some are impossible
    workers: dict[str, dict[str, Any]] = json.loads(said.out)["workers"]
    return workers


def scheduled(cluster: Cluster, namespace: str) -> tuple[Counter[str], Counter[str]]:
    """Pods of each worker on a node, and those that the scheduler says have none."""
    placed: Counter[str] = Counter()
    pending: Counter[str] = Counter()
    for pod in json.loads(cluster.must("get", "pods", "--namespace", namespace, "--output=json"))["items"]:
        worker = pod["metadata"].get("labels", {}).get("lamplighter.dev/worker")
        if worker and pod["spec"].get("nodeName"):
            placed[worker] += 1
        elif worker:
            (condition,) = [each for each in pod["status"]["conditions"] if each["type"] == "PodScheduled"]
            assert condition["reason"] == "Unschedulable", condition
            pending[worker] += 1
    return placed, pending


def test_what_the_plan_places_runs_and_what_it_refuses_waits(lit: RealNode, tmp_path: Path) -> None:
    root = copied_tree(tmp_path)
    write_fleet(root)
    planned = plan(root)
    assert sum(worker["wanted"] for worker in planned.values()) == 1000
    files = values_files(root)
    with fake_nodes(lit.machine, lit.cluster, list(nodes())), lit.cluster.namespace() as namespace:
        # The lock would say it; there is none where some worker has no place.
        fraction = {"models": {MODEL: {"memoryFraction": 0.9}}}
        over = {"workers": dict.fromkeys(planned, fraction)}
        found = render(SERVING, *files, over=over, namespace=namespace).objects
        most = {
            thing["metadata"]["labels"]["lamplighter.dev/worker"]: thing["spec"]["maxReplicaCount"]
            for thing in found
            if thing["kind"] == "ScaledObject"
        }
        assert most == {name: worker["wanted"] for name, worker in planned.items()}
        chosen = [thing for thing in found if thing["kind"] in KINDS and not thing["metadata"]["name"].endswith("-gateway")]
        assert lit.cluster.apply(yaml.safe_dump_all(chosen), namespace, dry_run=False) == ""
        for name, count in most.items():
            lit.cluster.must("scale", f"deployment/lamplighter-worker-{name}", f"--replicas={count}", "--namespace", namespace)
        for name, worker in planned.items():
            arguments = [f"deployment/lamplighter-worker-{name}", "--timeout=110s", "--namespace", namespace]
            lit.cluster.must("wait", *arguments, f"--for=jsonpath={{.status.replicas}}={worker['wanted']}")
            if worker["placed"]:
                lit.cluster.must("wait", *arguments, f"--for=jsonpath={{.status.readyReplicas}}={worker['placed']}")
        placed, pending = scheduled(lit.cluster, namespace)
    assert placed == Counter({name: worker["placed"] for name, worker in planned.items() if worker["placed"]})
    assert pending == Counter(
        {name: worker["wanted"] - worker["placed"] for name, worker in planned.items() if worker["placed"] < worker["wanted"]}
    )


def values_files(root: Path) -> list[Path]:
    """The environment's values files in the order in which they count."""
    files = Files(root)
    environment = read_environment(files, ENVIRONMENT)
    assert environment is not None, files.findings
    return [root / layer.file for layer in read_sources(files, environment).layers]
