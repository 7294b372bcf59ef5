"""Worker pods that are killed, thrown away and drained on a real node while they work: each document is answered once.

The worker is the real image with llama.cpp, its replicas are KEDA's. `tests/reliability` does the same to bare processes, more
often.
"""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from cluster.machine import CGROUPS
from cluster.node import NAME
from cluster.real_node import RealNode
from cluster.trial import WORKER, Trial, trial
from reliability import invoices
from reliability.audit import account
from reliability.client import PatientClient

JOBS = 16
#: Two workers fit on the node, and every job may lose its worker often.
VALUES = {
    "workers": {
        "extract": {
            "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}},
            "scale": {"max": 2, "jobsPerReplica": 8, "cooldownSeconds": 20, "maxJobSeconds": 60, "maxAttempts": 10},
        }
    },
    "extractors": {invoices.EXTRACTOR: {**invoices.catalog()["extractors"][invoices.EXTRACTOR], "worker": "extract"}},
}

pytestmark = [pytest.mark.slow, pytest.mark.kill, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def release(lit: RealNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """Its worker is dark at first, and lit for those after the first test."""
    with (
        lit.cluster.namespace() as namespace,
        trial(lit, namespace, tmp_path_factory.mktemp("trial"), VALUES) as installed,
    ):
        yield installed


def kill(release: Trial, pod: Mapping[str, Any]) -> None:
    """SIGKILL to every process of the container, as the kernel does when memory is short."""
    container = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    groups = [*CGROUPS.glob(f"pids/lamplighter-*/**/{container}"), *CGROUPS.glob(f"lamplighter-*/**/{container}")]
    processes = {int(pid) for group in groups for pid in (group / "cgroup.procs").read_text().split()}
    assert processes
    for process in processes:
        with suppress(ProcessLookupError):  # the end of the first process is the end of the others
            os.kill(process, signal.SIGKILL)


def delete_by_force(release: Trial, pod: Mapping[str, Any]) -> None:
    """The pod is gone from the API at once, its processes soon after a SIGTERM."""
    release.must("delete", "pod", pod["metadata"]["name"], "--force", "--grace-period=0")


def drain(release: Trial, pod: Mapping[str, Any]) -> None:
    """Workers are evicted and have their grace; the node takes pods again afterwards."""
    selector = "--pod-selector=lamplighter.dev/worker=extract"
    try:
        release.cluster.must("drain", NAME, selector, "--delete-emptydir-data", "--timeout=100s")
    finally:
        release.cluster.must("uncordon", NAME)


def roll(release: Trial, pod: Mapping[str, Any]) -> None:
    """A new pod template, as an upgrade brings."""
    release.must("rollout", "restart", WORKER)


#: Ends of all pods at once, whichever is named.
OF_ALL_PODS = (drain, roll)


@pytest.mark.parametrize("end", [kill, delete_by_force, drain, roll])
def test_every_document_is_answered_once(
    release: Trial, end: Callable[[Trial, Mapping[str, Any]], None], tmp_path: Path
) -> None:
    with PatientClient([release.address], release.new_key(end.__name__.replace("_", "-"))) as client:
        submitted = {
            client.submit(invoices.document(number), f"{number}.txt", invoices.EXTRACTOR): number for number in range(JOBS)
        }
        first, *_ = submitted
        client.wait(first)
        # One is done, so the worker is in the middle of the others.
        running = release.worker_pods("--field-selector=status.phase=Running")
        for pod in running[:1] if end in OF_ALL_PODS else running:
            end(release, pod)
        streams = {job_id: client.follow(job_id) for job_id in submitted}
        found = account(client, submitted, streams)
    assert found.wrong == ()
    assert (found.jobs, found.done, found.done_events) == (JOBS, JOBS, JOBS)
    assert found.right_answers == JOBS
    if end is kill:
        # The others leave a worker the seconds it needs to finish its jobs or to hand them back.
        assert found.lost_attempts >= 1, "the worker was idle: nothing was tried"
