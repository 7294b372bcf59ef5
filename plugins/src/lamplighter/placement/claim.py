"""What a worker asks of the pools."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..domain.deployment import Deployment, EngineSettings, Worker
from ..domain.pool import Isolation


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """`replicas` at the peak, each with `gpus` GPUs of one node, or of each of `nodes` nodes."""

    name: str
    replicas: int
    gpus: int
    pools: tuple[str, ...]
    engines: tuple[EngineSettings, ...]
    isolation: Isolation = Isolation.SOFT
    priority: int = 0
    nodes: int = 1


def claims(deployment: Deployment) -> Mapping[str, Claim]:
    """Every worker that uses GPUs, at its peak."""
    return {
        name: worker_claim(worker)
        for name, worker in deployment.workers.items()
        if worker.gpus_per_replica > 0 and worker.pools
    }


def worker_claim(worker: Worker) -> Claim:
    """One worker's claim."""
    return Claim(
        name=worker.name,
        replicas=worker.scale.most,
        gpus=worker.gpus_per_replica,
        pools=worker.pools,
        engines=worker.engines,
        isolation=worker.isolation,
        priority=worker.priority,
        nodes=worker.nodes_per_replica,
    )
