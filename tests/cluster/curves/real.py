"""Real curves: KEDA, HPA, Deployment controller and scheduler over fake nodes, on which boot, pull and start are delays.

Nodes are ordered here, for pods that found no room, and register their GPU later; kwok makes pods ready after their delay.
"""

import asyncio
import json
import random
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import httpx
import yaml

from charts.render import SERVING, render
from cluster.cluster import Cluster
from cluster.control_plane import answers, control_plane
from cluster.curves.api import api, create, merge, watch
from cluster.curves.curve import Curve
from cluster.curves.queue import Queue, serve_metrics, serve_scaler
from cluster.curves.scenarios import BATCH_SECONDS, DATABASE, LOADS, SCRAPE_SECONDS, Load, new_node, values_of
from cluster.fake_nodes import FAKE, STAGES
from cluster.keda import keda
from cluster.machine import Machine, machine
from cluster.programs import program
from cluster.server import server

RELEASE = "lamplighter"
NAMESPACE = "curves"
#: Seen from the machine: the programs of this process.
SCALER_PORT, METRICS_PORT, PROMETHEUS_PORT = 9190, 9191, 9192
DELAY = "bench.lamplighter.dev/ready-after"
#: Pods become ready after the seconds of their annotation.
POD_STAGE = f"""
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {{name: pod-ready-later}}
spec:
  resourceRef: {{apiGroup: v1, kind: Pod}}
  selector:
    matchExpressions:
      - {{key: .metadata.deletionTimestamp, operator: DoesNotExist}}
      - {{key: .status.phase, operator: In, values: [Pending]}}
  delay:
    durationMilliseconds: 1
    durationFrom: {{expressionFrom: '.metadata.annotations["{DELAY}"]'}}
  next:
"""
#: The runs of a load begin within so many seconds, each at its own phase of the loops.
SPREAD_SECONDS = 20.0
PATIENCE_SECONDS = 400.0


def real_curves(tries: int) -> Mapping[str, list[Curve]]:
    """Curves of every load, by its name; all runs beside each other."""
    runs = {f"{load.name}-{number}": load for load in LOADS for number in range(1, tries + 1)}
    with machine() as host:
        data = host.folder / "control-plane"
        data.mkdir()
        with control_plane(data, host) as kubeconfig:
            cluster = Cluster(kubeconfig=kubeconfig, home=host.folder / "helm")
            cluster.apply_crds()
            with keda(host, cluster), _kwok(host, cluster), _prometheus(host):
                curves = asyncio.run(_measured(host, cluster, runs))
    found: dict[str, list[Curve]] = {}
    for name, load in runs.items():
        found.setdefault(load.name, []).append(curves[name])
    return found


async def _measured(host: Machine, cluster: Cluster, runs: Mapping[str, Load]) -> Mapping[str, Curve]:
    here = _here(host)
    queues = {name: Queue(load) for name, load in runs.items()}
    scaler = await serve_scaler(queues, f"{here}:{SCALER_PORT}")
    metrics = await serve_metrics(queues, here, METRICS_PORT)
    try:
        async with api(yaml.safe_load(cluster.kubeconfig.read_text())) as client:
            for name, load in runs.items():
                for number in range(load.lit_nodes):
                    await create(client, "/api/v1/nodes", new_node(name, number, with_gpu=True))
            await asyncio.to_thread(_install, cluster, here, host, runs)
            async with _followed(client, runs, queues) as (curves, begun, gone):
                await asyncio.gather(*(_run(name, queues[name], begun, gone[name]) for name in runs))
            return curves
    finally:
        await scaler.stop(1)
        metrics.close()


def _install(cluster: Cluster, here: str, host: Machine, runs: Mapping[str, Load]) -> None:
    """The chart's Deployments and ScaledObjects; returns when KEDA has taken them up."""
    values = values_of(runs, f"http://{host.address}:{PROMETHEUS_PORT}")
    objects = render(SERVING, over=values, release=RELEASE, namespace=NAMESPACE).objects
    chosen = []
    for thing in objects:
        worker = thing["metadata"].get("labels", {}).get("lamplighter.dev/worker")
        if thing["kind"] == "ServiceAccount":
            chosen.append(thing)
        elif worker and thing["kind"] == "Deployment":
            template = thing["spec"]["template"]
            template["metadata"].setdefault("annotations", {})[DELAY] = f"{runs[worker].pod_seconds:g}s"
            chosen.append(thing)
        elif worker and thing["kind"] == "ScaledObject":
            for trigger in thing["spec"]["triggers"]:
                if trigger["type"] == "external-push":
                    trigger["metadata"]["scalerAddress"] = f"{here}:{SCALER_PORT}"
            chosen.append(thing)
    cluster.must("create", "namespace", NAMESPACE)
    # KEDA resolves the environment of a pod before it scales it.
    literal = "--from-literal=DATABASE_URL=postgresql://nobody@localhost/none"
    cluster.must("create", "secret", "generic", DATABASE, literal, "--namespace", NAMESPACE)
    complaint = cluster.apply(yaml.safe_dump_all(chosen), NAMESPACE, dry_run=False)
    assert not complaint, complaint
    cluster.must(
        *("wait", "scaledobjects", "--all", "--for=condition=Ready", "--timeout=100s", "--namespace", NAMESPACE),
    )


async def _run(name: str, queue: Queue, begun: dict[str, float], gone: asyncio.Event) -> None:
    """One run, from its first job until its last replica is gone."""
    await asyncio.sleep(random.Random(name).uniform(0, SPREAD_SECONDS))
    begun[name] = asyncio.get_running_loop().time()
    await queue.arrive()
    await asyncio.wait_for(gone.wait(), PATIENCE_SECONDS)


@asynccontextmanager
async def _followed(
    client: httpx.AsyncClient, runs: Mapping[str, Load], queues: Mapping[str, Queue]
) -> AsyncIterator[tuple[dict[str, Curve], dict[str, float], dict[str, asyncio.Event]]]:
    """Watches pods: notes the curves, hands ready replicas to the queues, and orders nodes."""
    curves = {name: Curve() for name in runs}
    begun: dict[str, float] = {}
    gone = {name: asyncio.Event() for name in runs}
    pods: dict[str, dict[str, bool]] = {name: {} for name in runs}
    orders: dict[str, asyncio.Task[None]] = {}
    numbers = {name: load.lit_nodes for name, load in runs.items()}

    async def follow() -> None:
        async for kind, pod in watch(client, f"/api/v1/namespaces/{NAMESPACE}/pods"):
            name = pod["metadata"]["labels"]["lamplighter.dev/worker"]
            staying = kind != "DELETED" and "deletionTimestamp" not in pod["metadata"]
            pods[name].pop(pod["metadata"]["name"], None)
            if staying:
                pods[name][pod["metadata"]["name"]] = _holds(pod, "Ready")
            count = sum(pods[name].values())
            steps = curves[name].steps
            if count != (steps[-1][1] if steps else 0):
                steps.append((asyncio.get_running_loop().time() - begun[name], count))
                await queues[name].pods_are({pod for pod, ready in pods[name].items() if ready})
            if not pods[name] and queues[name].finished:
                gone[name].set()
            uid = pod["metadata"]["uid"]
            if staying and uid not in orders and _is_unplaced(pod) and numbers[name] < runs[name].most:
                orders[uid] = asyncio.create_task(_order(client, name, numbers[name], runs[name]))
                numbers[name] += 1

    following = asyncio.create_task(follow())
    try:
        yield curves, begun, gone
    finally:
        following.cancel()
        for order in orders.values():
            order.cancel()


async def _order(client: httpx.AsyncClient, name: str, number: int, load: Load) -> None:
    """A node for a pod, as a cloud makes it: in the cluster after its boot, its GPU later."""
    await asyncio.sleep(BATCH_SECONDS + load.boot_seconds)
    await create(client, "/api/v1/nodes", new_node(name, number, with_gpu=False))
    await asyncio.sleep(load.gpu_seconds)
    gpus = {"nvidia.com/gpu": "1"}
    await merge(client, f"/api/v1/nodes/{name}-{number}/status", {"status": {"capacity": gpus, "allocatable": gpus}})


def _holds(pod: dict[str, Any], condition: str) -> bool:
    conditions = pod["status"].get("conditions", [])
    return any(one["type"] == condition and one["status"] == "True" for one in conditions)


def _is_unplaced(pod: dict[str, Any]) -> bool:
    """Whether the scheduler found no room for it."""
    conditions = pod["status"].get("conditions", [])
    return any(one["type"] == "PodScheduled" and one.get("reason") == "Unschedulable" for one in conditions)


def _here(host: Machine) -> str:
    """This process' address, seen from the machine: the other end of its link."""
    return str(IPv4Address(host.address) - 1)


@contextmanager
def _kwok(host: Machine, cluster: Cluster) -> Iterator[None]:
    """Makes nodes ready at once and pods after their delay."""
    ready = next(stage for stage in STAGES if stage.stem == "pod-ready")
    later = yaml.safe_load(POD_STAGE)
    later["spec"]["next"] = yaml.safe_load(ready.read_text())["spec"]["next"]
    file = host.folder / "pod-ready-later.yaml"
    file.write_text(yaml.safe_dump(later))
    command = [
        program("kwok"),
        f"--kubeconfig={cluster.kubeconfig}",
        "--manage-all-nodes=false",
        f"--manage-nodes-with-annotation-selector={FAKE}=fake",
        "--node-lease-duration-seconds=40",
        *(f"--config={stage}" for stage in (*(one for one in STAGES if one != ready), file)),
    ]
    with server(command, log=host.folder / "kwok.log", ready=lambda: True, inside=host.inside):
        yield


@contextmanager
def _prometheus(host: Machine) -> Iterator[None]:
    """Scrapes this process, as the operator labels what a ServiceMonitor finds."""
    folder = Path(tempfile.mkdtemp(dir=host.folder))
    labels = {"namespace": NAMESPACE, "service": f"{RELEASE}-gateway"}
    static = [{"targets": [f"{_here(host)}:{METRICS_PORT}"], "labels": labels}]
    interval = f"{SCRAPE_SECONDS:g}s"
    scrape = {"job_name": "queues", "static_configs": static, "scrape_timeout": interval}
    (folder / "prometheus.yml").write_text(json.dumps({"global": {"scrape_interval": interval}, "scrape_configs": [scrape]}))
    address = f"{host.address}:{PROMETHEUS_PORT}"
    command = ["prometheus", f"--config.file={folder}/prometheus.yml", f"--web.listen-address={address}"]
    command.append(f"--storage.tsdb.path={folder}/data")
    with server(command, log=folder / "log", ready=lambda: answers(f"http://{address}/-/ready"), inside=host.inside):
        yield
