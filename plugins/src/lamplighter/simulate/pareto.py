"""Which of several is worth a thought: those that no other one beats both in seconds and in money."""

from collections.abc import Sequence


def pareto(points: Sequence[tuple[float, float]]) -> list[bool]:
    """For each point, whether no other one is as good in both numbers and better in one. Smaller is better."""
    return [not any(other[0] <= point[0] and other[1] <= point[1] and other != point for other in points) for point in points]
