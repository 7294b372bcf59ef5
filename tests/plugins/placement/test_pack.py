"""The packer against all packings there are, on instances small enough to try them all, and its bound on larger ones."""

import itertools
import random
from functools import cache

import pytest

from lamplighter.placement.knapsack import Thing, best_content
from lamplighter.placement.pack import Bin, Lane, pack


def contents(bin_: Bin, kinds: int, most: int) -> list[tuple[int, ...]]:
    """Every content of a node of single-lane bins, by trying all counts."""
    (lane,) = bin_.lanes
    return [
        counts
        for counts in itertools.product(range(most + 1), repeat=kinds)
        if any(counts)
        and sum(counts) <= lane.pods
        and all(not count or kind in lane.sizes for kind, count in enumerate(counts))
        and sum(count * lane.sizes.get(kind, 0) for kind, count in enumerate(counts)) <= lane.capacity
    ]


def least_cost(demands: tuple[int, ...], bins: tuple[Bin, ...]) -> float:
    """The least cost of all packings, by trying every content for the next node."""
    choices = [contents(bin_, len(demands), max(demands)) for bin_ in bins]

    @cache
    def rest(left: tuple[int, ...], free: tuple[int, ...]) -> float:
        if not any(left):
            return 0.0
        best = float("inf")
        for index, bin_ in enumerate(bins):
            if free[index]:
                after = (*free[:index], free[index] - 1, *free[index + 1 :])
                for content in choices[index]:
                    if all(count <= have for count, have in zip(content, left, strict=True)):
                        remaining = tuple(have - count for count, have in zip(content, left, strict=True))
                        best = min(best, bin_.cost + rest(remaining, after))
        return best

    return rest(demands, tuple(bin_.limit for bin_ in bins))


def small(seed: int) -> tuple[tuple[int, ...], tuple[Bin, ...]]:
    random_ = random.Random(seed)
    kinds = random_.randint(1, 3)
    demands = tuple(random_.randint(1, 3) for _ in range(kinds))
    bins = []
    for _ in range(random_.randint(1, 3)):
        capacity = random_.choice([1, 2, 4, 8])
        sizes = {kind: size for kind in range(kinds) if (size := random_.choice([1, 1, 2, 3])) <= capacity}
        lane = Lane(capacity=capacity, pods=random_.choice([capacity, 2]), sizes=sizes)
        bins.append(Bin(lanes=(lane,), cost=random_.randint(1, 9) * capacity / 4, limit=random_.choice([1, 2, 9])))
    return demands, tuple(bins)


@pytest.mark.parametrize("seed", range(60))
def test_a_small_packing_costs_the_least_there_is_and_the_bound_is_below(seed: int) -> None:
    demands, bins = small(seed)
    least, packing = least_cost(demands, bins), pack(demands, bins)
    if least == float("inf"):
        assert any(packing.missing)
        return
    assert not any(packing.missing)
    assert packing.cost == pytest.approx(least)
    assert packing.program_bound <= packing.lower_bound + 1e-6 <= least + 2e-6


def test_ten_thousand_replicas_cost_at_most_a_hundredth_more_than_the_programs_bound() -> None:
    for seed in range(10):
        demands, bins = large(random.Random(seed), 10_000)
        packing = pack(demands, bins)
        covered = [sum(content[kind] * count for (_, content), count in packing.nodes.items()) for kind in range(len(demands))]
        assert covered == list(demands)
        for index, bin_ in enumerate(bins):
            assert sum(count for (at, _), count in packing.nodes.items() if at == index) <= bin_.limit
        assert packing.cost <= packing.program_bound * 1.01


def large(random_: random.Random, replicas: int) -> tuple[list[int], list[Bin]]:
    """Kinds of one to four GPUs or so many MiB, on whole GPUs, shares and cards divided by MiB."""
    kinds = random_.randint(3, 12)
    cuts = sorted(random_.randint(0, replicas) for _ in range(kinds - 1))
    demands = [high - low for low, high in itertools.pairwise([0, *cuts, replicas])]
    gpus = [random_.choice([1, 1, 1, 2, 4]) for _ in range(kinds)]
    single = [kind for kind in range(kinds) if gpus[kind] == 1]
    bins = [Bin(lanes=(Lane(capacity=4, pods=4, sizes=dict(enumerate(gpus))),), cost=4.0, limit=10**6)]
    for size in (1, 2, 8):
        shares = Lane(capacity=size * 4, pods=size * 4, sizes={kind: 1 for kind in single if random_.random() < 0.7})
        bins.append(Bin(lanes=(shares,), cost=size * random_.uniform(0.5, 2), limit=random_.choice([replicas // 50, 10**6])))
    memory = {kind: random_.randint(2000, 40000) for kind in single}
    bins.append(Bin(lanes=(Lane(capacity=81559, pods=10, sizes=memory, copies=8),), cost=20.0, limit=10**6))
    return demands, bins


def test_nodes_that_stand_anyway_are_used_before_one_is_made() -> None:
    lane = Lane(capacity=1, pods=1, sizes={0: 1})
    packing = pack([3], [Bin(lanes=(lane,), cost=1.0, limit=9), Bin(lanes=(lane,), cost=1e-6, limit=2)])
    assert packing.nodes == {(0, (1,)): 1, (1, (1,)): 2}


def test_what_finds_no_node_is_said_and_the_rest_is_placed() -> None:
    lane = Lane(capacity=2, pods=2, sizes={0: 1, 1: 2})
    packing = pack([4, 1], [Bin(lanes=(lane,), cost=1.0, limit=2)])
    assert sum(packing.missing) == 1
    assert packing.missing == (0, 1)  # three nodes are wanted: two hold four small ones


@pytest.mark.parametrize("seed", range(200))
def test_the_most_valuable_content_is_that_of_all_contents_tried(seed: int) -> None:
    random_ = random.Random(seed)
    capacity, pods = random_.choice([(random_.randint(1, 16), 99), (random_.randint(100, 400), random_.randint(1, 5))])
    things = [
        Thing(
            key=key,
            value=random_.choice([0.0, random_.random()]),
            size=random_.randint(1, max(1, capacity // 2)),
            most=random_.randint(0, 4),
        )
        for key in range(random_.randint(1, 4))
    ]
    best = max(
        sum(count * thing.value for count, thing in zip(counts, things, strict=True))
        for counts in itertools.product(*(range(thing.most + 1) for thing in things))
        if sum(counts) <= pods and sum(count * thing.size for count, thing in zip(counts, things, strict=True)) <= capacity
    )
    found = best_content(things, capacity, pods)
    assert sum(found.get(thing.key, 0) * thing.value for thing in things) == pytest.approx(best)
    assert sum(found.get(thing.key, 0) * thing.size for thing in things) <= capacity
    assert sum(found.values()) <= pods
