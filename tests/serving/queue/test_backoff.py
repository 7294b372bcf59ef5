"""The rest between two attempts."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.queue.backoff import JITTER, MOST_SECONDS, retry_delay

ATTEMPTS = st.integers(1, 10**6)
CHANCES = st.floats(0, 1, exclude_max=True)


@pytest.mark.parametrize(
    ("attempt", "least_seconds", "most_seconds"),
    # 1 s doubled with each attempt, at most 300 s, half of it left to chance: 2 ** 8 = 256, 2 ** 9 = 512
    [(1, 0.5, 1), (2, 1, 2), (3, 2, 4), (9, 128, 256), (10, 150, 300), (1000, 150, 300), (10**9, 150, 300)],
)
def test_a_rest_doubles_until_five_minutes_and_half_of_it_is_chance(
    attempt: int, least_seconds: float, most_seconds: float
) -> None:
    assert retry_delay(attempt, 0.0) == timedelta(seconds=least_seconds)
    assert retry_delay(attempt, 1.0) == timedelta(seconds=most_seconds)


@given(attempt=ATTEMPTS, chance=CHANCES)
def test_every_rest_is_positive_and_bounded(attempt: int, chance: float) -> None:
    assert timedelta(0) < retry_delay(attempt, chance) <= timedelta(seconds=MOST_SECONDS)


@given(attempt=ATTEMPTS, chance=CHANCES, more=CHANCES)
def test_more_attempts_and_more_chance_never_shorten_a_rest(attempt: int, chance: float, more: float) -> None:
    assert retry_delay(attempt, chance) <= retry_delay(attempt + 1, chance)
    assert retry_delay(attempt, min(chance, more)) <= retry_delay(attempt, max(chance, more))


@given(attempt=ATTEMPTS)
def test_jobs_that_failed_together_return_over_half_the_rest(attempt: int) -> None:
    whole = retry_delay(attempt, 1.0)
    assert whole - retry_delay(attempt, 0.0) == pytest.approx(whole * JITTER, abs=timedelta(microseconds=2))
