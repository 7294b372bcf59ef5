"""Adding up tallies of several holders. A rolling update may bring new bucket bounds; nothing counted before is lost then."""

from bisect import bisect_left
from collections.abc import Iterable

from .store import Tally


def add_up(tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    """One tally per (worker, metric, label), in the order they first appear. The newest must come last: its bounds stay."""
    sums: dict[tuple[str, str, str], Tally] = {}
    for tally in tallies:
        key = (tally.worker, tally.metric, tally.label)
        earlier = sums.get(key)
        sums[key] = tally if earlier is None else _add(tally, rebucket(earlier, tally.bounds))
    return tuple(sums.values())


def rebucket(tally: Tally, bounds: tuple[float, ...]) -> Tally:
    """The same counts under other bounds. A bucket goes whole to the first new one that holds all of it."""
    if tally.bounds == bounds:
        return tally
    counts = [0] * (len(bounds) + 1)
    for bound, count in zip((*tally.bounds, float("inf")), tally.counts, strict=True):
        counts[bisect_left(bounds, bound)] += count
    return _with(tally, bounds, tuple(counts), tally.total)


def _add(one: Tally, other: Tally) -> Tally:
    counts = tuple(a + b for a, b in zip(one.counts, other.counts, strict=True))
    return _with(one, one.bounds, counts, one.total + other.total)


def _with(tally: Tally, bounds: tuple[float, ...], counts: tuple[int, ...], total: float) -> Tally:
    return Tally(worker=tally.worker, metric=tally.metric, label=tally.label, bounds=bounds, counts=counts, total=total)
