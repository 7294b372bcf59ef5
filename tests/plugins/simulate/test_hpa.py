"""The HPA's arithmetic against the algorithm's page of Kubernetes' documentation, and its memory against hand calculations."""

import pytest

from lamplighter.simulate.hpa import HpaSettings, Recommendations, recommended


@pytest.mark.parametrize(
    ("replicas", "jobs", "expected"),
    [
        (1, 10, 1),
        (1, 11, 1),  # 1.1: within the tolerance
        (1, 12, 2),  # ceil(1.2)
        (4, 36, 4),  # 0.9
        (4, 35, 4),  # ceil(3.5)
        (4, 30, 3),
        (2, 0, 0),
        (0, 50, 0),  # at 0 it does nothing
    ],
)
def test_replicas_for_jobs_at_ten_a_replica(replicas: int, jobs: int, expected: int) -> None:
    assert recommended(replicas, jobs, 10, 0.1) == expected


def test_it_grows_by_four_or_twofold_in_fifteen_seconds() -> None:
    past = Recommendations(HpaSettings())
    assert past.decide(0, 1, 40, 0, 50) == 5
    assert past.decide(15, 5, 40, 0, 50) == 10
    assert past.decide(30, 10, 40, 0, 50) == 20
    assert past.decide(45, 20, 40, 0, 25) == 25


def test_it_shrinks_to_the_most_that_was_recommended_in_five_minutes() -> None:
    past = Recommendations(HpaSettings())
    assert past.decide(0, 4, 4, 0, 10) == 4
    assert past.decide(15, 4, 1, 0, 10) == 4
    assert past.decide(300, 4, 1, 0, 10) == 4
    assert past.decide(301, 4, 1, 0, 10) == 1
