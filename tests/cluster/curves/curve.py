"""How many replicas are ready when: the curve of a run, and the points on it that are compared."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cluster.curves.scenarios import BATCH_SECONDS, CONCURRENCY, HPA_SYNC_SECONDS, POLL_SECONDS, SCRAPE_SECONDS, Load
from lamplighter.domain.cluster import Cluster
from lamplighter.domain.deployment import Scale
from lamplighter.domain.pool import Boot, GpuPool, Lifecycle
from lamplighter.simulate.arrivals import Arrival
from lamplighter.simulate.hpa import HpaSettings
from lamplighter.simulate.run import simulate
from lamplighter.simulate.scenario import Control, Scenario, SimulatedPool, SimulatedWorker, Start

#: Draws of the loops' phases.
DRAWS = 100
#: Longer than any run here.
SECONDS = 1200.0
#: The first job comes at any phase of the loops.
FIRST_AT = 100.0
DARK = "dark again"


@dataclass(kw_only=True, slots=True)
class Curve:
    """Seconds from the first job, and how many replicas are ready from then on."""

    steps: list[tuple[float, int]] = field(default_factory=list)

    def points(self) -> Mapping[str, float]:
        """When each number of replicas was reached for the first time, and when none was left."""
        found: dict[str, float] = {}
        most = 0
        for at, ready in self.steps:
            for number in range(most + 1, ready + 1):
                found[f"{number} ready"] = at
            most = max(most, ready)
        if self.steps and self.steps[-1][1] == 0:
            found[DARK] = self.steps[-1][0]
        return found


def medians(curves: Sequence[Curve]) -> Mapping[str, float]:
    """Of each point that most of the curves have."""
    found: dict[str, list[float]] = {}
    for curve in curves:
        for point, at in curve.points().items():
            found.setdefault(point, []).append(at)
    return {point: statistics.median(times) for point, times in found.items() if 2 * len(times) > len(curves)}


def simulated(load: Load) -> list[Curve]:
    """The same load in the simulation, for many phases of the loops."""
    arrivals = [Arrival(at=FIRST_AT + at, worker=load.name, work_seconds=load.work_seconds) for at in load.arrivals]
    curves = []
    for seed in range(DRAWS):
        record = simulate(_scenario(load), arrivals, seconds=SECONDS, seed=seed)
        steps = [(step.at - FIRST_AT, step.ready) for step in record.ready if step.worker == load.name]
        curves.append(Curve(steps=steps))
    return curves


def _scenario(load: Load) -> Scenario:
    pool = GpuPool(
        name=load.name,
        chip="t4",
        gpus_per_node=1,
        least_nodes=load.lit_nodes,
        most_nodes=load.most,
        lifecycle=Lifecycle.DELETE,
        boot=Boot(node_seconds=load.boot_seconds, gpu_ready_seconds=load.gpu_seconds),
    )
    worker = SimulatedWorker(
        name=load.name,
        devices=1,
        concurrency=CONCURRENCY,
        scale=Scale(
            least=0,
            most=load.most,
            trigger=load.trigger,
            jobs_per_replica=load.jobs_per_replica,
            cooldown_seconds=load.cooldown_seconds,
            max_job_seconds=600,
        ),
        grace_seconds=630.0,
        starts={load.name: Start(image=load.image_seconds, ray=0.0, weights=0.0, engine=load.start_seconds)},
        image="image",
    )
    return Scenario(
        workers={load.name: worker},
        pools={load.name: SimulatedPool(pool=pool, devices_per_node=1, keeps_images=False, announces=True)},
        cluster=Cluster(autoscaler="karpenter"),
        control=Control(
            poll_seconds=POLL_SECONDS,
            scrape_seconds=SCRAPE_SECONDS,
            batch_idle_seconds=BATCH_SECONDS,
            hpa=HpaSettings(sync_seconds=HPA_SYNC_SECONDS),
        ),
    )
