"""What is simulated: workers and pools with the seconds of each stage, and the loops between them with their periods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..domain.cluster import CLUSTER_AUTOSCALER, DEFAULT_OK_TOTAL_UNREADY_COUNT, Cluster
from ..domain.deployment import Deployment, Scale, Worker
from ..domain.pool import GpuPool, Lifecycle, SharingMode
from ..domain.wake import (
    AUTOSCALER_GPU_SECONDS,
    RAY_SECONDS,
    announces_gpus,
    engine_seconds,
    image_seconds,
    keeps_images,
    weights_seconds,
)
from .hpa import HpaSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """Seconds of a pod's start on a pool, once it has a node."""

    image: float
    ray: float
    weights: float
    engine: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedWorker:
    """A worker class. `starts`: by the name of its pools, in the order in which they are tried; none: it needs no GPU."""

    name: str
    devices: int
    concurrency: int
    scale: Scale
    grace_seconds: float
    starts: Mapping[str, Start]
    image: str
    metric_counts_running: bool = True
    #: Hours of the day in which a trigger by the clock asks for one replica (KEDA's cron); the chart has none, a policy may.
    lit_hours: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedPool:
    """A pool. `announces`: whether the autoscaler knows before the GPU registers that a node will have one."""

    pool: GpuPool
    devices_per_node: int
    keeps_images: bool
    announces: bool

    @property
    def always_lit(self) -> int:
        """Nodes that no autoscaler takes away."""
        return self.pool.usable_nodes if self.pool.lifecycle is Lifecycle.STATIC else self.pool.least_nodes


@dataclass(frozen=True, kw_only=True, slots=True)
class Control:
    """The loops' settings, each with its tool's default.

    KEDA polls every 5 s as the chart sets it, Prometheus scrapes every 30 (monitoring.scrapeSeconds). A push takes 0.010 s
    (median of a real KEDA 2.20.2). cluster-autoscaler (FAQ.md): scan-interval 10 s, scale-down-delay-after-add 10 min,
    max-total-unready-percentage 45.
    Karpenter: BATCH_IDLE_DURATION 1 s (its settings page); that a batch grows while pods keep coming is left out.
    """

    poll_seconds: float = 5.0
    scrape_seconds: float = 30.0
    push_seconds: float = 0.010
    hpa: HpaSettings = field(default_factory=HpaSettings)
    scan_seconds: float = 10.0
    gpu_buffer_seconds: float = AUTOSCALER_GPU_SECONDS
    delay_after_add_seconds: float = 600.0
    unready_percent: float = 45.0
    other_nodes: int = 3  # without GPUs: gateway, database, operators
    batch_idle_seconds: float = 1.0
    lease_seconds: float = 30.0  # until a job of a worker that died is free again (LAMPLIGHTER_LEASE)
    spot_losses_an_hour: float = 0.0  # of a lit spot node
    late_seconds: float = 600.0  # from arrival to result
    #: 15 GiB in 17.8 s from S3 into an L40S (awslabs/data-on-eks, ray-batch-inference.md; Run:ai Model Streamer).
    stream_mibps: float = 860.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """Everything but the arrivals and the seed."""

    workers: Mapping[str, SimulatedWorker]
    pools: Mapping[str, SimulatedPool]
    cluster: Cluster
    control: Control = field(default_factory=Control)

    @property
    def scans(self) -> bool:
        """Whether cluster-autoscaler makes the nodes; Karpenter where it is said, and nobody otherwise."""
        return self.cluster.autoscaler == CLUSTER_AUTOSCALER

    @property
    def most_unready(self) -> int:
        """ok-total-unready-count."""
        said = self.cluster.ok_total_unready_count
        return DEFAULT_OK_TOTAL_UNREADY_COUNT if said is None else said


def scenario_of(
    deployment: Deployment,
    kept: Sequence[str],
    pool_order: Mapping[str, Sequence[str]],
    control: Control,
    grace_seconds: Mapping[str, float],
) -> Scenario:
    """The kept workers as they run. `pool_order`: each worker's pools as its lock puts them; `grace_seconds`: of its pods."""
    pools = {
        name: SimulatedPool(
            pool=pool,
            devices_per_node=_devices(pool),
            keeps_images=keeps_images(pool, deployment.cluster),
            announces=announces_gpus(pool),
        )
        for name, pool in deployment.pools.items()
    }
    workers = {
        name: SimulatedWorker(
            name=name,
            devices=worker.gpus_per_replica,
            concurrency=max((engine.concurrency for engine in worker.engines), default=1),
            scale=worker.scale,
            grace_seconds=grace_seconds[name],
            starts={
                pool: _start(worker, deployment.pools[pool], deployment, control.stream_mibps)
                for pool in pool_order.get(name, worker.pools)
                if pool in deployment.pools
            },
            # Workers of one image share what a node pulled; weights in an image of their own make it another one.
            image=f"{worker.image_bytes} {worker.weights_at if worker.model_cache == 'imageVolume' else ''}",
        )
        for name, worker in deployment.workers.items()
        if name in kept
    }
    return Scenario(workers=workers, pools=pools, cluster=deployment.cluster, control=control)


def _start(worker: Worker, pool: GpuPool, deployment: Deployment, stream_mibps: float) -> Start:
    return Start(
        image=image_seconds(worker, pool, deployment.models),
        ray=RAY_SECONDS,
        weights=weights_seconds(worker, pool, deployment.models, stream_mibps=stream_mibps),
        engine=engine_seconds(worker),
    )


def _devices(pool: GpuPool) -> int:
    """What a node of the pool offers to pods, in devices: GPUs, shares of them or MIG instances."""
    if pool.sharing.mode is SharingMode.MIG:
        return pool.gpus_per_node * sum(pool.sharing.layout.values())
    return pool.gpus_per_node * pool.sharing.replicas
