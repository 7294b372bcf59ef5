"""A Prometheus beside the node that scrapes a release's gateway, as the operator of a cluster would set it up."""

from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from cluster.control_plane import answers
from cluster.real_node import RealNode
from cluster.server import Server, server
from cluster.trial import RELEASE


def address(lit: RealNode, port: int) -> str:
    """Where pods and KEDA reach it."""
    return f"http://{lit.machine.address}:{port}"


@contextmanager
def prometheus(lit: RealNode, namespace: str, *, scrape_seconds: int, port: int) -> Iterator[Server]:
    """One that asks the gateway's Service so often."""
    folder = lit.machine.folder / f"prometheus-{port}"
    folder.mkdir()
    # As the operator labels what a ServiceMonitor finds; the chart's query asks for them.
    labels = {"namespace": namespace, "service": f"{RELEASE}-gateway"}
    target = f"{RELEASE}-gateway.{namespace}.svc.cluster.local:8080"
    scrape = {"job_name": "gateway", "static_configs": [{"targets": [target], "labels": labels}]}
    configuration = {"global": {"scrape_interval": f"{scrape_seconds}s"}, "scrape_configs": [scrape]}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
    command = [
        "prometheus",
        f"--config.file={folder}/prometheus.yml",
        f"--web.listen-address={lit.machine.address}:{port}",
        f"--storage.tsdb.path={folder}/data",
    ]

    def ready() -> bool:
        return answers(f"{address(lit, port)}/-/ready")

    with server(command, log=folder / "log", ready=ready, inside=lit.machine.inside) as running:
        yield running
