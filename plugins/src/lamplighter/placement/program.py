"""The covering program: contents of nodes that cover the demands at least cost, in fractions of nodes.

    least   Σ cost·x  +  Σ penalty·missing
    where   contents of the nodes cover each demand, but for what is missing, and no pool has more nodes than its limit

Revised simplex. A content is not listed before it is needed: with prices for the demands, the most valuable content of a node
is asked for (`Pricing`, Gilmore and Gomory 1961). The prices also prove a bound, whatever they are: no placement costs less
than `lower_bound` (the Lagrangian; contents have to be the most valuable).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Content of one node: how many replicas of each kind.
Content = tuple[int, ...]

#: For prices of the demands, the most valuable content of a node of each bin.
Pricing = Callable[[Sequence[float]], Sequence[Content]]

#: Below this a reduced cost, or an element of a direction, counts as zero; costs are scaled to about one.
ZERO = 1e-9

#: Demands are shifted by this much times their index, so that no two limits are met at once and the search cannot circle.
SHIFT = 1e-7

MOST_ROUNDS = 20_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Solution:
    """`nodes`: bin, content, and how many (a fraction). `prices`: of a replica of each kind. `missing`: not covered."""

    nodes: tuple[tuple[int, Content, float], ...]
    prices: tuple[float, ...]
    missing: tuple[float, ...]
    lower_bound: float


@dataclass(slots=True)
class _Column:
    """A variable: kind and index, its cost, and its entries as (row, number)."""

    kind: str
    index: int
    cost: float
    entries: tuple[tuple[int, float], ...]
    content: Content = ()


def solve(
    *,
    demands: Sequence[int],
    costs: Sequence[float],
    limits: Sequence[int],
    penalties: Sequence[float],
    pricing: Pricing,
    near: float = 0.0,
) -> Solution:
    """The least cost. `costs` and `limits` are of bins, `demands` and `penalties` of kinds.

    `near`: the search may end this near to its bound, as a part of the cost; the last steps are many and gain little.
    """
    kinds, bins = len(demands), len(costs)
    rows = kinds + bins
    right = [demand + SHIFT * (index + 1) if demand else 0.0 for index, demand in enumerate(demands)] + [
        float(n) for n in limits
    ]
    basis = [_Column("missing", i, penalties[i], ((i, 1.0),)) for i in range(kinds)]
    basis += [_Column("free", b, 0.0, ((kinds + b, 1.0),)) for b in range(bins)]
    inverse = [[1.0 if row == column else 0.0 for column in range(rows)] for row in range(rows)]
    values = right[:]
    bound = 0.0
    prices = [0.0] * rows
    for _round in range(MOST_ROUNDS):
        prices = [sum(basis[r].cost * inverse[r][c] for r in range(rows) if basis[r].cost) for c in range(rows)]
        contents = pricing([max(0.0, price) for price in prices[:kinds]])
        bound = max(
            bound,
            _bound(prices=prices[:kinds], demands=demands, costs=costs, limits=limits, penalties=penalties, contents=contents),
        )
        entering = _entering(prices, kinds, costs, penalties, contents)
        cost = sum(column.cost * value for column, value in zip(basis, values, strict=True))
        if entering is None or cost - bound <= near * cost:
            break
        direction = [sum(inverse[r][c] * number for c, number in entering.entries) for r in range(rows)]
        leaving = min(
            (r for r in range(rows) if direction[r] > ZERO),
            key=lambda r: (values[r] / direction[r], -direction[r]),
            default=None,
        )
        if leaving is None:
            break
        _pivot(inverse, values, direction, leaving)
        basis[leaving] = entering
    nodes = tuple(
        (column.index, column.content, value) for column, value in zip(basis, values, strict=True) if column.kind == "node"
    )
    missing = [0.0] * kinds
    for column, value in zip(basis, values, strict=True):
        if column.kind == "missing":
            missing[column.index] = max(0.0, value)
    return Solution(nodes=nodes, prices=tuple(prices[:kinds]), missing=tuple(missing), lower_bound=bound)


def _bound(
    *,
    prices: Sequence[float],
    demands: Sequence[int],
    costs: Sequence[float],
    limits: Sequence[int],
    penalties: Sequence[float],
    contents: Sequence[Content],
) -> float:
    """Prices times demands, less what nodes would earn at these prices: below every placement's cost (with penalties)."""
    fair = [min(max(0.0, price), penalty) for price, penalty in zip(prices, penalties, strict=True)]
    earned = sum(
        limit * max(0.0, sum(price * number for price, number in zip(prices, content, strict=True) if price > 0) - cost)
        for content, cost, limit in zip(contents, costs, limits, strict=True)
    )
    return sum(price * demand for price, demand in zip(fair, demands, strict=True)) - earned


def _entering(
    prices: Sequence[float], kinds: int, costs: Sequence[float], penalties: Sequence[float], contents: Sequence[Content]
) -> _Column | None:
    """The variable that lowers the cost most for each unit; None when none does."""
    best, found = -ZERO, None
    for i in range(kinds):
        if prices[i] < best:
            best, found = prices[i], _Column("surplus", i, 0.0, ((i, -1.0),))
        if penalties[i] - prices[i] < best:
            best, found = penalties[i] - prices[i], _Column("missing", i, penalties[i], ((i, 1.0),))
    for b, content in enumerate(contents):
        row = kinds + b
        if -prices[row] < best:
            best, found = -prices[row], _Column("free", b, 0.0, ((row, 1.0),))
        reduced = costs[b] - prices[row] - sum(prices[i] * number for i, number in enumerate(content) if number)
        if reduced < best:
            entries = (*((i, float(number)) for i, number in enumerate(content) if number), (row, 1.0))
            best, found = reduced, _Column("node", b, costs[b], entries, content)
    return found


def _pivot(inverse: list[list[float]], values: list[float], direction: Sequence[float], leaving: int) -> None:
    """The entering variable takes the leaving one's row."""
    scale = 1 / direction[leaving]
    pivot = inverse[leaving] = [number * scale for number in inverse[leaving]]
    values[leaving] *= scale
    amount = values[leaving]
    for r, along in enumerate(direction):
        if r != leaving and abs(along) > ZERO:
            row = inverse[r]
            inverse[r] = [number - along * above for number, above in zip(row, pivot, strict=True)]
            values[r] = max(0.0, values[r] - along * amount)
