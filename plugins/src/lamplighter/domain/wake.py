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
        if not _keeps_images(pool, cluster) and pool.boot.image_pull_mibps:
            stages["image"] = worker.image_bytes / MIB / pool.boot.image_pull_mibps
    stages["ray"] = RAY_SECONDS
    if pool.boot.disk_read_mibps and worker.model_cache != "stream":
        weights = sum(models[engine.model].weights_bytes or 0 for engine in worker.engines if engine.model in models)
        stages["weights"] = weights / MIB / pool.boot.disk_read_mibps
    stages["engine"] = max((ENGINE_SECONDS.get(engine.engine, 0.0) for engine in worker.engines), default=0.0)
    return Wake(stages={stage: seconds for stage, seconds in stages.items() if seconds})


def _keeps_images(pool: GpuPool, cluster: Cluster) -> bool:
    """A stopped node comes back with its disk, unless that is ephemeral or something cleans images away."""
    return pool.lifecycle is Lifecycle.DEALLOCATE and pool.os_disk != "ephemeral" and not cluster.image_cleaner
