"""Placement: how far its cost is above a proved bound, and how long 10,000 replicas take.

Two bounds, both the packer's own and both proved. `program_bound` is of the linear program: the Gilmore-Gomory covering program
over contents of nodes, by column generation, as a Lagrangian bound (it holds for any prices of the demands, since the most
valuable content of a node is found exactly). `lower_bound` is what branch and bound makes of it: half a node does not exist.
The peer is first fit, the largest first, onto the pool that is cheapest for its size, as people fill nodes by hand.
"""

import random
import time
from collections.abc import Callable, Sequence
from statistics import mean

from bench.figure import Figure
from lamplighter.domain.deployment import EngineSettings
from lamplighter.domain.gpu import GpuChip
from lamplighter.domain.pool import GpuPool, Price, Sharing, SharingMode
from lamplighter.load.packaged import gpu_chips
from lamplighter.placement import Claim, place
from lamplighter.placement.pack import Bin, Lane, pack
from lamplighter.units import GIB

INSTANCES = 40
MOST_GAP = 0.01
REPLICAS = 10_000
MOST_SECONDS = 5.0

Instance = tuple[list[int], list[Bin]]


def main() -> list[Figure]:
    """Every figure of placement."""
    figures = [_gaps(name, make) for name, make in FAMILIES.items()]
    return [*figures, _many_replicas()]


def whole_gpus(chance: random.Random) -> Instance:
    """Workers of 1 to 8 GPUs on nodes of 1 to 8; larger nodes are a little cheaper a GPU, or dearer."""
    sizes = [chance.choice((1, 1, 1, 2, 2, 4, 8)) for _ in range(chance.randint(2, 8))]
    demands = [chance.randint(20, 400) for _ in sizes]
    bins = []
    for gpus in [*chance.sample((1, 2, 4, 8), chance.randint(1, 3)), 8]:
        lane = Lane(capacity=gpus, pods=gpus, sizes={kind: size for kind, size in enumerate(sizes) if size <= gpus})
        bins.append(Bin(lanes=(lane,), cost=gpus * chance.uniform(0.5, 2.0), limit=10_000))
    return demands, bins


def divided_cards(chance: random.Random) -> Instance:
    """Replicas of 2 to 30 GiB on cards that are divided by MiB, one to four a node, at most 10 pods a card."""
    kinds = range(chance.randint(2, 8))
    sizes = {kind: chance.randint(2 * 1024, 30 * 1024) for kind in kinds}
    demands = [chance.randint(20, 400) for _ in kinds]
    bins = []
    for card in [*chance.sample((22888, 45776, 81559, 143771), chance.randint(1, 3)), 81559]:
        fitting = {kind: size for kind, size in sizes.items() if size <= card}
        gpus = chance.choice((1, 2, 4))
        lane = Lane(capacity=card, pods=10, sizes=fitting, copies=gpus)
        bins.append(Bin(lanes=(lane,), cost=gpus * card / 22888 * chance.uniform(0.6, 1.6), limit=10_000))
    return demands, bins


def mig_instances(chance: random.Random) -> Instance:
    """Workers that take one kind of instance each, on pools cut in different ways; one pool has two cards a node."""
    profiles = ("1g", "2g", "3g")
    kinds = [chance.choice(profiles) for _ in range(chance.randint(3, 8))]
    demands = [chance.randint(20, 400) for _ in kinds]
    layouts = ({"1g": 7}, {"1g": 2, "2g": 1, "3g": 1}, {"2g": 3, "1g": 1}, {"3g": 2})
    bins = []
    for layout in layouts:
        gpus = chance.choice((1, 2))
        lanes = tuple(
            Lane(
                capacity=count * gpus,
                pods=count * gpus,
                sizes={kind: 1 for kind, wanted in enumerate(kinds) if wanted == profile},
            )
            for profile, count in layout.items()
        )
        bins.append(Bin(lanes=lanes, cost=gpus * chance.uniform(2.0, 4.0), limit=10_000))
    return demands, bins


def scarce_nodes(chance: random.Random) -> Instance:
    """Whole GPUs again, but each pool has about half the nodes that all would need: the dear ones must help out."""
    demands, bins = whole_gpus(chance)
    needed = sum(
        demand * max(lane.sizes.get(kind, 0) for bin_ in bins for lane in bin_.lanes) for kind, demand in enumerate(demands)
    )
    scarce = [Bin(lanes=bin_.lanes, cost=bin_.cost, limit=-(-needed // (2 * bin_.lanes[0].capacity))) for bin_ in bins[:-1]]
    return demands, [*scarce, bins[-1]]


FAMILIES: dict[str, Callable[[random.Random], Instance]] = {
    "whole GPUs": whole_gpus,
    "cards divided by MiB": divided_cards,
    "MIG instances": mig_instances,
    "whole GPUs, pools half as large": scarce_nodes,
}


def _gaps(name: str, make: Callable[[random.Random], Instance]) -> Figure:
    above_program, above_bound, theirs = [], [], []
    for seed in range(INSTANCES):
        demands, bins = make(random.Random(seed))
        packing = pack(demands, bins)
        assert not any(packing.missing), f"{name}, seed {seed}: {packing.missing} found no node"
        above_program.append(packing.cost / packing.program_bound - 1)
        above_bound.append(packing.cost / packing.lower_bound - 1)
        theirs.append(first_fit_cost(demands, bins) / packing.program_bound - 1)
    return Figure(
        what=f"Cost above the LP bound: {name}, {INSTANCES} random instances, mean (largest)",
        ours=f"{_both(above_program)}; above the branched bound {_both(above_bound)}",
        against=f"first fit decreasing {_both(theirs)}",
        ratio=(1 + mean(above_program)) / (1 + mean(theirs)),
        aim=f"≤ {MOST_GAP:.0%}",
    )


def _both(gaps: Sequence[float]) -> str:
    return f"{mean(gaps):.2%} ({max(gaps):.2%})"


def first_fit_cost(demands: Sequence[int], bins: Sequence[Bin]) -> float:
    """Each replica, the largest first, on the first open lane with room, else on a new node: the cheapest for it first."""
    spent, free = 0.0, [bin_.limit for bin_ in bins]
    open_lanes: list[list[tuple[int, int, int]]] = [[] for _ in bins]  # capacity left, pods left, number of the lane

    def size_of(kind: int) -> int:
        return max((lane.sizes.get(kind, 0) for bin_ in bins for lane in bin_.lanes), default=0)

    def cost_of(kind: int, index: int) -> float:
        return min(
            (
                bins[index].cost / (min(lane.capacity // lane.sizes[kind], lane.pods) * lane.copies)
                for lane in bins[index].lanes
                if kind in lane.sizes
            ),
            default=float("inf"),
        )

    for kind in sorted(range(len(demands)), key=lambda kind: -size_of(kind)):
        order = sorted(range(len(bins)), key=lambda index: cost_of(kind, index))
        for _replica in range(demands[kind]):
            for index in order:
                lanes = bins[index].lanes
                found = next(
                    (
                        place_
                        for place_, (room, pods, number) in enumerate(open_lanes[index])
                        if pods and room >= lanes[number].sizes.get(kind, room + 1)
                    ),
                    None,
                )
                if found is None and free[index] and any(kind in lane.sizes for lane in lanes):
                    free[index] -= 1
                    spent += bins[index].cost
                    new = [(lane.capacity, lane.pods, number) for number, lane in enumerate(lanes) for _ in range(lane.copies)]
                    open_lanes[index] = new + open_lanes[index]
                    found = next(place_ for place_, (_, _, number) in enumerate(new) if kind in lanes[number].sizes)
                if found is not None:
                    room, pods, number = open_lanes[index][found]
                    left = (room - lanes[number].sizes[kind], pods - 1, number)
                    if left[1] and left[0]:
                        open_lanes[index][found] = left
                    else:
                        del open_lanes[index][found]
                    break
    return spent


def _many_replicas() -> Figure:
    """10,000 replicas of 20 workers on six pools of every kind of sharing, from claims to nodes."""
    chance, chips = random.Random(REPLICAS), gpu_chips()
    pools = {pool.name: pool for pool in _pools()}
    claims = {f"w{number:02}": _claim(f"w{number:02}", chance, tuple(pools)) for number in range(20)}
    start = time.perf_counter()
    placement = place(claims, pools=pools, chips=chips, need=_need)
    seconds = time.perf_counter() - start
    assert placement.complete, [refusal.why for refusal in placement.refusals]
    assert placement.cost_per_hour is not None
    assert placement.least_cost_per_hour is not None
    gap = placement.cost_per_hour / placement.least_cost_per_hour - 1
    return Figure(
        what=f"{REPLICAS:,} replicas of 20 workers onto 6 pools, pure Python",
        ours=f"{seconds:.2f} s, {sum(pool.nodes for pool in placement.pools.values()):,} nodes, {gap:.3%} above the bound",
        aim=f"< {MOST_SECONDS:.0f} s",
    )


def _pools() -> list[GpuPool]:
    def pool(name: str, chip: str, gpus: int, amount: float, sharing: Sharing | None = None) -> GpuPool:
        return GpuPool(
            name=name,
            chip=chip,
            gpus_per_node=gpus,
            most_nodes=REPLICAS,
            sharing=sharing or Sharing(layout={}),
            price=Price(amount=amount, currency="EUR"),
            labels={},
        )

    return [
        pool("t4", "t4", 1, 0.55),
        pool("l4x4", "l4", 4, 3.1),
        pool("l40s-hami", "l40s", 2, 3.6, Sharing(mode=SharingMode.HAMI, replicas=10, layout={})),
        pool("a100-mig", "a100-80", 1, 3.7, Sharing(mode=SharingMode.MIG, layout={"1g.10gb": 2, "2g.20gb": 1, "3g.40gb": 1})),
        pool("h100-mps", "h100-80", 2, 9.0, Sharing(mode=SharingMode.MPS, replicas=4, layout={})),
        pool("h100x8", "h100-80", 8, 30.0),
    ]


def _claim(name: str, chance: random.Random, pools: tuple[str, ...]) -> Claim:
    gpus = chance.choice((1, 1, 1, 1, 2))
    engines = tuple(
        EngineSettings(
            engine="vllm",
            model=f"{name}-{number}",
            context_tokens=chance.choice((4096, 8192, 16384)),
            concurrency=chance.choice((1, 4, 8)),
            memory_fraction=None,
            kv_cache_dtype="auto",
        )
        for number in range(chance.choice((1, 1, 2)))
    )
    return Claim(name=name, replicas=REPLICAS // 20, gpus=gpus, pools=pools, engines=engines)


def _need(engine: EngineSettings, *, chip: GpuChip, memory_bytes: int, gpus: int) -> int:
    """A stand-in for the memory model: weights of 3 GiB and 128 KiB a token, whatever the card."""
    return (3 * GIB + engine.context_tokens * engine.concurrency * 128 * 1024) // gpus
