"""Plays the kubelet and KEDA: without nodes pods would wait, and without KEDA no ScaledObject would say that it is ready."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from cluster.cluster import Cluster

#: How long a pod waits at most before it is said to run, or to have done its work.
PAUSE_SECONDS = 0.3
DONE = {"status": {"phase": "Succeeded"}}
READY = {"status": {"conditions": [{"type": "Ready", "status": "True", "reason": "Played", "message": "as KEDA says it"}]}}


@contextmanager
def pods_run_and_keda_answers(cluster: Cluster) -> Iterator[None]:
    """While the block runs: pods of Jobs succeed, all others run and are ready, ScaledObjects are ready."""
    over = threading.Event()
    with ThreadPoolExecutor(max_workers=1) as threads:
        playing = threads.submit(_play, cluster, over)
        try:
            yield
        finally:
            over.set()
            playing.result()


def _play(cluster: Cluster, over: threading.Event) -> None:
    while not over.wait(PAUSE_SECONDS):
        for thing in _listed(cluster, "pods", "--field-selector=status.phase=Pending"):
            job = "batch.kubernetes.io/job-name" in thing["metadata"].get("labels", {})
            _patch(cluster, thing, DONE if job else _running(thing))
        for thing in _listed(cluster, "scaledobjects.keda.sh"):
            if not thing.get("status", {}).get("conditions"):
                _patch(cluster, thing, READY)


def _listed(cluster: Cluster, kind: str, *arguments: str) -> list[dict[str, Any]]:
    done = cluster.kubectl("get", kind, "--all-namespaces", "--output=json", *arguments)
    # No such kind yet: the platform brings it.
    found: list[dict[str, Any]] = json.loads(done.stdout)["items"] if done.returncode == 0 else []
    return found


def _running(pod: dict[str, Any]) -> dict[str, Any]:
    names = [container["name"] for container in pod["spec"]["containers"]]
    state = {"running": {"startedAt": pod["metadata"]["creationTimestamp"]}}
    containers = [
        {"name": name, "ready": True, "started": True, "restartCount": 0, "image": "", "imageID": "", "state": state}
        for name in names
    ]
    conditions = [{"type": kind, "status": "True"} for kind in ("Initialized", "ContainersReady", "Ready")]
    return {"status": {"phase": "Running", "conditions": conditions, "containerStatuses": containers}}


def _patch(cluster: Cluster, thing: dict[str, Any], status: dict[str, Any]) -> None:
    name, namespace = thing["metadata"]["name"], thing["metadata"]["namespace"]
    # It may be gone by now.
    arguments = ("--namespace", namespace, "--subresource=status", "--type=merge", "--patch", json.dumps(status))
    cluster.kubectl("patch", thing["kind"], name, *arguments)
