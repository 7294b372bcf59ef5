"""The same search with differential evolution, over all settings at once: lifecycles and the order of pools too.

SciPy's (scipy.optimize.differential_evolution) with whole numbers, each the place of a value in its list. It needs no
derivative and no valley to be convex; the seed makes it deterministic. Words have no order that it could follow, so at the end
one setting after the other is tried, from its best and from where it began.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from .search import Found, Outcome, Trials, Value, search

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Candidates for each setting, and generations: a few hundred simulations, most of which were asked for before.
POPULATION = 8
GENERATIONS = 25
#: A rank as one number: what misses a limit weighs more than any money, and money more than seconds.
MISSED_WEIGHT = 1e9
SECONDS_WEIGHT = 1e-6
#: Of settings with which nothing is done.
NEVER = 1e18


def evolve(
    start: Mapping[str, Value],
    axes: Mapping[str, Sequence[Value]],
    attempt: Callable[[Mapping[str, Value]], Outcome],
    *,
    most_seconds: float,
    most_money: float | None = None,
    seed: int,
) -> Found:
    """The best of what was tried, `start` included. `axes`: the values of each setting. Raises ImportError without SciPy."""
    from scipy.optimize import differential_evolution  # noqa: PLC0415 (an extra: only this method needs it)

    trials = Trials(attempt)
    names = [name for name, values in axes.items() if len(values) > 1]

    def settings_of(places: "Sequence[float] | NDArray[float]") -> Mapping[str, Value]:  # type: ignore[type-var]
        only = {name: values[0] for name, values in axes.items() if len(values) == 1}
        return {**start, **only, **{name: axes[name][round(place)] for name, place in zip(names, places, strict=True)}}

    def height(places: "NDArray[float]") -> float:  # type: ignore[type-var]
        missed, money, seconds = trials.outcome_of(settings_of(places)).rank(most_seconds, most_money)
        return min(NEVER, missed * MISSED_WEIGHT + money + seconds * SECONDS_WEIGHT)

    trials.outcome_of(start)
    differential_evolution(
        height,
        [(0, len(axes[name]) - 1) for name in names],
        integrality=[True] * len(names),
        popsize=POPULATION,
        maxiter=GENERATIONS,
        polish=False,
        rng=seed,
    )
    # The first settings come last: a replica that is always lit is fast enough, and hides what else would be.
    blocks = [[{name: value} for value in axes[name]] for name in reversed(names)]
    best, _outcome = min(trials.made, key=lambda made: made[1].rank(most_seconds, most_money))
    for beginning in (best, start):
        search(beginning, blocks, trials.outcome_of, most_seconds=most_seconds, most_money=most_money)
    best, outcome = min(trials.made, key=lambda made: made[1].rank(most_seconds, most_money))
    return Found(settings=best, outcome=outcome, trials=trials.made)
