"""`make bench-activation`: from the commit of a job to the Deployment's first replica, by trigger, with real KEDA.

Four worker classes of one release, each with a trigger of its own, wake several times. No worker starts: they ask for more CPU
than there is, so only gateway, Prometheus, KEDA and API server take part. Writes its table into docs/benchmarks.md.
"""

import json
import random
import ssl
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from bench.__main__ import REPORT, replace_section, section
from bench.figure import Figure
from cluster.control_plane import answers
from cluster.machine import lacking
from cluster.real_node import RealNode, real_node
from cluster.server import server
from cluster.trial import RELEASE, VALUES, Trial, trial
from reliability import invoices

TRIES = 6
PATIENCE_SECONDS = 180.0
#: A replica that is not needed goes after this; between two tries it has to be gone.
COOLDOWN_SECONDS = 3
#: Port of the Prometheus that scrapes every so many seconds.
PROMETHEUS = {5: 9091, 30: 9092}
#: Worker class: trigger, seconds between two scrapes, seconds between two questions of KEDA, what it is called in the table.
CLASSES: Mapping[str, tuple[str, int, int, str]] = {
    "push": ("push", 0, 5, "push"),
    "both": ("both", 5, 5, "push and Prometheus"),
    "tuned": ("prometheus", 5, 5, "Prometheus, scrape 5 s, question 5 s"),
    "seed": ("prometheus", 30, 30, "Prometheus, scrape 30 s, question 30 s"),
}


def main() -> int:
    """Measures, and writes the table."""
    if reason := lacking():
        print(f"bench-activation: {reason}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="lamplighter-activation-") as folder, real_node() as lit:
        seconds = measure(lit, Path(folder))
    figures = [
        Figure(
            what=f"commit of a job → Deployment replicas 1, {CLASSES[name][3]}, median of {len(taken)}",
            ours=f"{statistics.median(taken):.3f} s (at most {max(taken):.3f} s)",
        )
        for name, taken in seconds.items()
    ]
    text = section("activation", figures).replace("`make bench ONLY=activation`", "`make bench-activation`")
    REPORT.write_text(replace_section(REPORT.read_text(encoding="utf-8"), "activation", text), encoding="utf-8")
    print(text)
    return 0


def measure(lit: RealNode, folder: Path) -> Mapping[str, list[float]]:
    """Seconds of every wake, by worker class. The classes wake beside each other."""
    with (
        lit.cluster.namespace() as namespace,
        # Before the release: Helm waits for the ScaledObjects, and they for their Prometheus.
        prometheus(lit, namespace),
        trial(lit, namespace, folder, values(lit)) as release,
        watched_replicas(release) as replicas,
        ThreadPoolExecutor(len(CLASSES)) as threads,
    ):
        # KEDA's chart value for the seed's question; ours is always 5 s.
        patch = json.dumps({"spec": {"pollingInterval": CLASSES["seed"][2]}})
        release.must("patch", "scaledobject", f"{RELEASE}-worker-seed", "--type=merge", f"--patch={patch}")
        key = release.new_key("bench")
        tasks = {name: threads.submit(wakes, release, key, name, replicas) for name in CLASSES}
        return {name: task.result() for name, task in tasks.items()}


def values(lit: RealNode) -> dict[str, Any]:
    """Changes of the release: the four classes in place of the trial's worker."""
    trial_worker = yaml.safe_load(VALUES.read_text())["workers"]["extract"]
    workers: dict[str, Any] = {"extract": None}
    for name, (trigger, scrape_seconds, _, _) in CLASSES.items():
        scale = {**trial_worker["scale"], "trigger": trigger, "cooldownSeconds": COOLDOWN_SECONDS}
        if scrape_seconds:
            scale["prometheus"] = {"serverAddress": f"http://{lit.machine.address}:{PROMETHEUS[scrape_seconds]}"}
        resources = {"requests": {"cpu": "1000", "memory": "1Gi"}}
        workers[name] = {**trial_worker, "scale": scale, "resources": resources}
    schema = invoices.catalog()["extractors"][invoices.EXTRACTOR]["schema"]
    extractors = {"invoice": None, **{name: {"worker": name, "schema": schema} for name in CLASSES}}
    return {"workers": workers, "extractors": extractors, "defaultWorker": "push"}


@contextmanager
def prometheus(lit: RealNode, namespace: str) -> Iterator[None]:
    """One for each scrape interval, beside the node."""
    target = f"{RELEASE}-gateway.{namespace}.svc.cluster.local:8080"
    with ExitStack() as running:
        for scrape_seconds, port in PROMETHEUS.items():
            folder = lit.machine.folder / f"prometheus-{scrape_seconds}"
            folder.mkdir()
            # As the operator labels what a ServiceMonitor finds; the chart's query asks for them.
            labels = {"namespace": namespace, "service": f"{RELEASE}-gateway"}
            scrape = {"job_name": "gateway", "static_configs": [{"targets": [target], "labels": labels}]}
            configuration = {"global": {"scrape_interval": f"{scrape_seconds}s"}, "scrape_configs": [scrape]}
            (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
            address = f"{lit.machine.address}:{port}"
            command = [
                "prometheus",
                f"--config.file={folder}/prometheus.yml",
                f"--web.listen-address={address}",
                f"--storage.tsdb.path={folder}/data",
            ]

            def ready(address: str = address) -> bool:
                return answers(f"http://{address}/-/ready")

            running.enter_context(server(command, log=folder / "log", ready=ready, inside=lit.machine.inside))
        yield


class Replicas:
    """When each Deployment last got the number of replicas that it has."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._known: dict[str, tuple[int, float]] = {}

    def saw(self, name: str, count: int) -> None:
        with self._changed:
            if self._known.get(name, (None,))[0] != count:
                self._known[name] = (count, time.monotonic())
                self._changed.notify_all()

    def since(self, name: str, count: int) -> float:
        """Waits until it has so many, and gives the time at which that began."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: self._known.get(name, (None,))[0] == count, PATIENCE_SECONDS)
            assert arrived, f"{name} has {self._known.get(name)} instead of {count} replicas"
            return self._known[name][1]


@contextmanager
def watched_replicas(release: Trial) -> Iterator[Replicas]:
    """Follows the Deployments' replicas by a watch on the API server."""
    replicas = Replicas()
    access = yaml.safe_load(release.cluster.kubeconfig.read_text())
    place, user = access["clusters"][0]["cluster"], access["users"][0]["user"]
    client = httpx.Client(
        base_url=place["server"],
        headers={"authorization": f"Bearer {user['token']}"},
        verify=ssl.create_default_context(cafile=place["certificate-authority"]),
        timeout=httpx.Timeout(10, read=None),
        trust_env=False,
    )

    def follow() -> None:
        path = f"/apis/apps/v1/namespaces/{release.namespace}/deployments?watch=1"
        try:
            with client.stream("GET", path) as response:
                for line in response.iter_lines():
                    deployment = json.loads(line)["object"]
                    replicas.saw(deployment["metadata"]["name"], deployment["spec"]["replicas"])
        except (httpx.HTTPError, httpx.StreamError):
            # The block has ended and closed the connection; whoever still waits says what was missing.
            return

    watching = threading.Thread(target=follow, daemon=True)
    watching.start()
    try:
        yield replicas
    finally:
        client.close()


def wakes(release: Trial, key: str, name: str, replicas: Replicas) -> list[float]:
    """Submits a job, waits for the replica, takes the job away, waits until it is dark; so many times."""
    chance = random.Random(name)
    deployment = f"{RELEASE}-worker-{name}"
    _, scrape_seconds, question_seconds, _ = CLASSES[name]
    taken = []
    with httpx.Client(base_url=release.address, headers={"authorization": f"Bearer {key}"}, trust_env=False) as client:
        replicas.since(deployment, 0)
        for number in range(TRIES):
            # At any moment between two scrapes and two questions.
            time.sleep(COOLDOWN_SECONDS + chance.uniform(0, max(scrape_seconds, question_seconds)))
            document = {"document": ("bench.txt", invoices.document(number), "text/plain")}
            answer = client.post("/v1/jobs", files=document, data={"extractor": name})
            # The gateway answers after the commit.
            committed = time.monotonic()
            assert answer.status_code == 202, answer.text
            # The push may be faster than the answer's way here.
            taken.append(max(0.0, replicas.since(deployment, 1) - committed))
            assert client.delete(f"/v1/jobs/{answer.json()['id']}").status_code in (200, 202, 204)
            replicas.since(deployment, 0)
    return taken


if __name__ == "__main__":
    sys.exit(main())
