"""Published runs, with the inputs that they state, and what the simulation makes of the same inputs.

- data-on-eks: awslabs/data-on-eks, ray-batch-inference.md: EKS, g6e.2xlarge (L40S), Karpenter, gpu-operator, Ray Serve and
  vLLM, an image of 11.6 GB, a model of 15 GiB, one run of 2026-07-10. Its stages: pod pending to NodeClaim 13 s, node 40, GPU
  36, image 124 to 131, Ray's container 53, Serve's replica 16, imports 36, weights 17.8, vLLM 33.8.
- The default loop: Prometheus' scrape and KEDA's poll at 30 s, cluster-autoscaler's 30 s for a GPU pod and its scan at 10 s; a
  calculation of the sum of these, not a measurement: p50 66 s, p90 83, p99 93; with 5 s for the first two 41; with Karpenter
  besides 7.
- The minute: a blog's "from the question to the work about a minute" on AKS, nodes stopped with a 6 GB image and a 20 GB model
  on their disk. It states no other number of that run.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lamplighter.domain.pool import Lifecycle
from lamplighter.simulate.record import Lamp, percentile
from lamplighter.simulate.run import simulate
from lamplighter.simulate.scenario import Scenario, Start
from plugins.simulate.worlds import HOUR, cluster, jobs, pool, scaled, worker, world

#: Draws of the loops' phases.
DRAWS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchor:
    """A published number, and the simulated one, in seconds."""

    name: str
    published: float
    simulated: float

    @property
    def error(self) -> float:
        """Of the simulated one, as a part of the published."""
        return self.simulated / self.published - 1


@functools.cache
def anchors() -> tuple[Anchor, ...]:
    """All that are held to 15 %."""
    eks, default = data_on_eks(), control_loop()
    fast = control_loop(scrape_seconds=5.0, poll_seconds=5.0)
    karpenter = control_loop("karpenter", scrape_seconds=5.0, poll_seconds=5.0)
    return (
        Anchor(name="data-on-eks, a fresh node", published=393, simulated=eks["fresh"]),
        Anchor(name="data-on-eks, a warm node", published=150, simulated=eks["warm"]),
        Anchor(name="the default loop until a node is ordered, p50", published=66, simulated=percentile(default, 50)),
        Anchor(name="the default loop until a node is ordered, p90", published=83, simulated=percentile(default, 90)),
        Anchor(name="the default loop until a node is ordered, p99", published=93, simulated=percentile(default, 99)),
        Anchor(name="scrape and poll at 5 s, p50", published=41, simulated=percentile(fast, 50)),
        Anchor(name="scrape and poll at 5 s, Karpenter, p50", published=7, simulated=percentile(karpenter, 50)),
    )


def data_on_eks() -> Mapping[str, float]:
    """Both of its wakes."""
    start = Start(image=127.5, ray=53 + 16 + 36, weights=17.8, engine=33.8)
    fresh = world(worker(start=start), of=pool(boot=40, gpu=36), on=cluster("karpenter"), batch_idle_seconds=13.0)
    warm = replace(fresh, pools={"p": pool(nodes=(1, 4), boot=40, gpu=36)})
    return {"fresh": _wake(fresh).seconds, "warm": _wake(warm).seconds}


def control_loop(autoscaler: str = "cluster-autoscaler", **periods: float) -> list[float]:
    """Seconds from a job to the order of a node, for many phases of the loops."""
    told = _told("prometheus", autoscaler, {"scrape_seconds": 30.0, "poll_seconds": 30.0} | periods)
    return [sum(_wake(told, seed=seed).stages[stage] for stage in ("activation", "autoscaler")) for seed in range(DRAWS)]


def activations(trigger: str = "prometheus", **periods: float) -> list[float]:
    """Seconds from a job to the first replica, for many phases."""
    told = _told(trigger, "cluster-autoscaler", periods)
    return [_wake(told, seed=seed).stages["activation"] for seed in range(DRAWS)]


def _told(trigger: str, autoscaler: str, periods: Mapping[str, float]) -> Scenario:
    return world(worker(scale=scaled(trigger=trigger)), on=cluster(autoscaler), **periods)


def left_of_the_minute(boot_seconds: float) -> float:
    """What a minute leaves for weights, engine and work when a stopped node of AKS boots in so many seconds; images are there.

    The best case of the loops: a push, and the autoscaler's median.
    """
    stopped = pool(lifecycle=Lifecycle.DEALLOCATE, keeps_images=True, boot=boot_seconds, gpu=0)
    nothing = Start(image=0, ray=0, weights=0, engine=0)
    wakes = [_wake(world(worker(start=nothing), of=stopped), seed=seed).seconds for seed in range(DRAWS)]
    return 60.0 - percentile(wakes, 50)


def _wake(scenario: Scenario, seed: int = 1) -> Lamp:
    return simulate(scenario, jobs(1000.0, work=0.0), seconds=HOUR, seed=seed).lamps[0]
