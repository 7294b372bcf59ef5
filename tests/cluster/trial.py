"""One release of `ci/single-database-values.yaml` on the real node, installed by Helm and reached through its Service."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from charts.render import SERVING, changed
from cluster.cluster import Cluster
from cluster.control_plane import answers
from cluster.node import offer_volume
from cluster.programs import program
from cluster.real_node import TAG, RealNode
from cluster.server import free_ports, server

RELEASE = "lamplighter"
WORKER = f"deployment/{RELEASE}-worker-extract"
GATEWAY = f"deployment/{RELEASE}-gateway"
VALUES = SERVING / "ci" / "single-database-values.yaml"
#: Names of the images that `real_node` brought.
IMAGES = {
    "gateway": {"repository": "localhost/lamplighter-gateway", "tag": TAG},
    "worker": {"repository": "localhost/lamplighter-worker", "tag": f"{TAG}-baked"},
    "postgres": {"repository": "localhost/lamplighter-postgres", "tag": TAG},
}
SECRET = "lamplighter-database"
PASSWORD = "of-a-test"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """An installed one. `address` is its gateway's from here."""

    cluster: Cluster
    namespace: str
    address: str

    def must(self, *arguments: str) -> str:
        """kubectl in its namespace."""
        return self.cluster.must("--namespace", self.namespace, *arguments)

    def new_key(self, tenant: str) -> str:
        """An API key of a tenant of its own, made as the chart's NOTES say."""
        command = ("lamplighter-gateway", "keys", "create", "--tenant", tenant, "--format", "json")
        return str(json.loads(self.must("exec", GATEWAY, "--", *command))["key"])

    def replicas(self) -> int:
        """What KEDA asks for."""
        return int(self.must("get", WORKER, "--output=jsonpath={.spec.replicas}"))

    def wait_for_replicas(self, count: int, within_seconds: int) -> None:
        """Waits until KEDA asks for so many."""
        self.must("wait", WORKER, f"--for=jsonpath={{.spec.replicas}}={count}", f"--timeout={within_seconds}s")

    def worker_pods(self, *conditions: str) -> list[dict[str, Any]]:
        """The worker's pods that are not on their way out."""
        found = json.loads(self.must("get", "pods", "--selector=lamplighter.dev/worker=extract", "--output=json", *conditions))
        return [pod for pod in found["items"] if "deletionTimestamp" not in pod["metadata"]]


@contextmanager
def trial(lit: RealNode, namespace: str, folder: Path, changes: dict[str, Any]) -> Iterator[Trial]:
    """Installs it with changes of its values (None takes a key away), and takes it away afterwards. Logs are in `folder`."""
    cluster = lit.cluster
    offer_volume(lit.machine, cluster)
    address = f"postgresql://lamplighter:{PASSWORD}@{RELEASE}-database:5432/lamplighter"
    literals = (f"--from-literal=POSTGRES_PASSWORD={PASSWORD}", f"--from-literal=DATABASE_URL={address}")
    cluster.must("create", "secret", "generic", SECRET, "--namespace", namespace, *literals)
    values = yaml.safe_dump(changed(yaml.safe_load(VALUES.read_text()), {"images": IMAGES, **changes}))
    arguments = ("--namespace", namespace, "--values=-", "--wait", "--timeout=110s")
    done = cluster.helm(4, "install", RELEASE, str(SERVING), *arguments, stdin=values)
    assert done.returncode == 0, done.stderr + cluster.kubectl("get", "pods,events", "--namespace", namespace).stdout
    (port,) = free_ports(1)
    forward = [program("kubectl"), "port-forward", f"--namespace={namespace}", f"service/{RELEASE}-gateway", f"{port}:8080"]
    gateway = f"http://127.0.0.1:{port}"
    with server(
        forward,
        log=folder / "port-forward.log",
        ready=lambda: answers(f"{gateway}/readyz"),
        environment={"KUBECONFIG": str(cluster.kubeconfig), "NO_PROXY": "*"},
    ):
        yield Trial(cluster=cluster, namespace=namespace, address=gateway)
    done = cluster.helm(4, "uninstall", RELEASE, "--namespace", namespace)
    assert done.returncode == 0, done.stderr
