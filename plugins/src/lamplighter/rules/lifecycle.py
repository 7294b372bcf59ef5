"""LL404 to LL410: nodes that are stopped, made anew or taken back, and what takes their advantage away."""

from collections.abc import Callable, Iterator, Mapping

from ..domain.cluster import CLUSTER_AUTOSCALER, DEFAULT_OK_TOTAL_UNREADY_COUNT
from ..domain.disk import GIB_MONTH_USD, HOURS_A_MONTH
from ..domain.pool import GpuPool, Lifecycle
from ..domain.wake import GPU_LABELS, announces_gpus
from ..findings import Finding
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL404": "a stopped node loses what it was stopped to keep",
    "LL405": "a driver is installed anew at every wake",
    "LL406": "stopped nodes may halt the node autoscaler",
    "LL407": "an image is pulled ahead onto nodes that do not stay",
    "LL408": "a worker and spot nodes do not go together",
    "LL409": "the node autoscaler does not know that a pool's nodes will have GPUs",
    "LL410": "the disks of stopped nodes cost more than a node that is lit",
}


def check_kept_disk(subject: Subject) -> Iterator[Finding]:
    """LL404: images and weights are gone at the next start, so that it is as slow as a new node's."""
    cleaned = subject.deployment.cluster.image_cleaner
    for pool in _stopped(subject):
        if pool.os_disk == "ephemeral":
            sentence = f"pool {pool.name} is stopped when idle (deallocate), but its OS disk is ephemeral: a stop erases it"
            path = ("gpuPools", pool.name, "osDisk", "kind")
            yield subject.places.error("LL404", path, sentence, "Set osDisk.kind to managed, or lifecycle to delete.")
        if cleaned:
            sentence = f"an image cleaner runs in the cluster, and takes the images that stopped nodes of pool {pool.name} keep"
            change = "Switch the cleaner off and set cluster.imageCleaner to false, or set lifecycle to delete."
            yield subject.places.warning("LL404", ("cluster", "imageCleaner"), sentence, change)


def check_driver_at_wake(subject: Subject) -> Iterator[Finding]:
    """LL405: gpu-operator's driver container compiles or loads the driver at each start of the node."""
    for pool in _stopped(subject):
        if pool.driver_by == "operator":
            sentence = (
                f"pool {pool.name} is stopped when idle (deallocate), and gpu-operator installs its driver at each start, "
                "which takes 3 to 5 minutes"
            )
            change = "Use a node image with the driver in it, and set driver.installedBy to cloud."
            yield subject.places.warning("LL405", ("gpuPools", pool.name, "driver", "installedBy"), sentence, change)


def check_unready_nodes(subject: Subject) -> Iterator[Finding]:
    """LL406: a stopped node counts as unready, and beyond a number of these the autoscaler does nothing any more."""
    cluster = subject.deployment.cluster
    if cluster.autoscaler != CLUSTER_AUTOSCALER:
        return
    allowed = cluster.ok_total_unready_count
    allowed = DEFAULT_OK_TOTAL_UNREADY_COUNT if allowed is None else allowed
    parked = {pool.name: pool.most_nodes for pool in _stopped(subject)}
    total = sum(parked.values())
    if total > allowed:
        sentence = (
            f"{total} nodes may be stopped at once ({', '.join(f'{name} {nodes}' for name, nodes in parked.items())}) and "
            f"count as unready, but cluster-autoscaler stops at more than {allowed} (ok-total-unready-count)"
        )
        path = ("cluster", "autoscaler", "okTotalUnreadyCount")
        yield subject.places.error("LL406", path, sentence, f"Set it to {total} in the autoscaler and in the cluster's file.")


def check_pre_pull(subject: Subject) -> Iterator[Finding]:
    """LL407: a node that is made for a pod has no time to pull ahead."""
    pools = subject.deployment.pools
    for worker in subject.deployment.workers.values():
        static = [name for name in worker.pools if name in pools and pools[name].lifecycle is Lifecycle.STATIC]
        if worker.pre_pull and not static:
            sentence = (
                f"worker {worker.name} has its image pulled ahead, but none of its pools ({', '.join(worker.pools)}) is static"
            )
            path = ("workers", worker.name, "prePull")
            yield subject.places.error("LL407", path, sentence, "Set prePull to false, or use a pool with lifecycle static.")


def check_spot(subject: Subject) -> Iterator[Finding]:
    """LL408: spot nodes are for jobs that may wait, and somebody has to say how long."""
    pools = subject.deployment.pools
    for worker in subject.deployment.workers.values():
        at = ("workers", worker.name)
        named = [pools[name] for name in worker.pools if name in pools]
        spot = [pool.name for pool in named if pool.lifecycle is Lifecycle.SPOT]
        made = [pool.name for pool in named if pool.lifecycle not in (Lifecycle.SPOT, Lifecycle.STATIC)]
        if spot and worker.topology == "rayservice":
            sentence = f"worker {worker.name} is a rayservice, which is always lit, but the cloud takes nodes of {spot[0]} back"
            yield subject.places.error("LL408", (*at, "pools"), sentence, "Use another pool, or topology pod.")
        elif spot and not worker.delayable:
            sentence = (
                f"worker {worker.name} runs on {spot[0]}, whose nodes the cloud takes back at any time (lifecycle spot), "
                "but is not marked delayable"
            )
            change = "Set delayable to true if its jobs may wait, or leave the pool out."
            yield subject.places.error("LL408", (*at, "pools"), sentence, change)
        elif spot and made and worker.spot_patience_seconds is None and worker.topology == "pod":
            sentence = (
                f"worker {worker.name} names spot nodes ({spot[0]}) and others ({made[0]}), "
                "but nobody says how long a job waits before the others step in"
            )
            yield subject.places.error("LL408", (*at, "pools"), sentence, "Set spot.patienceSeconds.")
        if worker.spot_patience_seconds is not None and not (spot and made):
            sentence = (
                f"worker {worker.name} says when other nodes step in for spot nodes, "
                f"but its pools ({', '.join(worker.pools)}) are not of both kinds"
            )
            yield subject.places.error("LL408", (*at, "spot"), sentence, "Leave spot out, or name a pool of each.")
        if worker.spot_patience_seconds is not None and f"{worker.name}-regular" in subject.deployment.workers:
            sentence = f"{worker.name}-regular is the name of what steps in for the spot nodes of worker {worker.name}"
            yield subject.places.error("LL408", at, sentence, "Rename one of the two.")


def check_announced_gpus(subject: Subject) -> Iterator[Finding]:
    """LL409: a node is ready before its GPU is registered, and meanwhile the pod seems to need another node, at every scan."""
    if subject.deployment.cluster.autoscaler != CLUSTER_AUTOSCALER:
        return
    for pool in subject.deployment.pools.values():
        if pool.lifecycle is Lifecycle.STATIC or pool.usable_nodes <= max(1, pool.least_nodes):
            continue
        if not announces_gpus(pool):
            label = GPU_LABELS[pool.platform or ""]
            sentence = (
                f"nodes of pool {pool.name} are ready before their GPU is registered, and without the label {label} "
                f"cluster-autoscaler takes them for nodes without one: it orders up to {pool.usable_nodes} for a single pod"
            )
            change = f"Label the node group with {label}: {pool.chip}, and write it under labels."
            yield subject.places.error("LL409", ("gpuPools", pool.name, "labels"), sentence, change)


def check_disks(subject: Subject) -> Iterator[Finding]:
    """LL410: a peak leaves a disk for each of its nodes, and nothing ever takes one away."""
    for pool in _stopped(subject):
        if pool.os_disk_gib is None or pool.price is None or pool.os_disk == "ephemeral":
            continue
        disks = pool.usable_nodes * pool.os_disk_gib * GIB_MONTH_USD
        lit = pool.price.amount * HOURS_A_MONTH
        if disks > lit:
            sentence = (
                f"after a peak the disks of {pool.usable_nodes} stopped nodes of pool {pool.name} "
                f"({pool.os_disk_gib} GiB each) cost "
                f"about {disks:.0f} USD a month for ever, more than one node that is always lit "
                f"({lit:.0f} {pool.price.currency})"
            )
            most = int(lit / pool.usable_nodes / GIB_MONTH_USD)
            change = f"Lower osDisk.sizeGiB to {most} or nodes.max, or set lifecycle to delete."
            yield subject.places.warning("LL410", ("gpuPools", pool.name, "osDisk", "sizeGiB"), sentence, change)


def _stopped(subject: Subject) -> Iterator[GpuPool]:
    return (pool for pool in subject.deployment.pools.values() if pool.lifecycle is Lifecycle.DEALLOCATE)


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_kept_disk,
    check_driver_at_wake,
    check_unready_nodes,
    check_pre_pull,
    check_spot,
    check_announced_gpus,
    check_disks,
)
