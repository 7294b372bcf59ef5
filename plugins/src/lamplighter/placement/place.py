"""All workers at their peaks onto all pools: seats, nodes, price, and what does not go.

What is packed are pods: a replica is one, or as many as it has nodes.

Every worker is taken at its most replicas at once: pools have to hold that, or someone waits. Of several pools the cheapest way
for all together is chosen. Where nodes do not suffice, workers of higher priority are placed first. Nodes that are always there
cost nothing more.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ..domain.gpu import GpuChip
from ..domain.pool import GpuPool, Lifecycle, SharingMode
from ..units import MIB
from .claim import Claim
from .knapsack import Thing, best_content
from .occupancy import Pod, gpus_of_node
from .pack import Bin, Lane, Packing, pack
from .program import Content
from .seats import Need, Reason, Refusal, Seat, seat

#: Of a node's price: a standing node is used before one that must be made, and of two the cheaper.
STANDING_COST = 1e-6


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerPlacement:
    """`seats` cheapest first; `replicas` of each pool at the peak."""

    name: str
    wanted: int
    seats: tuple[Seat, ...]
    replicas: Mapping[str, int]

    @property
    def placed(self) -> int:
        """Replicas that find room at the peak."""
        return sum(self.replicas.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class GpuUse:
    """`gpus` GPUs of a pool that hold the same pods: one entry a kind of pod, with how many."""

    gpus: int
    pods: tuple[tuple[Pod, int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolPlacement:
    """`nodes` are what the peak needs, those that always stand included; `limit` what there can be."""

    name: str
    nodes: int
    limit: int
    cost_per_hour: float | None
    gpus: tuple[GpuUse, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """What `place` found. Costs are None where a pool in use has no price, or prices are in several currencies."""

    workers: Mapping[str, WorkerPlacement]
    pools: Mapping[str, PoolPlacement]
    refusals: tuple[Refusal, ...]
    cost_per_hour: float | None
    least_cost_per_hour: float | None
    currency: str | None

    @property
    def complete(self) -> bool:
        """Whether every replica found room."""
        return all(worker.placed == worker.wanted for worker in self.workers.values())


def place(
    claims: Mapping[str, Claim],
    *,
    pools: Mapping[str, GpuPool],
    chips: Mapping[str, GpuChip],
    need: Need,
    without_spot: bool = False,
) -> Placement:
    """Every claim onto the pools it names. `without_spot`: as if the cloud had taken all spot nodes back."""
    usable = {
        name: pool
        for name, pool in pools.items()
        if pool.chip in chips and not (without_spot and pool.lifecycle is Lifecycle.SPOT)
    }
    seats: dict[tuple[str, str], Seat] = {}
    refusals: list[Refusal] = []
    for claim in claims.values():
        for name in claim.pools:
            if pool := usable.get(name):
                sat = seat(claim, pool, chips[pool.chip], need)
                if isinstance(sat, Seat):
                    seats[claim.name, name] = sat
                else:
                    refusals.append(sat)
    room = _Room(claims=tuple(claims.values()), pools=tuple(usable.values()), chips=chips, seats=seats)
    packing = room.packed()
    workers = {claim.name: room.worker(index, packing) for index, claim in enumerate(room.claims)}
    refusals += [
        room.short_of_nodes(claim, workers[claim.name])
        for claim in room.claims
        if workers[claim.name].seats and workers[claim.name].placed < claim.replicas
    ]
    placed = {pool.name: room.pool(index, packing) for index, pool in enumerate(room.pools)}
    costs = [pool.cost_per_hour for pool in placed.values() if pool.nodes]
    currency = room.currency()
    standing = sum(pool.least_nodes * pool.price.amount for pool in room.pools if pool.price)
    known = currency is not None and None not in costs
    return Placement(
        workers=workers,
        pools=placed,
        refusals=tuple(refusals),
        cost_per_hour=sum(cost for cost in costs if cost is not None) if known else None,
        least_cost_per_hour=standing + packing.lower_bound if known else None,
        currency=currency,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Room:
    """Claims and pools by index, as the packer counts them. Bin 2·i: nodes pool i may add; 2·i+1: those that always stand."""

    claims: tuple[Claim, ...]
    pools: tuple[GpuPool, ...]
    chips: Mapping[str, GpuChip]
    seats: Mapping[tuple[str, str], Seat]

    def currency(self) -> str | None:
        """The one currency of all prices; None without any, or with several."""
        found = {pool.price.currency for pool in self.pools if pool.price}
        return found.pop() if len(found) == 1 else None

    def packed(self) -> Packing:
        """One packing when all fits; else by priority, the highest first."""
        bins = self._bins()
        demands = [claim.replicas * claim.nodes if self._sits(claim) else 0 for claim in self.claims]
        packing = pack(demands, bins)
        if not any(packing.missing):
            return packing
        accepted = [0] * len(demands)
        for priority in sorted({claim.priority for claim in self.claims}, reverse=True):
            trial = [
                demand if claim.priority == priority else accepted[index]
                for index, (claim, demand) in enumerate(zip(self.claims, demands, strict=True))
            ]
            first = frozenset(index for index, number in enumerate(accepted) if number)
            missing = pack(trial, bins, first=first).missing
            for index, claim in enumerate(self.claims):
                if claim.priority == priority:
                    accepted[index] = trial[index] - missing[index]
        return pack(accepted, bins)

    def worker(self, index: int, packing: Packing) -> WorkerPlacement:
        """One worker's part of the packing."""
        claim = self.claims[index]
        pods: Counter[str] = Counter()
        for (bin_, content), nodes in packing.nodes.items():
            if content[index]:
                pods[self.pools[bin_ // 2].name] += content[index] * nodes
        mine = [self.seats[claim.name, name] for name in claim.pools if (claim.name, name) in self.seats]
        return WorkerPlacement(
            name=claim.name,
            wanted=claim.replicas,
            seats=tuple(sorted(mine, key=lambda sat: (self._price_of_replica(index, sat.pool), sat.pool))),
            replicas={name: count // claim.nodes for name, count in pods.items()},
        )

    def pool(self, index: int, packing: Packing) -> PoolPlacement:
        """One pool's part of the packing."""
        pool, used = self.pools[index], 0
        uses: Counter[tuple[tuple[Pod, int], ...]] = Counter()
        for (bin_, content), nodes in packing.nodes.items():
            if bin_ // 2 == index:
                used += nodes
                each = packing.copies.get((bin_, content), (content,))
                for gpu in gpus_of_node(pool, [self._pods(pool, part) for part in each]):
                    uses[gpu] += nodes
        nodes = max(used, pool.least_nodes)
        return PoolPlacement(
            name=pool.name,
            nodes=nodes,
            limit=pool.usable_nodes,
            cost_per_hour=pool.price.amount * nodes if pool.price else None,
            gpus=tuple(
                GpuUse(gpus=count, pods=pods) for pods, count in sorted(uses.items(), key=lambda use: (-use[1], str(use)))
            ),
        )

    def short_of_nodes(self, claim: Claim, worker: WorkerPlacement) -> Refusal:
        """Replicas that fit a card, but find no node: on the cheapest of their pools."""
        pool = next(pool for pool in self.pools if pool.name == worker.seats[0].pool)
        missing = claim.replicas - worker.placed
        each = max(1, self._pods_of_node(self.claims.index(claim), pool.name))
        more = -(-missing * claim.nodes // each)
        key = "nodes.max" if pool.quota_nodes is None or pool.quota_nodes > pool.most_nodes else "quota.nodes"
        why = (
            f"{missing} of {claim.replicas} replicas of worker {claim.name} find no node at the peak of all workers; "
            f"pool {pool.name} has at most {pool.usable_nodes}"
        )
        change = f"Raise {key} of pool {pool.name} by {more}, or lower scale.max of {claim.name} by {missing}."
        return Refusal(worker=claim.name, pool=pool.name, reason=Reason.NODES, why=why, change=change, missing_replicas=missing)

    def _sits(self, claim: Claim) -> bool:
        return any((claim.name, pool.name) in self.seats for pool in self.pools)

    def _pods(self, pool: GpuPool, content: Content) -> list[tuple[Pod, int]]:
        return [
            (Pod(worker=claim.name, device=sat.device, held_bytes=sat.held_bytes, gpus=sat.gpus), content[index])
            for index, claim in enumerate(self.claims)
            if content[index] and (sat := self.seats.get((claim.name, pool.name)))
        ]

    def _price(self, pool: GpuPool) -> float:
        """Where prices cannot be compared, GPUs are counted instead."""
        comparable = self.currency() is not None and all(other.price for other in self.pools)
        return pool.price.amount if comparable and pool.price else float(pool.gpus_per_node)

    def _price_of_replica(self, index: int, name: str) -> float:
        pool = next(pool for pool in self.pools if pool.name == name)
        return self._price(pool) * self.claims[index].nodes / max(1, self._pods_of_node(index, name))

    def _pods_of_node(self, index: int, name: str) -> int:
        """How many pods of one worker alone a node holds."""
        pool = next(pool for pool in self.pools if pool.name == name)
        total = 0
        for lane in self._lanes(pool):
            if size := lane.sizes.get(index):
                thing = Thing(key=index, value=1.0, size=size, most=lane.capacity)
                total += sum(best_content([thing], lane.capacity, lane.pods).values()) * lane.copies
        return total

    def _bins(self) -> list[Bin]:
        bins = []
        for pool in self.pools:
            lanes, standing = self._lanes(pool), min(pool.least_nodes, pool.usable_nodes)
            bins.append(Bin(lanes=lanes, cost=self._price(pool), limit=pool.usable_nodes - standing))
            bins.append(Bin(lanes=lanes, cost=STANDING_COST * self._price(pool), limit=standing))
        return bins

    def _lanes(self, pool: GpuPool) -> tuple[Lane, ...]:
        """What one node holds. Kinds of devices are lanes of their own; a card divided by MiB is a lane for each GPU."""
        gpus, sharing = pool.gpus_per_node, pool.sharing
        mine = [
            (index, sat)
            for index, claim in enumerate(self.claims)
            if (sat := self.seats.get((claim.name, pool.name))) is not None
        ]
        if sharing.mode is SharingMode.MIG:
            return tuple(
                Lane(capacity=count * gpus, pods=count * gpus, sizes={index: 1 for index, sat in mine if sat.device == profile})
                for profile, count in sharing.layout.items()
            )
        if sharing.mode is SharingMode.HAMI:
            memory = self.chips[pool.chip].memory_bytes // MIB
            sizes = {index: -(-sat.held_bytes // MIB) for index, sat in mine}
            return (Lane(capacity=memory, pods=sharing.replicas, sizes=sizes, copies=gpus),)
        shares = sharing.replicas if sharing.mode in (SharingMode.TIME_SLICING, SharingMode.MPS) else 1
        return (Lane(capacity=gpus * shares, pods=gpus * shares, sizes={index: sat.gpus for index, sat in mine}),)
