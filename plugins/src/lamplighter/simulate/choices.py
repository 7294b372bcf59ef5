"""What one may choose for a worker and its nodes: how nodes come and go, where weights come from, which disk they have.

Each choice is the deployment as it is with one thing changed. A choice that changes nothing is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..domain.deployment import Deployment, Worker
from ..domain.pool import GpuPool, Lifecycle, Price
from ..units import MIB
from .cost import Prices

#: A faster disk is a larger one: Azure's Premium SSD of 1 TiB reads 200 MB/s, one of 128 GiB 100 (Azure's price page of disks).
FAST_DISK_GIB = 1024
FAST_DISK_MIBPS = 200e6 / MIB
#: Where weights may be, as modelCache.mode says it, and in words.
CACHES: Mapping[str, str] = {
    "baked": "weights in the image",
    "imageVolume": "weights in an image of their own",
    "pvc": "weights on a volume",
    "stream": "weights streamed from an object store",
}
#: What is assumed of them.
CACHES_ASSUME: Mapping[str, str] = {
    "pvc": "as fast as the node's disk; the volume is not paid",
    "stream": "at control.streamMibps; the store is not paid",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A deployment to compare. `registry`: the tier that is paid with it, empty for none. `assumes`: what nobody measured."""

    name: str
    deployment: Deployment
    registry: str = ""
    assumes: str = ""


def choices(deployment: Deployment, worker: str, prices: Prices) -> list[Choice]:
    """As it is, then each choice for the worker and those of its pools that do not always stand."""
    pools = [
        deployment.pools[name]
        for name in deployment.workers[worker].pools
        if name in deployment.pools and deployment.pools[name].lifecycle is not Lifecycle.STATIC
    ]
    found = [Choice(name="as it is", deployment=deployment)]
    if pools:
        found += [
            *_lifecycles(deployment, pools, prices),
            _always_lit(deployment, worker, pools),
            *_caches(deployment, worker),
            _fast_disk(deployment, pools),
            *_registries(deployment, pools, prices),
        ]
    return [found[0], *(choice for choice in found[1:] if choice.registry or choice.deployment != deployment)]


def _lifecycles(deployment: Deployment, pools: Sequence[GpuPool], prices: Prices) -> Iterator[Choice]:
    """Deleted, stopped and spot nodes. A pool that is spot already pays the usual price when it is not."""
    for lifecycle, name in (
        (Lifecycle.DELETE, "nodes deleted"),
        (Lifecycle.DEALLOCATE, "nodes stopped"),
        (Lifecycle.SPOT, "spot nodes"),
    ):
        changed = [with_lifecycle(pool, lifecycle, prices) for pool in pools]
        assumes = ""
        if (lifecycle is Lifecycle.SPOT) != any(pool.lifecycle is Lifecycle.SPOT for pool in pools):
            assumes = f"spot at {prices.spot_part:.0%} of the price, and always to be had"
        yield Choice(name=name, deployment=_with_pools(deployment, changed), assumes=assumes)


def with_lifecycle(pool: GpuPool, lifecycle: Lifecycle, prices: Prices) -> GpuPool:
    """The pool with nodes that come and go otherwise, at what they then cost."""
    if pool.lifecycle is lifecycle:
        return pool
    factor = prices.spot_part if lifecycle is Lifecycle.SPOT else 1.0
    factor /= prices.spot_part if pool.lifecycle is Lifecycle.SPOT else 1.0
    price = pool.price and Price(amount=pool.price.amount * factor, currency=pool.price.currency)
    return replace(pool, lifecycle=lifecycle, price=price)


def _always_lit(deployment: Deployment, worker: str, pools: Sequence[GpuPool]) -> Choice:
    """One replica and its node never sleep."""
    lit = deployment.workers[worker]
    lit = replace(lit, scale=replace(lit.scale, least=max(1, lit.scale.least)))
    first = replace(pools[0], least_nodes=max(1, pools[0].least_nodes))
    return Choice(name="one replica always lit", deployment=_with_worker(_with_pools(deployment, [first]), lit))


def _caches(deployment: Deployment, worker: str) -> Iterator[Choice]:
    """Where the weights are. In the image they make it larger, and out of it smaller."""
    for mode, name in CACHES.items():
        changed = with_cache(deployment, worker, mode)
        yield Choice(name=name, deployment=_with_worker(deployment, changed), assumes=CACHES_ASSUME.get(mode, ""))


def with_cache(deployment: Deployment, worker: str, mode: str) -> Worker:
    """The worker with its weights elsewhere."""
    there = deployment.workers[worker]
    if mode == there.model_cache:
        return there
    weights = sum(
        deployment.models[engine.model].weights_bytes or 0 for engine in there.engines if engine.model in deployment.models
    )
    bare = max(0, there.image_bytes - (weights if there.model_cache == "baked" else 0))
    return replace(there, model_cache=mode, image_bytes=bare + (weights if mode == "baked" else 0))


def _fast_disk(deployment: Deployment, pools: Sequence[GpuPool]) -> Choice:
    """A disk of 1 TiB for each node, where that is faster."""
    changed = []
    for pool in pools:
        speed = pool.boot.disk_read_mibps
        if speed and speed < FAST_DISK_MIBPS:
            pool = replace(  # noqa: PLW2901 (the same pool with another disk)
                pool,
                os_disk_gib=max(FAST_DISK_GIB, pool.os_disk_gib or 0),
                boot=replace(pool.boot, disk_read_mibps=FAST_DISK_MIBPS),
            )
        changed.append(pool)
    return Choice(name="a faster disk, 1 TiB", deployment=_with_pools(deployment, changed))


def _registries(deployment: Deployment, pools: Sequence[GpuPool], prices: Prices) -> Iterator[Choice]:
    """Each tier at no more than the bandwidth that it promises."""
    for name, tier in prices.registries.items():
        slower = [
            replace(
                pool,
                boot=replace(pool.boot, image_pull_mibps=min(pool.boot.image_pull_mibps or tier.least_mibps, tier.least_mibps)),
            )
            for pool in pools
        ]
        yield Choice(
            name=f"registry {name}",
            deployment=_with_pools(deployment, slower),
            registry=name,
            assumes=f"a pull at the promised {tier.least_mibps:.1f} MiB/s",
        )


def _with_pools(deployment: Deployment, pools: Sequence[GpuPool]) -> Deployment:
    return replace(deployment, pools={**deployment.pools, **{pool.name: pool for pool in pools}})


def _with_worker(deployment: Deployment, worker: Worker) -> Deployment:
    return replace(deployment, workers={**deployment.workers, worker.name: worker})
