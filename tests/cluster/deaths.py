"""How workers come to an end on a real node, by themselves and by what a cluster does to its pods."""

import json
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from cluster.machine import CGROUPS
from cluster.node import NAME
from cluster.real_node import RealNode
from cluster.trial import RELEASE, WORKER, Trial
from reliability.member import wait_until

Pod = Mapping[str, Any]
#: For how long nobody starts a container anew.
KUBELET_AWAY_SECONDS = 10
#: Takes memory until the kernel ends somebody, again and again: whoever is largest, so the worker's processes come first.
BALLAST = """
import os, time
while True:
    if os.fork() == 0:
        kept = b"x" * (30 << 20)
        time.sleep(600)
    time.sleep(0.02)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Death:
    """One way. `takes_grace`: the worker is asked first, so it may finish its jobs or hand them back."""

    what: str
    bring: Callable[[RealNode, Trial, Sequence[Pod]], None]
    takes_grace: bool


def kill(_lit: RealNode, _release: Trial, pods: Sequence[Pod]) -> None:
    """SIGKILL to every process of the containers, as the kernel does when memory is short."""
    groups = [group for pod in pods for group in _groups(pod)]
    processes = {int(pid) for group in groups for pid in (group / "cgroup.procs").read_text().split()}
    assert processes
    for process in processes:
        with suppress(ProcessLookupError):  # the end of the first process is the end of the others
            os.kill(process, signal.SIGKILL)


def run_out_of_memory(_lit: RealNode, release: Trial, pods: Sequence[Pod]) -> None:
    """Something in the containers grows beyond the limit until they end."""
    for pod in pods:
        # It ends with the container, in an error.
        name = pod["metadata"]["name"]
        release.cluster.kubectl("exec", f"--namespace={release.namespace}", name, "--", "python3", "-c", BALLAST)
    for pod in pods:
        name = pod["metadata"]["name"]

        def was_killed(name: str = name) -> bool:
            container = release.cluster.get("pod", name, release.namespace)["status"]["containerStatuses"][0]
            ended = [state.get("terminated", {}) for state in (container["lastState"], container["state"])]
            return any(state.get("reason") == "OOMKilled" for state in ended)

        wait_until(f"{name} is said to be out of memory", was_killed)


def delete_by_force(_lit: RealNode, release: Trial, pods: Sequence[Pod]) -> None:
    """The pods are gone from the API at once, their processes soon after a SIGTERM."""
    release.must("delete", "pod", *(pod["metadata"]["name"] for pod in pods), "--force", "--grace-period=0")


def kill_without_a_kubelet(lit: RealNode, release: Trial, pods: Sequence[Pod]) -> None:
    """The kubelet is stopped, the workers are killed, and for a while nobody starts them anew."""
    lit.servers["kubelet"].stop()
    try:
        kill(lit, release, pods)
        time.sleep(KUBELET_AWAY_SECONDS)
    finally:
        lit.servers["kubelet"].start()


def drain(_lit: RealNode, release: Trial, _pods: Sequence[Pod]) -> None:
    """Workers are evicted and have their grace; the node takes pods again afterwards."""
    selector = "--pod-selector=lamplighter.dev/worker=extract"
    try:
        release.cluster.must("drain", NAME, selector, "--delete-emptydir-data", "--timeout=100s")
    finally:
        release.cluster.must("uncordon", NAME)


def roll(_lit: RealNode, release: Trial, _pods: Sequence[Pod]) -> None:
    """A new pod template, as an upgrade brings."""
    release.must("rollout", "restart", WORKER)


def cut(_lit: RealNode, release: Trial, pods: Sequence[Pod]) -> None:
    """The autoscaler takes replicas away until one is left, then gives them back."""
    most = len(pods)
    assert most > 1, "one replica cannot be cut"
    allow(release, 1)
    release.wait_for_replicas(1, within_seconds=60)
    allow(release, most)


def allow(release: Trial, replicas: int) -> None:
    """Sets the most replicas that KEDA, and so the autoscaler, may ask for."""
    patch = json.dumps({"spec": {"maxReplicaCount": replicas}})
    release.must("patch", "scaledobject", f"{RELEASE}-worker-extract", "--type=merge", f"--patch={patch}")


DEATHS: Mapping[str, Death] = {
    "killed": Death(what="every process of every worker gets SIGKILL", bring=kill, takes_grace=False),
    "out-of-memory": Death(what="the containers grow beyond their memory limit", bring=run_out_of_memory, takes_grace=False),
    "deleted-by-force": Death(
        what="`kubectl delete pod --force --grace-period=0` of every worker", bring=delete_by_force, takes_grace=True
    ),
    "kubelet-stopped": Death(
        what=f"the kubelet is stopped for {KUBELET_AWAY_SECONDS} s, every worker killed meanwhile",
        bring=kill_without_a_kubelet,
        takes_grace=False,
    ),
    "drained": Death(what="`kubectl drain`: the workers are evicted", bring=drain, takes_grace=True),
    "rolled": Death(what="`kubectl rollout restart`", bring=roll, takes_grace=True),
    "cut": Death(what="the autoscaler cuts the replicas to one, then gives them back", bring=cut, takes_grace=True),
}


def _groups(pod: Pod) -> list[Any]:
    """The control groups of its container."""
    container = pod["status"]["containerStatuses"][0]["containerID"].removeprefix("containerd://")
    return [*CGROUPS.glob(f"pids/lamplighter-*/**/{container}"), *CGROUPS.glob(f"lamplighter-*/**/{container}")]
