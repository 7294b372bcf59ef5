"""`make bench-activation`: from the commit of a job to the Deployment's first replica, by trigger, with real KEDA.

Four worker classes of one release, each with a trigger of its own, wake several times. No worker starts: they ask for more CPU
than there is, so only gateway, Prometheus, KEDA and API server take part. Writes its table into docs/benchmarks.md.
"""

import json
import random
import statistics
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import yaml

from bench.__main__ import REPORT, replace_section, section
from bench.figure import Figure
from cluster.machine import lacking
from cluster.prometheus import address, prometheus
from cluster.real_node import RealNode, real_node
from cluster.replicas import Replicas, watched_replicas
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
    with real_node() as lit:
        seconds = measure(lit)
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


def measure(lit: RealNode) -> Mapping[str, list[float]]:
    """Seconds of every wake, by worker class. The classes wake beside each other."""
    with (
        lit.cluster.namespace() as namespace,
        # Before the release: Helm waits for the ScaledObjects, and they for their Prometheus.
        prometheus(lit, namespace, scrape_seconds=5, port=PROMETHEUS[5]),
        prometheus(lit, namespace, scrape_seconds=30, port=PROMETHEUS[30]),
        trial(lit, namespace, values(lit)) as release,
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
            scale["prometheus"] = {"serverAddress": address(lit, PROMETHEUS[scrape_seconds])}
        resources = {"requests": {"cpu": "1000", "memory": "1Gi"}}
        workers[name] = {**trial_worker, "scale": scale, "resources": resources}
    schema = invoices.catalog()["extractors"][invoices.EXTRACTOR]["schema"]
    extractors = {"invoice": None, **{name: {"worker": name, "schema": schema} for name in CLASSES}}
    return {"workers": workers, "extractors": extractors, "defaultWorker": "push"}


def wakes(release: Trial, key: str, name: str, replicas: Replicas) -> list[float]:
    """Submits a job, waits for the replica, takes the job away, waits until it is dark; so many times."""
    chance = random.Random(name)
    deployment = f"{RELEASE}-worker-{name}"
    _, scrape_seconds, question_seconds, _ = CLASSES[name]
    taken = []
    with httpx.Client(base_url=release.address, headers={"authorization": f"Bearer {key}"}, trust_env=False) as client:
        replicas.since(deployment, 0, PATIENCE_SECONDS)
        for number in range(TRIES):
            # At any moment between two scrapes and two questions.
            time.sleep(COOLDOWN_SECONDS + chance.uniform(0, max(scrape_seconds, question_seconds)))
            document = {"document": ("bench.txt", invoices.document(number), "text/plain")}
            answer = client.post("/v1/jobs", files=document, data={"extractor": name})
            # The gateway answers after the commit.
            committed = time.monotonic()
            assert answer.status_code == 202, answer.text
            # The push may be faster than the answer's way here.
            taken.append(max(0.0, replicas.since(deployment, 1, PATIENCE_SECONDS) - committed))
            assert client.delete(f"/v1/jobs/{answer.json()['id']}").status_code in (200, 202, 204)
            replicas.since(deployment, 0, PATIENCE_SECONDS)
    return taken


if __name__ == "__main__":
    sys.exit(main())
