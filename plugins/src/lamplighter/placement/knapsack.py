"""The most valuable content of one lane of a node: which replicas, each at most so often, within a size and a number of pods.

Exact in all cases. Lanes of a node's whole GPUs are small numbers (at most 16) and take a table; shares are all of one size and
take the best first; cards divided by MiB take branch and bound over few kinds of replicas.
"""

from collections.abc import Sequence
from dataclasses import dataclass

#: Up to this capacity a table of all sums is the fastest way; above, sums are too many.
TABLE_CAPACITY = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """A kind of replica: its value, its size, and how many are wanted at most."""

    key: int
    value: float
    size: int
    most: int


def best_content(things: Sequence[Thing], capacity: int, pods: int) -> dict[int, int]:
    """How many of each (by key) make the greatest value. Things without value are left out."""
    useful = [thing for thing in things if thing.value > 0 and thing.most > 0 and thing.size <= capacity]
    if not useful or pods <= 0:
        return {}
    if len({thing.size for thing in useful}) == 1:
        return _equal(useful, min(capacity // useful[0].size, pods))
    if capacity <= TABLE_CAPACITY and pods >= capacity:
        return _table(useful, capacity)
    return _branch(useful, capacity, pods)


def _equal(things: Sequence[Thing], room: int) -> dict[int, int]:
    content: dict[int, int] = {}
    for thing in sorted(things, key=lambda thing: (-thing.value, thing.key)):
        if count := min(room, thing.most):
            content[thing.key] = count
            room -= count
    return content


def _table(things: Sequence[Thing], capacity: int) -> dict[int, int]:
    """Best value and content for every capacity up to the whole, one kind after the other."""
    values = [0.0] * (capacity + 1)
    contents: list[dict[int, int]] = [{} for _ in range(capacity + 1)]
    for thing in things:
        before, held = values[:], contents[:]
        for room in range(thing.size, capacity + 1):
            for count in range(1, min(thing.most, room // thing.size) + 1):
                value = before[room - count * thing.size] + count * thing.value
                if value > values[room]:
                    values[room] = value
                    contents[room] = {**held[room - count * thing.size], thing.key: count}
    return contents[capacity]


def _branch(things: Sequence[Thing], capacity: int, pods: int) -> dict[int, int]:
    """Depth first over kinds, the most value for its size first. A branch ends where parts of replicas would do no better."""
    ordered = sorted(things, key=lambda thing: (-thing.value / thing.size, thing.key))
    best_value, best = 0.0, {}
    most_value = [0.0] * (len(ordered) + 1)
    for index in range(len(ordered) - 1, -1, -1):
        most_value[index] = max(most_value[index + 1], ordered[index].value)

    def bound(index: int, room: int, left: int) -> float:
        total, free = 0.0, room
        for thing in ordered[index:]:
            taken = min(thing.most, free / thing.size)
            total += taken * thing.value
            free -= taken * thing.size  # type: ignore[assignment]
            if taken < thing.most:
                break
        return min(total, left * most_value[index])

    def search(index: int, room: int, left: int, value: float, content: dict[int, int]) -> None:
        nonlocal best_value, best
        if value > best_value:
            best_value, best = value, dict(content)
        if index == len(ordered) or left == 0 or value + bound(index, room, left) <= best_value * (1 + 1e-12):
            return
        thing = ordered[index]
        for count in range(min(thing.most, room // thing.size, left), -1, -1):
            if count:
                content[thing.key] = count
            search(index + 1, room - count * thing.size, left - count, value + count * thing.value, content)
            content.pop(thing.key, None)

    search(0, capacity, pods, 0.0, {})
    return best
