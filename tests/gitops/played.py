"""Plays the kubelet and KEDA: without nodes pods would wait, and without KEDA no ScaledObject would say that it is ready."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from gitops.api import Api

#: How long a pod waits at most before it is said to run, or to have done its work.
PAUSE_SECONDS = 0.3
WAITING_PODS = "/api/v1/pods?fieldSelector=status.phase%3DPending"
#: Nothing there yet: the platform brings the kind.
SCALED_OBJECTS = "/apis/keda.sh/v1alpha1/scaledobjects"
DONE = {"phase": "Succeeded"}
READY = {"conditions": [{"type": "Ready", "status": "True", "reason": "Played", "message": "as KEDA says it"}]}


@contextmanager
def pods_run_and_keda_answers(api: Api) -> Iterator[None]:
    """While the block runs: pods of Jobs succeed, all others run and are ready, ScaledObjects are ready."""
    over = threading.Event()
    with ThreadPoolExecutor(max_workers=1) as threads:
        playing = threads.submit(_play, api, over)
        try:
            yield
        finally:
            over.set()
            playing.result()


def _play(api: Api, over: threading.Event) -> None:
    while not over.wait(PAUSE_SECONDS):
        for pod in api.get(WAITING_PODS).get("items", []):
            job = "batch.kubernetes.io/job-name" in pod["metadata"].get("labels", {})
            place = f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
            api.patch_status(place, DONE if job else _running(pod))
        for scaled in api.get(SCALED_OBJECTS).get("items", []):
            if not scaled.get("status", {}).get("conditions"):
                metadata = scaled["metadata"]
                namespace = f"/apis/keda.sh/v1alpha1/namespaces/{metadata['namespace']}"
                api.patch_status(f"{namespace}/scaledobjects/{metadata['name']}", READY)


def _running(pod: dict[str, Any]) -> dict[str, Any]:
    state = {"running": {"startedAt": pod["metadata"]["creationTimestamp"]}}
    rest = {"ready": True, "started": True, "restartCount": 0, "image": "", "imageID": "", "state": state}
    containers = [{"name": container["name"], **rest} for container in pod["spec"]["containers"]]
    conditions = [{"type": kind, "status": "True"} for kind in ("Initialized", "ContainersReady", "Ready")]
    return {"phase": "Running", "conditions": conditions, "containerStatuses": containers}
