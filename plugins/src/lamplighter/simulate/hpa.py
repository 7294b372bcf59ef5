"""How many replicas the HorizontalPodAutoscaler wants: its arithmetic, with its defaults, for one metric in jobs a replica.

Kubernetes 1.35, pkg/controller/podautoscaler: `replica_calculator.go` (GetExternalPerPodMetricReplicas) and `horizontal.go`
(stabilizeRecommendationWithBehaviors, calculateScaleUpLimitWithScalingRules). It does nothing at 0 replicas.
"""

import math
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class HpaSettings:
    """Defaults: config/v1alpha1/defaults.go of the controller, and DefaultHPAScaleUpRules of pkg/apis/autoscaling/v2."""

    sync_seconds: float = 15.0
    tolerance: float = 0.1
    down_window_seconds: float = 300.0
    up_pods: int = 4
    up_percent: int = 100
    up_period_seconds: float = 15.0


def recommended(replicas: int, jobs: float, jobs_per_replica: int, tolerance: float) -> int:
    """The replicas for that many jobs; the present ones where the difference is within the tolerance."""
    if replicas == 0:
        return 0
    ratio = jobs / (jobs_per_replica * replicas)
    if 1 - tolerance <= ratio <= 1 + tolerance:
        return replicas
    return math.ceil(jobs / jobs_per_replica)


class Recommendations:
    """What was recommended and done of late, as stabilisation and the limit of growth look back on it."""

    def __init__(self, settings: HpaSettings) -> None:
        self._settings = settings
        self._past: deque[tuple[float, int]] = deque()
        self._added: deque[tuple[float, int]] = deque()

    def decide(self, now: float, replicas: int, recommendation: int, least: int, most: int) -> int:
        """The new number of replicas; call it at each sync, with 1 or more replicas."""
        settings = self._settings
        self._past.append((now, recommendation))
        while self._past[0][0] < now - settings.down_window_seconds:
            self._past.popleft()
        stable = recommendation
        if recommendation < replicas:
            stable = min(replicas, max(number for _at, number in self._past))
        while self._added and self._added[0][0] <= now - settings.up_period_seconds:
            self._added.popleft()
        start = replicas - sum(number for _at, number in self._added)
        limit = max(start + settings.up_pods, math.ceil(start * (1 + settings.up_percent / 100)))
        decided = max(1, least, min(stable, most, max(replicas, limit)))
        if decided > replicas:
            self._added.append((now, decided - replicas))
        return decided
