"""`make bench-outages`: something of a cluster goes away and comes back, while the lamps are dark and while jobs run.

Three worker classes of one release, one for each trigger, have the same done to them at the same time. Their workers are real
pods with a scripted engine. Writes its table into docs/reliability.md; what is asserted is the outcome: every job is done
once, and no lamp goes out over its jobs.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

from cluster.control_plane import answers
from cluster.machine import lacking
from cluster.prometheus import address, prometheus
from cluster.real_node import RealNode, real_node
from cluster.replicas import Replicas, watched_replicas
from cluster.report import write_table
from cluster.server import Server
from cluster.trial import GATEWAY, RELEASE, VALUES, Trial, trial
from reliability import invoices
from reliability.audit import Account, account
from reliability.client import PatientClient
from reliability.member import wait_until

SECTION = "Outages on a real node"
#: Worker class and trigger in one word.
TRIGGERS = ("push", "prometheus", "both")
SCRAPE_SECONDS = 5
PORT = 9091
COOLDOWN_SECONDS = 10
#: Jobs of each class that are under way during the second outage; with the delay below they outlast the longest.
JOBS = 24
DELAY_SECONDS = 0.8
PATIENCE_SECONDS = 300.0
COLUMNS = (
    "what was away",
    "trigger",
    "dark: commit to replica, s",
    "dark: replica after the return, s",
    "dark: first result after the commit, s",
    "dark again after that job, s",
    "busy: fewest replicas",
    "busy: jobs done of acknowledged",
    "busy: attempts lost",
    "dark again after the last job, s",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What an outage needs to be brought about, and what is looked at."""

    lit: RealNode
    release: Trial
    prometheus: Server
    replicas: Replicas
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """`seconds` is how long it lasts, between `begin` and `end`."""

    what: str
    seconds: float
    begin: Callable[[Scene], None]
    end: Callable[[Scene], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wake:
    """One class through an outage while it is dark. Monotonic seconds."""

    committed: float
    replica: float
    done: float
    dark: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """One class through an outage while it works. `dark_after`: seconds from the last job's end."""

    acknowledged: int
    account: Account
    fewest: int
    dark_after: float


def _gateway_goes(scene: Scene) -> None:
    scene.release.must("scale", GATEWAY, "--replicas=0")
    scene.release.must("wait", "pod", "--selector=app.kubernetes.io/component=gateway", "--for=delete", "--timeout=90s")


def _gateway_returns(scene: Scene) -> None:
    scene.release.must("scale", GATEWAY, "--replicas=1")
    wait_until("the gateway is back", lambda: answers(f"{scene.release.address}/readyz"))


def _database_goes(scene: Scene) -> None:
    scene.release.must("scale", f"statefulset/{RELEASE}-database", "--replicas=0")
    scene.release.must("wait", "pod", f"{RELEASE}-database-0", "--for=delete", "--timeout=90s")


def _database_returns(scene: Scene) -> None:
    scene.release.must("scale", f"statefulset/{RELEASE}-database", "--replicas=1")
    wait_until("the gateway is ready again", lambda: answers(f"{scene.release.address}/readyz"))


def _server(name: str) -> tuple[Callable[[Scene], None], Callable[[Scene], None]]:
    return lambda scene: scene.lit.servers[name].stop(), lambda scene: scene.lit.servers[name].start()


OUTAGES: Mapping[str, Outage] = {
    "nothing": Outage(what="nothing", seconds=0, begin=lambda _: None, end=lambda _: None),
    "prometheus": Outage(
        what="Prometheus, 60 s", seconds=60, begin=lambda s: s.prometheus.stop(), end=lambda s: s.prometheus.start()
    ),
    "gateway": Outage(what="the gateway, 3 s", seconds=3, begin=_gateway_goes, end=_gateway_returns),
    "gateway-long": Outage(what="the gateway, 40 s", seconds=40, begin=_gateway_goes, end=_gateway_returns),
    "database": Outage(what="PostgreSQL, 5 s", seconds=5, begin=_database_goes, end=_database_returns),
    "keda": Outage(
        what="KEDA's operator, 10 s", seconds=10, begin=_server("keda-operator")[0], end=_server("keda-operator")[1]
    ),
    "api": Outage(
        what="the API server, 10 s", seconds=10, begin=_server("kube-apiserver")[0], end=_server("kube-apiserver")[1]
    ),
}


def main() -> int:
    """Measures all, or those that are named, and writes the table when it has all."""
    if reason := lacking():
        print(f"bench-outages: {reason}", file=sys.stderr)
        return 2
    chosen = sys.argv[1:] or list(OUTAGES)
    if unknown := [name for name in chosen if name not in OUTAGES]:
        print(f"bench-outages: {unknown[0]!r} is not one of: {', '.join(OUTAGES)}", file=sys.stderr)
        return 2
    rows: list[Sequence[object]] = []
    with real_node() as lit, scene(lit) as stage:
        for name in chosen:
            rows += through(stage, name, OUTAGES[name])
            for row in rows[-len(TRIGGERS) :]:
                print(*row, sep=" | ", file=sys.stderr, flush=True)
    if len(chosen) == len(OUTAGES):
        write_table(SECTION, COLUMNS, rows)
    return 0


@contextmanager
def scene(lit: RealNode) -> Iterator[Scene]:
    """The release with its three classes, all dark."""
    with (
        lit.cluster.namespace() as namespace,
        # Before the release: Helm waits for the ScaledObjects, and they for their Prometheus.
        prometheus(lit, namespace, scrape_seconds=SCRAPE_SECONDS, port=PORT) as running,
        trial(lit, namespace, values(lit)) as release,
        watched_replicas(release) as replicas,
    ):
        yield Scene(lit=lit, release=release, prometheus=running, replicas=replicas, key=release.new_key("outages"))


def values(lit: RealNode) -> dict[str, Any]:
    """Changes of the release: a class for each trigger in place of the trial's worker."""
    worker = yaml.safe_load(VALUES.read_text())["workers"]["extract"]
    (model,) = worker["models"].values()
    model |= {"engine": "scripted", "engineOptions": {"delaySeconds": DELAY_SECONDS}}
    worker["resources"] = {"requests": {"cpu": "250m", "memory": "768Mi"}}
    entry = invoices.catalog()["extractors"][invoices.EXTRACTOR]
    workers: dict[str, Any] = {"extract": None}
    for trigger in TRIGGERS:
        scale = {**worker["scale"], "trigger": trigger, "cooldownSeconds": COOLDOWN_SECONDS, "maxJobSeconds": 120}
        if trigger != "push":
            scale["prometheus"] = {"serverAddress": address(lit, PORT)}
        workers[trigger] = {**worker, "scale": scale}
    extractors = {"invoice": None, **{trigger: {**entry, "worker": trigger} for trigger in TRIGGERS}}
    return {"workers": workers, "extractors": extractors, "defaultWorker": "push"}


def through(scene: Scene, name: str, outage: Outage) -> list[Sequence[object]]:
    """One outage while all is dark, and again while all work: a row for each trigger."""
    with ThreadPoolExecutor(len(TRIGGERS)) as threads:
        outage.begin(scene)
        tasks = {trigger: threads.submit(_wake, scene, trigger) for trigger in TRIGGERS}
        time.sleep(outage.seconds)
        outage.end(scene)
        returned = time.monotonic()
        wakes = {trigger: task.result() for trigger, task in tasks.items()}

        keys = {trigger: scene.release.new_key(f"{name}-{trigger}") for trigger in TRIGGERS}
        begun = {trigger: threads.submit(_begin, scene, trigger, keys[trigger]) for trigger in TRIGGERS}
        submitted = {trigger: task.result() for trigger, task in begun.items()}
        outage.begin(scene)
        ends = {trigger: threads.submit(_finish, scene, trigger, keys[trigger], submitted[trigger]) for trigger in TRIGGERS}
        time.sleep(outage.seconds)
        outage.end(scene)
        works = {trigger: task.result() for trigger, task in ends.items()}
    return [_row(outage, trigger, wakes[trigger], returned, works[trigger]) for trigger in TRIGGERS]


def _wake(scene: Scene, trigger: str) -> Wake:
    """Submits one job as soon as somebody takes it, and follows the lamp until it is dark again."""
    deployment = f"{RELEASE}-worker-{trigger}"
    with PatientClient([scene.release.address], scene.key) as client:
        job_id = client.submit(invoices.document(0), "0.txt", trigger)
        committed = time.monotonic()
        replica = scene.replicas.since(deployment, 1, PATIENCE_SECONDS)
        client.follow(job_id)
        done = time.monotonic()
        return Wake(committed=committed, replica=replica, done=done, dark=scene.replicas.since(deployment, 0, PATIENCE_SECONDS))


def _begin(scene: Scene, trigger: str, key: str) -> Mapping[str, int]:
    """Submits the jobs, and waits until one is done: the worker is in the middle of the others."""
    with PatientClient([scene.release.address], key) as client:
        submitted = {client.submit(invoices.document(number), f"{number}.txt", trigger): number for number in range(JOBS)}
        client.wait(next(iter(submitted)))
        return submitted


def _finish(scene: Scene, trigger: str, key: str, submitted: Mapping[str, int]) -> Work:
    deployment = f"{RELEASE}-worker-{trigger}"
    began = time.monotonic()
    with PatientClient([scene.release.address], key) as client:
        streams = {job_id: client.follow(job_id) for job_id in submitted}
        ended = time.monotonic()
        fewest = min(scene.replicas.between(deployment, began, ended))
        found = account(client, submitted, streams)
    assert found.wrong == (), found.wrong
    assert found.right_answers == JOBS
    assert fewest > 0, f"{trigger}: the lamp went out over its jobs"
    dark = scene.replicas.since(deployment, 0, PATIENCE_SECONDS)
    return Work(acknowledged=len(submitted), account=found, fewest=fewest, dark_after=dark - ended)


def _row(outage: Outage, trigger: str, wake: Wake, returned: float, work: Work) -> Sequence[object]:
    return (
        outage.what,
        trigger,
        f"{max(0.0, wake.replica - wake.committed):.2f}",
        f"{wake.replica - returned:.1f}" if wake.replica > returned else "before it",
        f"{wake.done - wake.committed:.0f}",
        f"{wake.dark - wake.done:.0f}",
        work.fewest,
        f"{work.account.done} of {work.acknowledged}",
        work.account.lost_attempts,
        f"{work.dark_after:.0f}",
    )


if __name__ == "__main__":
    sys.exit(main())
