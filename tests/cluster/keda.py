"""KEDA's operator, metrics adapter and webhooks as processes of the machine, from the modules whose CRDs the tests apply.

Unlike the pods of KEDA's own chart they act as the cluster's administrator, and they are reached by an address instead of a
Service with a selector.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from cluster.certificates import Authority
from cluster.cluster import Cluster
from cluster.control_plane import answers
from cluster.machine import Machine
from cluster.programs import program
from cluster.server import Server, server

NAMESPACE = "keda"
METRICS = "keda-operator-metrics-apiserver"
ADAPTER_PORT, ADAPTER_METRICS_PORT = 6443, 8085
OPERATOR_METRICS_PORT, OPERATOR_HEALTH_PORT, OPERATOR_GRPC_PORT = 8083, 8084, 9666
WEBHOOKS_PORT, WEBHOOKS_METRICS_PORT, WEBHOOKS_HEALTH_PORT = 9443, 8086, 8087


@contextmanager
def keda(machine: Machine, cluster: Cluster) -> Iterator[Mapping[str, Server]]:
    """Starts all three, and returns when the API server sees KEDA's metrics. Gives them by the names of their programs."""
    folder = machine.folder / "keda"
    folder.mkdir()
    _certificates(folder, machine)
    cluster.must("create", "namespace", NAMESPACE)
    environment = {
        "KEDA_CLUSTER_OBJECT_NAMESPACE": NAMESPACE,
        "POD_NAMESPACE": NAMESPACE,
        "WATCH_NAMESPACE": "",
        "KUBECONFIG": str(cluster.kubeconfig),
        "NO_PROXY": "*",
        "no_proxy": "*",
    }

    def operator_is_ready() -> bool:
        return answers(f"http://{machine.address}:{OPERATOR_HEALTH_PORT}/readyz")

    def metrics_are_there() -> bool:
        apiservice = "apiservice/v1beta1.external.metrics.k8s.io"
        return cluster.kubectl("wait", apiservice, "--for=condition=Available", "--timeout=1s").returncode == 0

    def webhooks_are_ready() -> bool:
        return answers(f"http://{machine.address}:{WEBHOOKS_HEALTH_PORT}/readyz")

    _register(folder, machine, cluster)
    servers = {}
    with ExitStack() as running:
        for command, ready in (
            (_operator(folder, machine), operator_is_ready),
            (_adapter(folder, cluster), metrics_are_there),
            (_webhooks(folder, machine), webhooks_are_ready),
        ):
            name = Path(command[0]).name
            log = folder / f"{name}.log"
            servers[name] = running.enter_context(
                server(command, log=log, ready=ready, inside=machine.inside, environment=environment)
            )
        yield servers


def _certificates(folder: Path, machine: Machine) -> None:
    """Of one authority, by the names that KEDA's programs look for."""
    authority = Authority(folder, "ca")
    made = authority.issue("tls", hosts=("localhost", "127.0.0.1", machine.address))
    assert (made.certificate.name, made.key.name) == ("tls.crt", "tls.key")


def _operator(folder: Path, machine: Machine) -> list[str]:
    return [
        program("keda-operator"),
        "--leader-elect=false",
        "--enable-cert-rotation=false",
        f"--cert-dir={folder}",
        f"--ca-dir={folder}",
        f"--metrics-bind-address={machine.address}:{OPERATOR_METRICS_PORT}",
        f"--health-probe-bind-address={machine.address}:{OPERATOR_HEALTH_PORT}",
        f"--metrics-service-bind-address=127.0.0.1:{OPERATOR_GRPC_PORT}",
    ]


def _adapter(folder: Path, cluster: Cluster) -> list[str]:
    return [
        program("keda-adapter"),
        f"--secure-port={ADAPTER_PORT}",
        f"--cert-dir={folder}",
        f"--tls-cert-file={folder / 'tls.crt'}",
        f"--tls-private-key-file={folder / 'tls.key'}",
        *(f"--{use}-kubeconfig={cluster.kubeconfig}" for use in ("lister", "authentication", "authorization")),
        f"--metrics-service-address=localhost:{OPERATOR_GRPC_PORT}",
        f"--port={ADAPTER_METRICS_PORT}",
    ]


def _webhooks(folder: Path, machine: Machine) -> list[str]:
    return [
        program("keda-webhooks"),
        f"--cert-dir={folder}",
        f"--port={WEBHOOKS_PORT}",
        f"--metrics-bind-address={machine.address}:{WEBHOOKS_METRICS_PORT}",
        f"--health-probe-bind-address={machine.address}:{WEBHOOKS_HEALTH_PORT}",
    ]


def _register(folder: Path, machine: Machine, cluster: Cluster) -> None:
    """Tells the API server who answers for external metrics, and who judges ScaledObjects."""
    path = "/validate-keda-sh-v1alpha1-scaledobject"
    objects = [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": METRICS, "namespace": NAMESPACE},
            "spec": {"type": "ExternalName", "externalName": "localhost", "ports": [{"name": "https", "port": ADAPTER_PORT}]},
        },
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": "v1beta1.external.metrics.k8s.io"},
            "spec": {
                "group": "external.metrics.k8s.io",
                "version": "v1beta1",
                "service": {"name": METRICS, "namespace": NAMESPACE, "port": ADAPTER_PORT},
                "insecureSkipTLSVerify": True,
                "groupPriorityMinimum": 100,
                "versionPriority": 100,
            },
        },
        {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "keda-admission"},
            "webhooks": [
                {
                    "name": "vscaledobject.kb.io",
                    "admissionReviewVersions": ["v1"],
                    "sideEffects": "None",
                    "clientConfig": {
                        "url": f"https://{machine.address}:{WEBHOOKS_PORT}{path}",
                        "caBundle": base64.b64encode((folder / "ca.crt").read_bytes()).decode(),
                    },
                    "rules": [
                        {
                            "apiGroups": ["keda.sh"],
                            "apiVersions": ["v1alpha1"],
                            "operations": ["CREATE", "UPDATE"],
                            "resources": ["scaledobjects"],
                        }
                    ],
                }
            ],
        },
    ]
    listed = {"apiVersion": "v1", "kind": "List", "items": objects}
    cluster.must("apply", "--server-side", "--filename=-", stdin=json.dumps(listed))
