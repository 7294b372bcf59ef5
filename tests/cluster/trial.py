"""One release of `ci/single-database-values.yaml` on the real node, installed by Helm and reached through its Service."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml

from charts.render import SERVING, changed
from cluster.cluster import Cluster
from cluster.control_plane import answers
from cluster.node import offer_volume
from cluster.real_node import TAG, RealNode
from reliability.member import wait_until

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
    """An installed one. `address` is its gateway's from here and `database_url` its database's, both through Services."""

    cluster: Cluster
    namespace: str
    address: str
    database_url: str

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
def trial(lit: RealNode, namespace: str, changes: dict[str, Any]) -> Iterator[Trial]:
    """Installs it with changes of its values (None takes a key away), and takes it away afterwards."""
    cluster = lit.cluster
    offer_volume(lit.machine, cluster)
    address = f"postgresql://lamplighter:{PASSWORD}@{RELEASE}-database:5432/lamplighter"
    literals = (f"--from-literal=POSTGRES_PASSWORD={PASSWORD}", f"--from-literal=DATABASE_URL={address}")
    cluster.must("create", "secret", "generic", SECRET, "--namespace", namespace, *literals)
    done = cluster.helm(4, "install", RELEASE, str(SERVING), *arguments(namespace), stdin=values(changes))
    assert done.returncode == 0, done.stderr + cluster.kubectl("get", "pods,events", "--namespace", namespace).stdout
    installed = Trial(
        cluster=cluster,
        namespace=namespace,
        address=f"http://{outside(lit, namespace, f'{RELEASE}-gateway', 8080)}",
        database_url=f"postgresql://lamplighter:{PASSWORD}@{outside(lit, namespace, f'{RELEASE}-database', 5432)}/lamplighter",
    )
    wait_until("the gateway answers through its Service", lambda: answers(f"{installed.address}/readyz"))
    yield installed
    done = cluster.helm(4, "uninstall", RELEASE, "--namespace", namespace)
    assert done.returncode == 0, done.stderr


def values(changes: dict[str, Any]) -> str:
    """The release's values as a file."""
    return yaml.safe_dump(changed(yaml.safe_load(VALUES.read_text()), {"images": IMAGES, **changes}))


def arguments(namespace: str) -> tuple[str, ...]:
    """Of `helm install` and `helm upgrade`, whose values come by stdin."""
    return ("--namespace", namespace, "--values=-", "--wait", "--timeout=110s")


def outside(lit: RealNode, namespace: str, service: str, port: int) -> str:
    """Host and port by which a Service is reached from this machine: on a port of the node, through kube-proxy's rules."""
    name = f"{service}-outside"
    made = ("--type=NodePort", f"--name={name}", f"--port={port}", f"--namespace={namespace}")
    lit.cluster.must("expose", "service", service, *made)
    node_port = lit.cluster.get("service", name, namespace)["spec"]["ports"][0]["nodePort"]
    return f"{lit.machine.address}:{node_port}"
