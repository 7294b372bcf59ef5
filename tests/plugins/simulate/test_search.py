"""The search against the whole grid, which is small enough here to be looked through."""

import itertools
from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.simulate.evolution import evolve
from lamplighter.simulate.search import Outcome, search

BLOCKS = [[{"a": a, "b": b} for a in range(3) for b in range(4)], [{"c": c} for c in range(5)]]
GRID = [{"a": a, "b": b, "c": c} for a, b, c in itertools.product(range(3), range(4), range(5))]

costs = st.lists(st.floats(0, 100), min_size=12, max_size=12)


@given(money=costs, more=st.lists(st.floats(0, 100), min_size=5, max_size=5), seconds=st.integers(0, 11))
def test_where_blocks_add_up_it_finds_the_best_of_all(money: list[float], more: list[float], seconds: int) -> None:
    def attempt(settings: Mapping[str, int]) -> Outcome:
        at = settings["a"] * 4 + settings["b"]
        return Outcome(seconds=10.0 + abs(at - seconds), money=money[at] + more[settings["c"]])

    found = search(GRID[0], BLOCKS, attempt, most_seconds=15.0)
    assert found.outcome.rank(15.0, None) == min(attempt(settings).rank(15.0, None) for settings in GRID)
    assert attempt(found.settings) == found.outcome
    asked = [tuple(sorted(settings.items())) for settings, _outcome in found.trials]
    assert len(asked) == len(set(asked))


@given(table=st.lists(st.floats(0, 100), min_size=60, max_size=60), start=st.integers(0, 59))
def test_it_is_never_worse_than_where_it_began(table: list[float], start: int) -> None:
    def attempt(settings: Mapping[str, int]) -> Outcome:
        at = GRID.index(dict(settings))
        return Outcome(seconds=table[at], money=table[-at])

    found = search(GRID[start], BLOCKS, attempt, most_seconds=50.0, most_money=40.0)
    assert found.outcome.rank(50.0, 40.0) <= attempt(GRID[start]).rank(50.0, 40.0)


def test_limits_come_before_money_and_money_before_speed() -> None:
    kept, dear, slow = (Outcome(seconds=s, money=m) for s, m in ((10.0, 5.0), (5.0, 6.0), (11.0, 1.0)))
    assert kept.rank(10.0, None) < dear.rank(10.0, None) < slow.rank(10.0, None)
    assert slow.rank(10.0, 1.0) < kept.rank(10.0, 1.0)


def test_evolution_finds_what_only_helps_together() -> None:
    """Words and numbers, and a best of all that no single change leads to: 20 apart it costs 2, and 1 alone is worse."""
    axes = {"lifecycle": ["delete", "deallocate", "spot"], "cooldown": list(range(20)), "jobs": list(range(10))}

    def attempt(settings: Mapping[str, int | str]) -> Outcome:
        together = settings["lifecycle"] == "spot" and int(settings["cooldown"]) >= 15
        alone = settings["lifecycle"] == "spot" or int(settings["cooldown"]) >= 15
        return Outcome(seconds=10.0, money=(0.0 if together else 90.0 if alone else 50.0) + abs(int(settings["jobs"]) - 7))

    start = {"lifecycle": "delete", "cooldown": 0, "jobs": 0, "min": 1}
    found = evolve(start, axes, attempt, most_seconds=20.0, seed=1)
    assert found.outcome.money == 0
    assert found.settings["min"] == 1
    assert found == evolve(start, axes, attempt, most_seconds=20.0, seed=1)
    assert found.trials[0][0] == start


@given(money=st.lists(st.floats(0, 100), min_size=12, max_size=12), start=st.integers(0, 11))
@settings(max_examples=10)
def test_evolution_is_never_worse_than_where_it_began(money: list[float], start: int) -> None:
    def attempt(settings: Mapping[str, int | str]) -> Outcome:
        return Outcome(seconds=float("inf") if settings["a"] == 3 else 10.0, money=money[int(settings["a"])])

    found = evolve({"a": start}, {"a": list(range(12))}, attempt, most_seconds=20.0, seed=1)
    assert found.outcome.rank(20.0, None) <= attempt({"a": start}).rank(20.0, None)
