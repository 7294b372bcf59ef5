"""Replicas onto nodes at least cost: the covering program's fractions made whole, with a bound that proves how near that is.

Replicas of a worker are alike, so 10,000 replicas are a few kinds and a few counts. Whole parts of the fractional solution are
kept, the rest is solved again with contents cut to what is still to be placed, until nothing is left. Nodes that earn least are
then taken out and placed anew as long as that is cheaper. Where the bound is still below the cost, numbers of nodes are
branched on (branch and bound): half a node does not exist, so the bound rises, and each branch is made whole in its turn.
"""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .knapsack import Thing, best_content
from .program import Content, Solution, solve

#: A fraction this near below a whole number is that number.
NEARLY_WHOLE = 1e-4

#: A cost this near to its bound is near enough: a thousandth of the bill. `lower_bound` says what is left.
NEAR_ENOUGH = 1e-3

#: Costs that differ by less are equal: the program's own accuracy.
SAME_COST = 1e-6

#: Times the dearest node: what a replica that is not placed costs the program. It then places all that can be.
PENALTY = 1000.0

#: Times the penalty for replicas that come first: above the number of others whose place one can take (16 GPUs, 64 shares).
FIRST = 100.0

#: Rounds of taking out and placing anew, and how many nodes are taken out at once.
IMPROVEMENTS = 24
TAKEN_OUT = (1, 2, 4, 8)

#: Branches that are looked at; nine of ten random instances end before (tests/bench/bench_placement.py).
BRANCHES = 80

#: The program's fractions are taken this near to their least cost: where they only lead to whole nodes, and where they bound.
NEAR_GUIDE = 1e-3
NEAR_BOUND = 1e-5

#: Nodes of one content in one kind of bin, to their number.
Nodes = Counter[tuple[int, Content]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """A part of a node that holds replicas: `copies` alike, each with `capacity`, for at most `pods`. `sizes`: kind to size."""

    capacity: int
    pods: int
    sizes: Mapping[int, int]
    copies: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """Nodes of one kind: their lanes, the cost of one, and how many there may be."""

    lanes: tuple[Lane, ...]
    cost: float
    limit: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Packing:
    """`nodes`: bin and content to number. `missing`: replicas of each kind that found no room.

    Where nothing is missing, no packing into these bins costs less than `lower_bound`; `program_bound` is the same without
    branching, the bound of the linear program. `copies`: for nodes with a lane of several copies, what lies in each.
    """

    nodes: Mapping[tuple[int, Content], int]
    missing: tuple[int, ...]
    cost: float
    lower_bound: float
    program_bound: float
    copies: Mapping[tuple[int, Content], tuple[Content, ...]]


def pack(demands: Sequence[int], bins: Sequence[Bin], *, first: frozenset[int] = frozenset()) -> Packing:
    """Places as many replicas as can be, those of the kinds in `first` before others, and at least cost."""
    scale = max((bin_.cost for bin_ in bins), default=0.0) or 1.0
    problem = _Problem(
        bins=tuple(bins),
        costs=tuple(bin_.cost / scale for bin_ in bins),
        limits=tuple(bin_.limit for bin_ in bins),
        demands=tuple(demands),
        penalties=tuple(PENALTY * (FIRST if kind in first else 1) for kind in range(len(demands))),
        copies={},
    )
    root = problem.fractional(demands, problem.limits, [0] * len(bins))
    nodes, missing = problem.improved(*problem.whole(root, problem.limits, [0] * len(bins)), root.prices, root.lower_bound)
    bound = root.lower_bound
    if not any(missing):
        nodes, bound = problem.branched(root, nodes)
    return Packing(
        nodes=dict(nodes),
        missing=tuple(missing),
        cost=problem.cost(nodes) * scale,
        lower_bound=max(0.0, bound) * scale,
        program_bound=max(0.0, root.lower_bound) * scale,
        copies={key: problem.copies[key] for key in nodes if key in problem.copies},
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Problem:
    """Costs are scaled: the dearest node costs 1. `bought`, where it stands, are nodes of each bin that are paid already."""

    bins: tuple[Bin, ...]
    costs: tuple[float, ...]
    limits: tuple[int, ...]
    demands: tuple[int, ...]
    penalties: tuple[float, ...]
    copies: dict[tuple[int, Content], tuple[Content, ...]]

    def cost(self, nodes: Nodes) -> float:
        return sum(self.costs[bin_] * count for (bin_, _), count in nodes.items())

    def _total(self, nodes: Nodes, missing: Sequence[int]) -> float:
        return self.cost(nodes) + sum(penalty * count for penalty, count in zip(self.penalties, missing, strict=True))

    def fractional(
        self, demands: Sequence[int], limits: Sequence[int], bought: Sequence[int], *, guide: bool = False
    ) -> Solution:
        """The covering program for these demands, contents cut to them. What is bought is a bin of its own, after all others.

        A guide to whole nodes cuts the contents of all lanes of a node together. That is no bound: such contents are greedy.
        """
        count = len(self.bins)

        def pricing(prices: Sequence[float]) -> list[Content]:
            contents = [self._content(index, prices, demands, together=guide) for index in range(count)]
            return contents + contents

        return solve(
            demands=demands,
            costs=[*self.costs, *([0.0] * count)],
            limits=[*(limit - paid for limit, paid in zip(limits, bought, strict=True)), *bought],
            penalties=self.penalties,
            pricing=pricing,
            near=NEAR_GUIDE if guide else NEAR_BOUND,
        )

    def whole(self, solution: Solution, limits: Sequence[int], bought: Sequence[int]) -> tuple[Nodes, list[int]]:
        """Whole nodes for all demands."""
        return self._whole(solution, list(self.demands), list(limits), list(bought))

    def _whole(self, solution: Solution, left: list[int], free: list[int], bought: list[int]) -> tuple[Nodes, list[int]]:
        """Keeps whole parts, or the largest part where none is whole; solves what is left anew."""
        count = len(self.bins)
        nodes: Nodes = Counter()
        while any(left):
            parts = [(bin_ % count, content, number) for bin_, content, number in solution.nodes]
            kept = [(bin_, content, int(number + NEARLY_WHOLE)) for bin_, content, number in parts]
            if not any(number for *_, number in kept):
                open_ = [part for part in parts if part[2] > NEARLY_WHOLE and free[part[0]] > 0]
                if not open_:
                    break
                bin_, content, _ = max(open_, key=lambda part: (part[2], sum(part[1]), -part[0]))
                kept = [(bin_, content, 1)]
            before = sum(left)
            for bin_, content, number in kept:
                filled = self._fill(nodes, left, free, bin_=bin_, content=content, number=number)
                bought[bin_] = max(0, bought[bin_] - filled)
            if sum(left) == before:
                break
            if any(left):
                solution = self.fractional(left, free, bought, guide=True)
        return nodes, left

    def improved(self, nodes: Nodes, missing: list[int], prices: Sequence[float], bound: float) -> tuple[Nodes, list[int]]:
        """Takes out the nodes that earn least for their cost and places their replicas anew, while that is cheaper."""
        for _ in range(IMPROVEMENTS):
            if self._total(nodes, missing) <= bound * (1 + NEAR_ENOUGH):
                break
            for size in TAKEN_OUT:
                trial, lost = self._placed_anew(nodes, missing, prices, size)
                if self._total(trial, lost) < self._total(nodes, missing) - SAME_COST:
                    nodes, missing = trial, lost
                    break
            else:
                break
        return nodes, missing

    def branched(self, root: Solution, best: Nodes) -> tuple[Nodes, float]:
        """Branch and bound over how many nodes each bin has: the best packing found, and what none is below."""
        none = (0,) * len(self.bins)
        waiting = [(root.lower_bound, 0, self.limits, none, root)]
        ended: list[float] = []
        number = 0
        while waiting and number < BRANCHES:
            bound, _, limits, bought, solution = waiting[0]
            if bound >= self.cost(best) * (1 - NEAR_ENOUGH):
                break
            split = self._split(solution, bought)
            if split is None:
                # Nodes are whole and only their contents are not: this bound rises no further.
                ended.append(heapq.heappop(waiting)[0])
                continue
            heapq.heappop(waiting)
            bin_, low = split
            for fewest, most in ((bought[bin_], low), (low + 1, limits[bin_])):
                if fewest > most:
                    continue
                number += 1
                paid = _with(bought, bin_, fewest)
                allowed = _with(limits, bin_, most)
                branch = self.fractional(self.demands, allowed, paid)
                spent = sum(cost * count for cost, count in zip(self.costs, paid, strict=True))
                reached = max(bound, branch.lower_bound + spent)
                if reached >= self.cost(best) * (1 - NEAR_ENOUGH):
                    ended.append(reached)
                    continue
                nodes, missing = self.improved(*self.whole(branch, allowed, paid), branch.prices, 0.0)
                if not any(missing) and self.cost(nodes) < self.cost(best):
                    best = nodes
                heapq.heappush(waiting, (reached, number, allowed, paid, branch))
        return best, min([self.cost(best), *ended, *(entry[0] for entry in waiting)])

    def _split(self, solution: Solution, bought: Sequence[int]) -> tuple[int, int] | None:
        """The bin whose number of nodes is the least whole, by its cost, and the whole number below; None if all are whole."""
        totals = [float(count) for count in bought]
        for bin_, _, number in solution.nodes:
            if bin_ < len(self.bins):
                totals[bin_] += number
        broken = [
            (min(total % 1, 1 - total % 1) * self.costs[bin_], bin_)
            for bin_, total in enumerate(totals)
            if NEARLY_WHOLE < total % 1 < 1 - NEARLY_WHOLE
        ]
        if not broken:
            return None
        _, bin_ = max(broken)
        return bin_, int(totals[bin_])

    def _placed_anew(self, nodes: Nodes, missing: Sequence[int], prices: Sequence[float], size: int) -> tuple[Nodes, list[int]]:
        def earned(key: tuple[int, Content]) -> float:
            bin_, content = key
            return sum(price * number for price, number in zip(prices, content, strict=True)) - self.costs[bin_]

        kept, left = Counter(nodes), list(missing)
        for key in sorted(nodes, key=lambda key: (earned(key), key)):
            taken = min(size, kept[key])
            size -= taken
            kept[key] -= taken
            for kind, number in enumerate(key[1]):
                left[kind] += number * taken
            if not size:
                break
        kept = +kept
        free = list(self.limits)
        for (bin_, _), number in kept.items():
            free[bin_] -= number
        bought = [0] * len(self.bins)
        again, lost = self._whole(self.fractional(left, free, bought, guide=True), left, free, bought)
        return kept + again, lost

    def _content(self, index: int, prices: Sequence[float], demands: Sequence[int], *, together: bool) -> Content:
        """The most valuable content of a node. Each copy of a lane is cut to the demands, or (`together`) one after another."""
        content = [0] * len(demands)
        for lane in self.bins[index].lanes:
            left, copies, each = list(demands), lane.copies, list[Content]()
            while copies:
                things = [
                    Thing(key=kind, value=prices[kind], size=size, most=left[kind])
                    for kind, size in lane.sizes.items()
                    if left[kind]
                ]
                found = best_content(things, lane.capacity, lane.pods)
                if not found:
                    break
                # Equal copies as long as the demands last; then the next best for what is left.
                alike = min([copies, *(left[kind] // number for kind, number in found.items())]) if together else copies
                for kind, number in found.items():
                    content[kind] += number * alike
                    left[kind] -= number * alike
                each += [tuple(found.get(kind, 0) for kind in range(len(demands)))] * alike
                copies -= alike
            if lane.copies > 1:
                self.copies.setdefault((index, tuple(content)), tuple(each))
        return tuple(content)

    def _fill(self, nodes: Nodes, left: list[int], free: list[int], *, bin_: int, content: Content, number: int) -> int:
        """Puts up to `number` nodes of a content: as many as are full, and one more cut to what is left. Returns how many."""
        number = min(number, free[bin_])
        if number <= 0:
            return 0
        full = min([number, *(left[kind] // count for kind, count in enumerate(content) if count)])
        parts = [(content, full)]
        if full < number:
            rest = [left[kind] - count * full for kind, count in enumerate(content)]
            cut = tuple(min(count, have) for count, have in zip(content, rest, strict=True))
            parts.append((cut, 1))
            if each := self.copies.get((bin_, content)):
                self.copies.setdefault((bin_, cut), _cut(each, cut))
        filled = 0
        for part, times in parts:
            if times and any(part):
                nodes[bin_, part] += times
                free[bin_] -= times
                filled += times
                for kind, count in enumerate(part):
                    left[kind] -= count * times
        return filled


def _cut(each: Sequence[Content], total: Content) -> tuple[Content, ...]:
    """Copies cut to a smaller total, the first ones kept full."""
    left = list(total)
    kept = []
    for content in each:
        taken = tuple(min(count, have) for count, have in zip(content, left, strict=True))
        left = [have - count for have, count in zip(left, taken, strict=True)]
        kept.append(taken)
    return tuple(kept)


def _with(numbers: Sequence[int], index: int, number: int) -> tuple[int, ...]:
    return (*numbers[:index], number, *numbers[index + 1 :])
