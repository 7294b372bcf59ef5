"""Small worlds for the simulation's tests: one pool, one worker, numbers that a test can add up in its head."""

from dataclasses import replace

from lamplighter.domain.cluster import Cluster
from lamplighter.domain.deployment import Scale
from lamplighter.domain.pool import Boot, GpuPool, Lifecycle, Price
from lamplighter.simulate.arrivals import Arrival
from lamplighter.simulate.scenario import Control, Scenario, SimulatedPool, SimulatedWorker, Start

HOUR = 3600.0


def cluster(autoscaler: str | None = "cluster-autoscaler", **more: object) -> Cluster:
    return Cluster(autoscaler=autoscaler, **more)  # type: ignore[arg-type]


def pool(
    *,
    nodes: tuple[int, int] = (0, 4),
    lifecycle: Lifecycle = Lifecycle.DELETE,
    boot: float = 60.0,
    gpu: float = 40.0,
    devices: int = 1,
    keeps_images: bool = False,
    announces: bool = True,
) -> SimulatedPool:
    return SimulatedPool(
        pool=GpuPool(
            name="p",
            chip="t4",
            gpus_per_node=devices,
            least_nodes=nodes[0],
            most_nodes=nodes[1],
            lifecycle=lifecycle,
            price=Price(amount=1.0, currency="EUR"),
            boot=Boot(node_seconds=boot, gpu_ready_seconds=gpu),
        ),
        devices_per_node=devices,
        keeps_images=keeps_images,
        announces=announces,
    )


def worker(
    name: str = "w",
    *,
    scale: Scale | None = None,
    start: Start | None = None,
    concurrency: int = 1,
    grace: float = 630.0,
    counts_running: bool = True,
) -> SimulatedWorker:
    return SimulatedWorker(
        name=name,
        devices=1,
        concurrency=concurrency,
        scale=scale or scaled(),
        grace_seconds=grace,
        starts={"p": start or Start(image=100.0, ray=5.0, weights=20.0, engine=35.0)},
        image="i",
        metric_counts_running=counts_running,
    )


def scaled(*, least: int = 0, most: int = 4, trigger: str = "push", jobs: int = 10, cooldown: int = 300) -> Scale:
    return Scale(least=least, most=most, trigger=trigger, jobs_per_replica=jobs, cooldown_seconds=cooldown, max_job_seconds=600)


def world(*workers: SimulatedWorker, of: SimulatedPool | None = None, on: Cluster | None = None, **control: object) -> Scenario:
    return Scenario(
        workers={one.name: one for one in workers or (worker(),)},
        pools={"p": of or pool()},
        cluster=on or cluster(),
        control=replace(Control(), **control),  # type: ignore[arg-type]
    )


def jobs(*times: float, worker: str = "w", work: float = 10.0) -> list[Arrival]:
    return [Arrival(at=at, worker=worker, work_seconds=work) for at in times]
