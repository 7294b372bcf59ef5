"""LL213 to LL217, LL219: nodes of a pool: driver, taints and labels, who makes them, whether there are enough at the peak."""

from collections.abc import Callable, Iterator, Mapping

from ..domain.deployment import EngineSettings
from ..domain.gpu import GpuChip
from ..domain.pool import SharingMode
from ..findings import Finding
from ..placement import Reason, claims, place
from ..units import MIB
from .subject import Subject

TITLES: Mapping[str, str] = {
    "LL213": "a driver is too new for its chip",
    "LL214": "no worker tolerates a taint of the pool",
    "LL215": "a pool's own label is one that others set",
    "LL216": "workers at their peaks need more nodes than there can be",
    "LL217": "nothing would make the first node of a pool",
    "LL219": "nodes cannot mount an image as a volume",
}

#: Taints with this effect keep no pod away.
PREFERENCE = "PreferNoSchedule"

#: GPU feature discovery and gpu-operator write labels below this; the exceptions are settings that people write for them
#: (k8s-device-plugin, docs/gpu-feature-discovery; gpu-operator, docs on per-node settings).
NVIDIA_LABELS = "nvidia.com/"
NVIDIA_SETTINGS = ("nvidia.com/mig.config", "nvidia.com/device-plugin.config", "nvidia.com/gpu.deploy.")

#: Put on every node of a pool by whoever makes it; workers are sent by it.
POOL_LABEL = "lamplighter.dev/pool"

#: Sharing whose GPUs an autoscaler cannot foresee on a node that does not exist. DRA: cluster-autoscaler makes up slices for
#: empty groups on cluster-api and CoreWeave only, and karpenter 1.14 passes pods with claims by (kubernetes/autoscaler 1.36).
#: HAMi: its pods do not trigger AKS' cluster-autoscaler (Project-HAMi/HAMi issue 1099, open).
UNFORESEEN = frozenset({SharingMode.DRA, SharingMode.HAMI})
FORESEES_CLAIMS = frozenset({"cluster-api"})


#: Image volumes: on by default since Kubernetes 1.33 beta's feature gate (KEP-4639), mounted by containerd from 2.1 on.
IMAGE_VOLUMES_KUBERNETES = (1, 33)
IMAGE_VOLUMES_CONTAINERD = (2, 1)


def check_drivers(subject: Subject) -> Iterator[Finding]:
    """LL213: NVIDIA ends the support of old chips with a branch, and newer drivers do not see them."""
    for pool in subject.deployment.pools.values():
        chip = subject.chips.get(pool.chip)
        last = chip.last_driver_branch if chip else None
        if last is not None and pool.driver_branch is not None and pool.driver_branch > last:
            sentence = f"pool {pool.name} has driver {pool.driver_branch}, but {last} is the last that drives a {pool.chip}"
            change = f"Set driver.branch to {last}."
            yield subject.places.error("LL213", ("gpuPools", pool.name, "driver", "branch"), sentence, change)


def check_taints(subject: Subject) -> Iterator[Finding]:
    """LL214: a taint that the pool's tolerations, which its workers get, do not cover."""
    for pool in subject.deployment.pools.values():
        for index, taint in enumerate(pool.taints):
            if taint.effect == PREFERENCE or any(toleration.tolerates(taint) for toleration in pool.tolerations):
                continue
            said = f"{taint.key}={taint.value}:{taint.effect}" if taint.value else f"{taint.key}:{taint.effect}"
            sentence = (
                f"nodes of pool {pool.name} have taint {said}, and none of its {len(pool.tolerations)} tolerations covers it: "
                f"no worker could start there"
            )
            change = f"Add {{key: {taint.key}, operator: Exists, effect: {taint.effect}}} to tolerations of the pool."
            yield subject.places.error("LL214", ("gpuPools", pool.name, "taints", index), sentence, change)


def check_labels(subject: Subject) -> Iterator[Finding]:
    """LL215: a label that is overwritten, or that is there before its meaning is."""
    for pool in subject.deployment.pools.values():
        for key, value in pool.labels.items():
            path = ("gpuPools", pool.name, "labels", key)
            if key == POOL_LABEL and value != pool.name:
                sentence = f'pool {pool.name} sets {POOL_LABEL} to "{value}", but its workers look for "{pool.name}"'
                yield subject.places.error("LL215", path, sentence, "Leave it out: it is set to the pool's name.")
            elif key.startswith(NVIDIA_LABELS) and not key.startswith(NVIDIA_SETTINGS):
                sentence = f"pool {pool.name} sets {key}, which GPU feature discovery writes from what it finds on the node"
                yield subject.places.error("LL215", path, sentence, "Leave it out, or use a key of your own.")


def check_peak(subject: Subject) -> Iterator[Finding]:
    """LL216: even if every model were tiny, the peaks of all workers need nodes that there cannot be."""
    deployment = subject.deployment
    wanted = {name: claim for name, claim in claims(deployment).items() if set(claim.pools) <= set(deployment.pools)}
    placement = place(wanted, pools=deployment.pools, chips=subject.chips, need=_tiny)
    for refusal in placement.refusals:
        if refusal.reason is Reason.NODES:
            path = ("workers", refusal.worker, "scale", "max")
            yield subject.places.warning("LL216", path, refusal.why, refusal.change)


def check_first_node(subject: Subject) -> Iterator[Finding]:
    """LL217: the pool may be empty, and the autoscaler cannot know that a node of it would help."""
    for pool in subject.deployment.pools.values():
        if pool.sharing.mode not in UNFORESEEN or pool.least_nodes or not pool.most_nodes:
            continue
        if pool.sharing.mode is SharingMode.DRA and pool.platform in FORESEES_CLAIMS:
            continue
        sentence = (
            f"pool {pool.name} may have 0 nodes, but with sharing.mode {pool.sharing.mode} a node autoscaler does not foresee "
            f"what a new node would offer, so it makes none of {pool.most_nodes}"
        )
        change = "Set nodes.min to 1, or sharing.mode to none, mps, mig or timeSlicing."
        yield subject.places.warning("LL217", ("gpuPools", pool.name, "nodes", "min"), sentence, change)


def check_image_volumes(subject: Subject) -> Iterator[Finding]:
    """LL219: weights in an image of their own, on a Kubernetes or a runtime that does not mount images."""
    cluster = subject.deployment.cluster
    said = (
        ("Kubernetes", "kubernetesVersion", cluster.kubernetes_version, IMAGE_VOLUMES_KUBERNETES),
        ("containerd", "containerdVersion", cluster.containerd_version, IMAGE_VOLUMES_CONTAINERD),
    )
    for worker in subject.deployment.workers.values():
        for program, key, version, least in said:
            if worker.model_cache == "imageVolume" and version is not None and version < least:
                sentence = (
                    f"worker {worker.name} mounts its weights as an image (modelCache.mode imageVolume), which needs {program} "
                    f"{_dotted(least)}, but cluster.{key} is {_dotted(version)}"
                )
                path = ("workers", worker.name, "modelCache", "mode")
                yield subject.places.error("LL219", path, sentence, "Use modelCache.mode pvc or baked, or upgrade the nodes.")


def _dotted(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _tiny(engine: EngineSettings, *, chip: GpuChip, memory_bytes: int, gpus: int) -> int:
    """The least memory there can be: nodes are counted here, LL1xx is about memory."""
    del engine, chip, memory_bytes, gpus
    return MIB


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_drivers,
    check_taints,
    check_labels,
    check_peak,
    check_first_node,
    check_image_volumes,
)
