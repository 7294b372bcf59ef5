"""LL2xx: workers, models, pools and extractors name each other, and what is named has to be there."""

from collections.abc import Callable, Iterator, Mapping

from ..findings import Finding
from .subject import Subject, listed

TITLES: Mapping[str, str] = {
    "LL201": "a worker names a pool that is not there",
    "LL202": "a worker names a model that is not there",
    "LL203": "GPUs and pools of a worker do not go together",
    "LL204": "an extractor names a worker that is not there",
    "LL205": "a replica needs more GPUs than a node has",
    "LL206": "a pool's chip is not in the GPU table",
    "LL220": "a group is not whole nodes of one pool",
}


def check_pool_names(subject: Subject) -> Iterator[Finding]:
    """LL201: a worker names a pool that the cluster does not have."""
    pools = subject.deployment.pools
    for worker in subject.deployment.workers.values():
        for index, name in enumerate(worker.pools):
            if name not in pools:
                sentence = f'worker {worker.name} names pool "{name}", but the cluster has {listed(pools)}'
                yield subject.places.error("LL201", ("workers", worker.name, "pools", index), sentence, "Name one of those.")


def check_model_names(subject: Subject) -> Iterator[Finding]:
    """LL202: a worker names a model that has no file."""
    models = subject.deployment.models
    for worker, settings, path in subject.engines():
        if settings.model not in models:
            sentence = f'worker {worker.name} names model "{settings.model}", but models has {listed(models)}'
            yield subject.places.error(
                "LL202", path, sentence, f"Add environments/models/{settings.model}.yaml, or name one of those."
            )


def check_gpus(subject: Subject) -> Iterator[Finding]:
    """LL203: GPUs without a pool, a pool without GPUs, or an engine that needs one and has none."""
    pools = subject.deployment.pools
    for worker in subject.deployment.workers.values():
        path = ("workers", worker.name, "gpusPerReplica")
        if worker.gpus_per_replica and not worker.pools:
            sentence = f"worker {worker.name} needs {worker.gpus_per_replica} GPU per replica, but names no pool"
            yield subject.places.error("LL203", path, sentence, f"Set pools to some of: {listed(pools)}.")
        if worker.gpus_per_replica == 0 and worker.pools:
            sentence = f"worker {worker.name} has 0 GPUs per replica, but names pools of GPUs: {', '.join(worker.pools)}"
            yield subject.places.error("LL203", path, sentence, "Leave pools out, or set gpusPerReplica.")
        for settings in worker.engines:
            if settings.engine == "vllm" and worker.gpus_per_replica == 0:
                sentence = f"worker {worker.name} runs vllm with 0 GPUs per replica"
                yield subject.places.error("LL203", path, sentence, "Set gpusPerReplica to 1, or use llamacpp.")


def check_extractors(subject: Subject) -> Iterator[Finding]:
    """LL204: an extractor, or the default, names a worker that is not there."""
    workers = subject.deployment.workers
    for name, worker in subject.deployment.extractors.items():
        if worker not in workers:
            sentence = f'extractor {name} names worker "{worker}", but workers has {listed(workers)}'
            yield subject.places.error("LL204", ("extractors", name, "worker"), sentence, "Name one of those.")
    default = subject.deployment.default_worker
    if default and default not in workers:
        sentence = f'defaultWorker is "{default}", but workers has {listed(workers)}'
        yield subject.places.error("LL204", ("defaultWorker",), sentence, "Name one of those.")


def check_node_size(subject: Subject) -> Iterator[Finding]:
    """LL205: one replica needs more GPUs than a node of its pool has."""
    for worker in subject.deployment.workers.values():
        for name in worker.pools:
            pool = subject.deployment.pools.get(name)
            if pool and worker.gpus_per_replica > pool.gpus_per_node:
                sentence = (
                    f"worker {worker.name} needs {worker.gpus_per_replica} GPUs per replica, "
                    f"but a node of pool {name} has {pool.gpus_per_node}"
                )
                change = (
                    f"Set gpusPerReplica to {pool.gpus_per_node}, use a pool with larger nodes, "
                    "or spread the model over several nodes (topology group)."
                )
                yield subject.places.error("LL205", ("workers", worker.name, "gpusPerReplica"), sentence, change)


def check_groups(subject: Subject) -> Iterator[Finding]:
    """LL220: a group's pods are alike, and what is left of their nodes would be paid for nothing."""
    for worker in subject.deployment.workers.values():
        if worker.topology != "group":
            continue
        at = ("workers", worker.name)
        if len(worker.pools) != 1:
            sentence = (
                f"worker {worker.name} is a group of {worker.nodes_per_replica} nodes and names {len(worker.pools)} pools"
            )
            yield subject.places.error("LL220", at, sentence, "Name one pool: the nodes of a group have to be alike.")
        for name in worker.pools:
            pool = subject.deployment.pools.get(name)
            if pool and 0 < worker.gpus_per_replica < pool.gpus_per_node:
                sentence = (
                    f"worker {worker.name} is a group of {worker.nodes_per_replica} nodes and takes {worker.gpus_per_replica} "
                    f"GPUs of each, but a node of pool {name} has {pool.gpus_per_node}: links inside a node are faster"
                )
                change = f"Set gpusPerReplica to {pool.gpus_per_node}, and nodesPerReplica to as few as suffice."
                yield subject.places.error("LL220", (*at, "gpusPerReplica"), sentence, change)
            if pool and worker.nodes_per_replica > pool.usable_nodes:
                sentence = (
                    f"worker {worker.name} is a group of {worker.nodes_per_replica} nodes, "
                    f"but pool {name} has at most {pool.usable_nodes}"
                )
                change = f"Raise nodes.max of the pool to {worker.nodes_per_replica}, or lower nodesPerReplica."
                yield subject.places.error("LL220", (*at, "nodesPerReplica"), sentence, change)
        for engine in worker.engines:
            if engine.engine != "vllm":
                sentence = f"worker {worker.name} is a group, but its engine is {engine.engine}; only vllm spreads over nodes"
                path = (*at, "models", engine.model, "engine")
                yield subject.places.error("LL220", path, sentence, "Set topology to pod, or engine to vllm.")


def check_chips(subject: Subject) -> Iterator[Finding]:
    """LL206: a chip whose memory is not known."""
    for pool in subject.deployment.pools.values():
        if pool.chip not in subject.chips:
            sentence = f'pool {pool.name} has chip "{pool.chip}", which is not in the GPU table: {listed(subject.chips)}'
            change = "Name one of those, or add the chip with its source to data/gpus.yaml."
            yield subject.places.error("LL206", ("gpuPools", pool.name, "chip"), sentence, change)


CHECKS: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    check_pool_names,
    check_model_names,
    check_gpus,
    check_extractors,
    check_node_size,
    check_groups,
    check_chips,
)
