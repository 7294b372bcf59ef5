"""What a reviewer compares of an environment: each engine's memory, nodes and money at idle and at the peak, wakes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..domain.usage import CardUsage
from ..domain.wake import wake
from .layout import layout
from .subject import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Memory:
    """One engine on one pool, in bytes. `reason` where nobody can say."""

    worker: str
    model: str
    pool: str
    needed_bytes: int
    limit_bytes: int
    reason: str = ""

    @property
    def margin_bytes(self) -> int:
        """What is left; negative where it does not fit."""
        return self.limit_bytes - self.needed_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Costs are of an hour, None where a price is missing. `wakes`: worker to the seconds of its slowest wake, at least."""

    memory: tuple[Memory, ...]
    cards: tuple[CardUsage, ...]
    peak_nodes: Mapping[str, int]
    idle_nodes: Mapping[str, int]
    currency: str | None
    peak_cost: float | None
    idle_cost: float | None
    wakes: Mapping[str, float]


def figures(subject: Subject) -> Figures:
    """All of them. Idle is every worker at its least number of replicas, with the nodes that are never taken away."""
    peak = layout(subject)
    asleep = {
        name: replace(worker, scale=replace(worker.scale, most=worker.scale.least))
        for name, worker in subject.deployment.workers.items()
    }
    idle = layout(replace(subject, deployment=replace(subject.deployment, workers=asleep)))
    return Figures(
        memory=_memory(peak.cards),
        cards=peak.cards,
        peak_nodes={name: pool.nodes for name, pool in peak.placement.pools.items()},
        idle_nodes={name: pool.nodes for name, pool in idle.placement.pools.items()},
        currency=peak.placement.currency,
        peak_cost=peak.placement.cost_per_hour,
        idle_cost=idle.placement.cost_per_hour,
        wakes=_wakes(subject),
    )


def _memory(cards: tuple[CardUsage, ...]) -> tuple[Memory, ...]:
    """Each engine of each pool once: its replicas hold the same."""
    found: dict[tuple[str, str, str], Memory] = {}
    for card in cards:
        for engine in card.engines:
            key = (engine.worker, engine.model, card.pool)
            found.setdefault(
                key,
                Memory(
                    worker=engine.worker,
                    model=engine.model,
                    pool=card.pool,
                    needed_bytes=engine.needed_bytes,
                    limit_bytes=engine.reserved_bytes,
                    reason=engine.reason,
                ),
            )
    return tuple(found[key] for key in sorted(found))


def _wakes(subject: Subject) -> Mapping[str, float]:
    deployment = subject.deployment
    return {
        name: max(wake(worker, deployment.pools[pool], deployment.models, deployment.cluster).seconds for pool in pools)
        for name, worker in sorted(deployment.workers.items())
        if worker.scale.least == 0 and (pools := [pool for pool in worker.pools if pool in deployment.pools])
    }
