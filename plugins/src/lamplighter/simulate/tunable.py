"""What may be tuned of a worker and its pools, as lists of values, and the deployment with some of them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..domain.cluster import CLUSTER_AUTOSCALER
from ..domain.deployment import Deployment
from ..domain.pool import GpuPool, Lifecycle
from ..domain.wake import wake
from .choices import CACHES, with_cache, with_lifecycle
from .cost import Prices
from .search import Value

#: Seconds and jobs that people write; what is between them makes no difference that anybody would see.
COOLDOWNS = (60, 120, 180, 240, 300, 360, 420, 480, 600, 900, 1200, 1800, 3600)
JOBS = (1, 2, 4, 6, 8, 10, 12, 16, 24, 32, 48, 64, 100)
#: Orders of pools: of four there are 24.
MOST_ORDERED = 4
#: Before a pool's name.
LIFECYCLE = "lifecycle of "
POOLS = "pools"
#: Where weights are, with what `compare` assumes of each.
CACHE = "modelCache"
#: Of cluster-autoscaler. A node that stays for its own sake is as dear as one with a replica on it that is ready.
UNNEEDED = "scaleDownUnneededSeconds"
UNNEEDED_SECONDS = (60, 120, 180, 300, 600)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tuned:
    """A deployment, and the order in which each worker's pools are tried."""

    deployment: Deployment
    order: Mapping[str, Sequence[str]]


def settings_now(tuned: Tuned, worker: str) -> Mapping[str, Value]:
    """What stands."""
    scale = tuned.deployment.workers[worker].scale
    found: dict[str, Value] = {
        "min": scale.least,
        "jobsPerReplica": scale.jobs_per_replica,
        "cooldownSeconds": scale.cooldown_seconds,
        POOLS: ", ".join(_order(tuned, worker)),
    }
    pools = tuned.deployment.pools
    found[CACHE] = tuned.deployment.workers[worker].model_cache
    if tuned.deployment.cluster.autoscaler == CLUSTER_AUTOSCALER:
        found[UNNEEDED] = tuned.deployment.cluster.idle_node_seconds
    return found | {f"{LIFECYCLE}{pool}": str(pools[pool].lifecycle or "") for pool in _order(tuned, worker)}


def axes_of(tuned: Tuned, worker: str, at_once: int) -> Mapping[str, Sequence[Value]]:
    """The values that each setting may take: nothing that LL309 or LL408 would speak of. `at_once`: jobs a replica does."""
    order = list(_order(tuned, worker))
    delayable = tuned.deployment.workers[worker].delayable
    orders = itertools.permutations(order) if len(order) <= MOST_ORDERED else [tuple(order)]
    found: dict[str, Sequence[Value]] = {
        "min": (0, 1),
        "jobsPerReplica": [number for number in JOBS if number >= at_once] or [at_once],
        "cooldownSeconds": COOLDOWNS,
        POOLS: [", ".join(one) for one in orders],
    }
    found[CACHE] = sorted({tuned.deployment.workers[worker].model_cache, *CACHES})
    if tuned.deployment.cluster.autoscaler == CLUSTER_AUTOSCALER:
        found[UNNEEDED] = UNNEEDED_SECONDS
    for name in order:
        there = tuned.deployment.pools[name].lifecycle
        # Nodes of one's own neither come nor go; a spot node's jobs have to bear being begun anew.
        others = (Lifecycle.DELETE, Lifecycle.DEALLOCATE, *([Lifecycle.SPOT] if delayable else []))
        found[f"{LIFECYCLE}{name}"] = (
            [str(there or "")] if there in (None, Lifecycle.STATIC) else sorted({str(there), *map(str, others)})
        )
    return found


def with_settings(tuned: Tuned, worker: str, settings: Mapping[str, Value], prices: Prices) -> Tuned:
    """The same with other settings; those that are not among them stay as they are."""
    deployment = tuned.deployment
    facts = deployment.workers[worker]
    if CACHE in settings:
        facts = with_cache(deployment, worker, str(settings[CACHE]))
    scale = replace(
        facts.scale,
        least=int(settings["min"]),
        jobs_per_replica=int(settings["jobsPerReplica"]),
        cooldown_seconds=int(settings["cooldownSeconds"]),
    )
    pools: dict[str, GpuPool] = dict(deployment.pools)
    for name, pool in deployment.pools.items():
        if said := settings.get(f"{LIFECYCLE}{name}"):
            pools[name] = with_lifecycle(pool, Lifecycle(str(said)), prices)
    order = dict(tuned.order)
    if POOLS in settings:
        order[worker] = str(settings[POOLS]).split(", ")
    cluster = deployment.cluster
    if UNNEEDED in settings:
        cluster = replace(cluster, scale_down_unneeded_seconds=int(settings[UNNEEDED]))
    changed = replace(
        deployment, cluster=cluster, pools=pools, workers={**deployment.workers, worker: replace(facts, scale=scale)}
    )
    return Tuned(deployment=changed, order=order)


def longest_wake(tuned: Tuned, worker: str) -> float:
    """Seconds that a wake takes at least on the slowest of its pools: a shorter cooldown is refused (LL401)."""
    deployment = tuned.deployment
    pools = [deployment.pools[name] for name in _order(tuned, worker)]
    return max(
        (wake(deployment.workers[worker], pool, deployment.models, deployment.cluster).seconds for pool in pools), default=0.0
    )


def _order(tuned: Tuned, worker: str) -> Sequence[str]:
    pools = tuned.order.get(worker, tuned.deployment.workers[worker].pools)
    return [name for name in pools if name in tuned.deployment.pools]
