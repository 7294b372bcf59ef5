"""How long a sleeping worker takes to its first answer, at least: the sum of the stages that somebody measured.

A stage nobody measured counts as nothing, so the sum is a lower bound. A cloud without capacity is not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from .cluster import CLUSTER_AUTOSCALER, Cluster
from .deployment import Worker
from .model import Model
from .pool import GpuPool, Lifecycle

MIB = 1024 * 1024

#: cluster-autoscaler looks at a pod that asks for a GPU only after this long; there is no flag for it
#: (unschedulablePodWithGpuTimeBuffer in its static_autoscaler.go; kubernetes/autoscaler#9126).
AUTOSCALER_GPU_SECONDS = 30.0
#: From the pod's container to Ray Serve taking calls: `ray.init` and `serve.run`, measured on two cores with Ray 2.60.
RAY_SECONDS = 4.7
#: From weights in memory to the first token, by engine. vLLM compiles, captures CUDA graphs and warms up: 33.8 s for a model of
#: 8 billion parameters on an L40S (awslabs/data-on-eks, ray-batch-inference.md). Others start without.
ENGINE_SECONDS: Mapping[str, float] = {"vllm": 33.8}


#: The label by which cluster-autoscaler knows that a node which is ready without a GPU will have one (GPULabel of its cloud
#: providers). AKS and GKE set theirs themselves.
GPU_LABELS: Mapping[str, str] = {"eks": "k8s.amazonaws.com/accelerator", "cluster-api": "cluster-api/accelerator"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Wake:
    """Seconds of each stage, in order; only those that are known and not zero."""

    stages: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """The whole, at least."""
        return sum(self.stages.values())

    @property
    def until_started(self) -> float:
        """Until the pod's container runs."""
        return sum(seconds for stage, seconds in self.stages.items() if stage in ("autoscaler", "node", "gpu", "image"))


def wake(worker: Worker, pool: GpuPool, models: Mapping[str, Model], cluster: Cluster) -> Wake:
    """The stages of a worker's wake on a pool, when no node of it is lit beyond those that always are."""
    boots = pool.most_nodes > pool.least_nodes and pool.lifecycle is not Lifecycle.STATIC
    stages: dict[str, float] = {}
    if boots:
        stages["autoscaler"] = AUTOSCALER_GPU_SECONDS if cluster.autoscaler == CLUSTER_AUTOSCALER else 0.0
        stages["node"] = pool.boot.node_seconds or 0.0
        stages["gpu"] = pool.boot.gpu_ready_seconds or 0.0
        if not keeps_images(pool, cluster):
            stages["image"] = image_seconds(worker, pool, models)
    stages["ray"] = RAY_SECONDS
    stages["weights"] = weights_seconds(worker, pool, models)
    stages["engine"] = engine_seconds(worker)
    return Wake(stages={stage: seconds for stage, seconds in stages.items() if seconds})


def image_seconds(worker: Worker, pool: GpuPool, models: Mapping[str, Model]) -> float:
    """To pull a worker's image onto a node that has none, and its weights where they are an image too."""
    if not pool.boot.image_pull_mibps:
        return 0.0
    pulled = worker.image_bytes + (_weights_bytes(worker, models) if worker.model_cache == "imageVolume" else 0)
    return pulled / MIB / pool.boot.image_pull_mibps


def weights_seconds(worker: Worker, pool: GpuPool, models: Mapping[str, Model], *, stream_mibps: float | None = None) -> float:
    """From its disk into memory. `stream_mibps`: from an object store; its speed is not the pool's, so it has no default."""
    speed = stream_mibps if worker.model_cache == "stream" else pool.boot.disk_read_mibps
    return _weights_bytes(worker, models) / MIB / speed if speed else 0.0


def engine_seconds(worker: Worker) -> float:
    """Of the slowest of its engines: they start together."""
    return max((ENGINE_SECONDS.get(engine.engine, 0.0) for engine in worker.engines), default=0.0)


def keeps_images(pool: GpuPool, cluster: Cluster) -> bool:
    """A stopped node comes back with its disk, unless that is ephemeral or something cleans images away."""
    return pool.lifecycle is Lifecycle.DEALLOCATE and pool.os_disk != "ephemeral" and not cluster.image_cleaner


def announces_gpus(pool: GpuPool) -> bool:
    """Whether cluster-autoscaler knows of a node's GPU before the device plugin says it."""
    label = GPU_LABELS.get(pool.platform or "")
    return label is None or label in pool.labels


def _weights_bytes(worker: Worker, models: Mapping[str, Model]) -> int:
    return sum(models[engine.model].weights_bytes or 0 for engine in worker.engines if engine.model in models)
