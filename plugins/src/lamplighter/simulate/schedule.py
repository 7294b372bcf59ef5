"""A learned policy: in which hours of the day a replica is lit ahead, and how long one stays after its last job.

The cross-entropy method (Rubinstein 1999) on the simulation: hours and a cooldown are drawn from a table of chances, the best
of the draws move the chances, and so on. Nothing of it knows what a day looks like; it learns that from arrivals, and should be
judged by others than those.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .arrivals import HOURS_A_DAY
from .search import Outcome

#: Draws in a round, how many of them teach, rounds, and how far the chances move: the method's usual ones, small.
DRAWS = 24
ELITE = 5
ROUNDS = 12
STEP = 0.6
#: No chance becomes so small that an hour is never tried again.
LEAST_CHANCE = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """The policy's table."""

    lit_hours: frozenset[int]
    cooldown_seconds: int


def learn(
    cooldowns: Sequence[int], attempt: Callable[[Schedule], Outcome], *, most_seconds: float, seed: int
) -> tuple[Schedule, Outcome]:
    """The best schedule that was tried, no lit hours among them, and what it came to."""
    draw = random.Random(seed)  # noqa: S311 (a search, no secret)
    hours = dict.fromkeys(range(HOURS_A_DAY), 0.3)
    stays = dict.fromkeys(cooldowns, 1.0 / len(cooldowns))
    known: dict[Schedule, Outcome] = {}

    def rank(schedule: Schedule) -> tuple[float, float, float]:
        if schedule not in known:
            known[schedule] = attempt(schedule)
        return known[schedule].rank(most_seconds, None)

    for cooldown in cooldowns:
        rank(Schedule(lit_hours=frozenset(), cooldown_seconds=cooldown))
    for _round in range(ROUNDS):
        drawn = [_drawn(draw, hours, stays) for _number in range(DRAWS)]
        elite = sorted(drawn, key=rank)[:ELITE]
        hours = {hour: _moved(chance, sum(hour in one.lit_hours for one in elite)) for hour, chance in hours.items()}
        stays = {stay: _moved(chance, sum(stay == one.cooldown_seconds for one in elite)) for stay, chance in stays.items()}
    best = min(known, key=rank)
    return best, known[best]


def _drawn(draw: random.Random, hours: Mapping[int, float], stays: Mapping[int, float]) -> Schedule:
    return Schedule(
        lit_hours=frozenset(hour for hour, chance in hours.items() if draw.random() < chance),
        cooldown_seconds=draw.choices(list(stays), list(stays.values()))[0],
    )


def _moved(chance: float, elite: int) -> float:
    return min(1 - LEAST_CHANCE, max(LEAST_CHANCE, (1 - STEP) * chance + STEP * elite / ELITE))
