"""Five loads whose replicas are counted twice: as a real control plane makes them, and as the simulation does.

Seconds of boot, pull and start are short ones, so that a run takes minutes; what is compared are the loops between them. The
triggers, thresholds and cooldowns are values of the chart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cluster.fake_nodes import gpu_node

#: Periods of the control plane under test (cluster.control_plane, the chart, and the Prometheus of this bench).
HPA_SYNC_SECONDS = 5.0
POLL_SECONDS = 5.0
SCRAPE_SECONDS = 15.0
#: From a pod that found no room to the order of a node, as Karpenter's batch (BATCH_IDLE_DURATION).
BATCH_SECONDS = 1.0
#: The Secret that the chart's pods name.
DATABASE = "lamplighter-database"
#: Jobs that a replica does at a time.
CONCURRENCY = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """A worker class, its nodes and its jobs. `arrivals`: seconds from the first job. `lit_nodes`: there from the start."""

    name: str
    says: str
    arrivals: Sequence[float]
    work_seconds: float
    trigger: str = "push"
    most: int = 1
    jobs_per_replica: int = 10
    cooldown_seconds: int = 30
    lit_nodes: int = 0
    boot_seconds: float = 20.0
    gpu_seconds: float = 10.0
    image_seconds: float = 15.0
    start_seconds: float = 15.0

    @property
    def pod_seconds(self) -> float:
        """From a pod's node to its readiness. A node that was lit before has the image."""
        return self.start_seconds + (0.0 if self.lit_nodes else self.image_seconds)


LOADS: Sequence[Load] = (
    Load(
        name="lit", says="one job, push, a node stands by", arrivals=[0.0], work_seconds=20.0, lit_nodes=1, start_seconds=30.0
    ),
    Load(name="boot", says="one job, push, a node boots and pulls", arrivals=[0.0], work_seconds=20.0),
    Load(name="pile", says="40 jobs at once, 10 a replica, nodes boot", arrivals=[0.0] * 40, work_seconds=40.0, most=4),
    Load(
        name="asked",
        says="20 jobs at once, Prometheus (scrape 15 s, poll 5 s), nodes stand by",
        arrivals=[0.0] * 20,
        work_seconds=20.0,
        trigger="prometheus",
        most=2,
        lit_nodes=2,
        start_seconds=30.0,
    ),
    Load(
        name="rising",
        says="a job every 3 s for 90 s, 5 a replica, nodes boot",
        arrivals=[3.0 * number for number in range(30)],
        work_seconds=30.0,
        most=5,
        jobs_per_replica=5,
    ),
)


def values_of(runs: Mapping[str, Load], prometheus: str) -> dict[str, Any]:
    """The chart's values: a worker class and a pool for each run, by its name."""
    pools, workers = {}, {}
    for name, load in runs.items():
        asks = {"prometheus": {"serverAddress": prometheus}} if load.trigger == "prometheus" else {}
        scale = {
            "trigger": load.trigger,
            "min": 0,
            "max": load.most,
            "jobsPerReplica": load.jobs_per_replica,
            "cooldownSeconds": load.cooldown_seconds,
            "maxJobSeconds": 600,
            **asks,
        }
        pools[name] = {"chip": "t4", "gpusPerNode": 1, "nodes": {"min": load.lit_nodes, "max": load.most}}
        engine = {"engine": "vllm", "contextTokens": 8192, "concurrency": CONCURRENCY, "memoryFraction": 0.9}
        workers[name] = {
            "topology": "pod",
            "gpusPerReplica": 1,
            "pools": [name],
            "models": {"qwen3-8b-awq": engine},
            "modelCache": {"mode": "baked"},
            "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
            "scale": scale,
        }
    model = {"qwen3-8b-awq": {"source": {"repo": "Qwen/Qwen3-8B-AWQ"}, "license": "Apache-2.0"}}
    return {"gpuPools": pools, "models": model, "workers": workers, "database": {"existingSecret": DATABASE}}


def new_node(pool: str, number: int, *, with_gpu: bool) -> dict[str, Any]:
    """A node of a run's pool; its GPU registers later."""
    node = gpu_node(f"{pool}-{number}", pool=pool, gpus=1)
    if not with_gpu:
        for resources in (node["status"]["capacity"], node["status"]["allocatable"]):
            resources.pop("nvidia.com/gpu", None)
    return node
