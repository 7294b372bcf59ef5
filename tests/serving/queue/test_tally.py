"""Counters and histograms of several holders, added."""

import math
from bisect import bisect_left
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.queue.store import Tally
from lamplighter_serving.queue.tally import add_up, rebucket

BOUNDS = st.lists(st.integers(1, 50).map(float), max_size=6, unique=True).map(lambda bounds: tuple(sorted(bounds)))


@st.composite
def observed(draw: st.DrawFn) -> tuple[Tally, list[int]]:
    """A histogram and the observations it was made of."""
    bounds = draw(BOUNDS)
    values = draw(st.lists(st.integers(0, 60), max_size=20))
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[bisect_left(bounds, value)] += 1
    name = {"worker": draw(st.sampled_from("ab")), "metric": "seconds", "label": ""}
    return Tally(**name, bounds=bounds, counts=tuple(counts), total=float(sum(values))), values


def up_to(tally: Tally, bound: float) -> int:
    """The cumulative count of a bucket, as Prometheus tells it."""
    return sum(count for each, count in zip((*tally.bounds, math.inf), tally.counts, strict=True) if each <= bound)


@given(given_=observed(), bounds=BOUNDS)
def test_other_bounds_keep_every_count_and_never_claim_a_value_lower_than_it_was(
    given_: tuple[Tally, list[int]], bounds: tuple[float, ...]
) -> None:
    tally, values = given_
    moved = rebucket(tally, bounds)
    assert (moved.bounds, moved.total, sum(moved.counts)) == (bounds, tally.total, len(values))
    for bound in bounds:
        assert up_to(moved, bound) <= sum(value <= bound for value in values)
        # Where both have the bound, nothing is lost.
        if bound in tally.bounds:
            assert up_to(moved, bound) == sum(value <= bound for value in values)


@given(given_=observed())
def test_the_same_bounds_change_nothing(given_: tuple[Tally, list[int]]) -> None:
    assert rebucket(given_[0], given_[0].bounds) == given_[0]


@given(all_=st.lists(observed(), max_size=8))
def test_a_sum_has_every_observation_once_under_the_newest_bounds(all_: list[tuple[Tally, list[int]]]) -> None:
    sums = {tally.worker: tally for tally in add_up(tally for tally, _ in all_)}
    assert set(sums) == {tally.worker for tally, _ in all_}
    for worker, tally in sums.items():
        own = [(each, values) for each, values in all_ if each.worker == worker]
        assert tally.bounds == own[-1][0].bounds
        assert sum(tally.counts) == sum(len(values) for _, values in own)
        assert Fraction(tally.total) == sum(sum(values) for _, values in own)


@given(one=observed(), other=observed())
def test_the_order_of_holders_with_the_same_bounds_does_not_matter(
    one: tuple[Tally, list[int]], other: tuple[Tally, list[int]]
) -> None:
    first, second = one[0], rebucket(other[0], one[0].bounds)
    assert set(add_up([first, second])) == set(add_up([second, first]))


def test_counters_are_added_and_kept_apart_by_name() -> None:
    def counter(label: str, total: float, worker: str = "a") -> Tally:
        return Tally(worker=worker, metric="pages", label=label, bounds=(), counts=(0,), total=total)

    tallies = [counter("x", 1.0), counter("y", 2.0), counter("x", 4.0), counter("x", 8.0, worker="b")]
    assert add_up(tallies) == (counter("x", 5.0), counter("y", 2.0), counter("x", 8.0, worker="b"))


def test_no_tallies_are_no_sums() -> None:
    assert add_up([]) == ()
