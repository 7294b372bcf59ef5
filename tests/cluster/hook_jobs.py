"""Plays the kubelet for Helm's hook Jobs: without a node their pods would wait, and Helm with them."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from cluster.cluster import Cluster

#: How long a pod waits at most before it is said to have done its work.
PAUSE_SECONDS = 0.1
DONE = json.dumps({"status": {"phase": "Succeeded"}})


@contextmanager
def hook_jobs_succeed(cluster: Cluster, namespace: str) -> Iterator[None]:
    """While the block runs, every pod of a Job in the namespace is said to have succeeded. The Job controller does the rest."""
    over = threading.Event()
    with ThreadPoolExecutor(max_workers=1) as threads:
        finishing = threads.submit(_finish, cluster, namespace, over)
        try:
            yield
        finally:
            over.set()
            finishing.result()


def _finish(cluster: Cluster, namespace: str, over: threading.Event) -> None:
    pods = ["get", "pods", "--namespace", namespace, "--output=json"]
    pods += ["--selector=batch.kubernetes.io/job-name", "--field-selector=status.phase=Pending"]
    while not over.wait(PAUSE_SECONDS):
        for pod in json.loads(cluster.must(*pods))["items"]:
            name = pod["metadata"]["name"]
            # It may be gone by now: Helm removes a Job that is done.
            cluster.kubectl(
                *("patch", "pod", name, "--namespace", namespace, "--subresource=status", "--type=merge", "--patch", DONE)
            )
