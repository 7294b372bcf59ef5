"""Every environment variable that the chart sets is one that the programs read, with a value they take."""

from collections.abc import Mapping
from typing import Any

import pytest

from charts.render import DEV_FILES, SERVING, Rendered, minimal, render
from lamplighter_serving.settings import read_gateway_settings, read_worker_settings

#: Set for others: libpq's address, and what Ray and the engines' libraries look at.
NOT_OURS = {"DATABASE_URL", "HOME", "RAY_TMPDIR"}

#: What Kubernetes fills in at start.
DATABASE_URL = "postgresql://queue.example.com/lamplighter"
CPUS = "2"
POD = "lamplighter-worker-extract-0"


class Watched(Mapping[str, str]):
    """An environment that remembers which variables were asked for."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._variables[name]

    def __iter__(self) -> Any:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


@pytest.fixture(scope="module")
def dev() -> Rendered:
    return render(SERVING, *DEV_FILES)


def variables(rendered: Rendered, deployment: str) -> Watched:
    (container,) = rendered.one("Deployment", deployment)["spec"]["template"]["spec"]["containers"]
    found: dict[str, str] = {}
    for entry in container["env"]:
        source = entry.get("valueFrom", {})
        if "secretKeyRef" in source:
            found[entry["name"]] = DATABASE_URL
        elif "resourceFieldRef" in source:
            found[entry["name"]] = CPUS
        elif "fieldRef" in source:
            found[entry["name"]] = POD
        else:
            assert isinstance(entry["value"], str)
            found[entry["name"]] = entry["value"]
    return Watched(found)


def test_the_gateway_reads_every_variable_it_is_given(dev: Rendered) -> None:
    environment = variables(dev, "lamplighter-gateway")
    settings = read_gateway_settings(environment)
    assert set(environment) <= environment.asked | NOT_OURS
    assert settings.database_url == DATABASE_URL
    assert (settings.host, settings.port, settings.scaler_host, settings.scaler_port) == ("0.0.0.0", 8080, "0.0.0.0", 9090)
    assert settings.authentication is True
    assert settings.max_document_bytes == 32 * 1024 * 1024
    assert settings.max_uploads_bytes == 256 * 1024 * 1024
    assert settings.documents_kept.days == 7


def test_the_worker_reads_every_variable_it_is_given(dev: Rendered) -> None:
    environment = variables(dev, "lamplighter-worker-extract")
    settings = read_worker_settings(environment)
    assert set(environment) <= environment.asked | NOT_OURS
    assert settings.worker == "extract"
    assert settings.cpus == 2
    assert settings.grace.total_seconds() == 615
    assert str(settings.model_path) == "/models/smollm2-135m-instruct/SmolLM2-135M-Instruct.Q4_1.gguf"


def test_a_worker_of_several_replicas_knows_its_pod_by_the_name_that_kubernetes_gives_it() -> None:
    rendered = render(SERVING, over=minimal({"workers": {"extract": {"scale": {"max": 2}}}}))
    environment = variables(rendered, "lamplighter-worker-extract")
    pod = read_worker_settings({**environment, "KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}).pod
    assert pod is not None
    assert pod.name == POD
    # Kubernetes' own place, which automountServiceAccountToken fills.
    assert str(pod.credentials) == "/var/run/secrets/kubernetes.io/serviceaccount"


def test_both_find_the_catalog_where_the_chart_mounts_it(dev: Rendered) -> None:
    for deployment in ("lamplighter-gateway", "lamplighter-worker-extract"):
        spec = dev.one("Deployment", deployment)["spec"]["template"]["spec"]
        (mount,) = (mount for mount in spec["containers"][0]["volumeMounts"] if mount["name"] == "catalog")
        path = variables(dev, deployment)["LAMPLIGHTER_CATALOG"]
        folder, _, file = path.rpartition("/")
        assert mount["mountPath"] == folder
        assert file in dev.one("ConfigMap", "lamplighter-catalog")["data"]


def test_networks_for_webhooks_come_through_as_they_were_named() -> None:
    networks = ["10.20.0.0/16", "fd00::/8"]
    rendered = render(SERVING, *DEV_FILES, over={"gateway": {"webhookNetworks": networks}})
    settings = read_gateway_settings(variables(rendered, "lamplighter-gateway"))
    assert [str(each) for each in settings.webhook_networks] == networks
