"""A cluster with a real node, KEDA and the images of this tree: what the charts meet at a user's."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from cluster.cluster import Cluster
from cluster.control_plane import control_plane_of
from cluster.keda import keda
from cluster.machine import Machine, machine
from cluster.node import load_image, node
from cluster.programs import ROOT
from cluster.server import Server
from lamplighter_serving.engines.llamacpp import find_model

IMAGES = ROOT / ".cache" / "images"
TAG = "test"
OWN_BASE = "localhost/lamplighter-base:bookworm-slim"
MODEL = "smollm2-135m-instruct/SmolLM2-135M-Instruct-Q4_1.gguf"


@dataclass(frozen=True, kw_only=True, slots=True)
class RealNode:
    """The cluster, the machine that is its only node, and every server that runs in it, by the name of its program."""

    cluster: Cluster
    machine: Machine
    servers: Mapping[str, Server]


@contextmanager
def real_node() -> Iterator[RealNode]:
    """Starts all of it. The images are built first, which takes minutes once and seconds afterwards."""
    build_images()
    with machine() as host:
        data = host.folder / "control-plane"
        data.mkdir()
        with control_plane_of(data, host) as plane:
            cluster = Cluster(kubeconfig=plane.kubeconfig, home=host.folder / "helm")
            cluster.apply_crds()
            with node(host, cluster) as of_node, keda(host, cluster) as of_keda:
                for name in ("pause", "gateway", "gateway-next", "worker-baked", "postgres"):
                    load_image(host, IMAGES / f"{name}.tar")
                yield RealNode(cluster=cluster, machine=host, servers={**plane.servers, **of_node, **of_keda})


def build_images() -> None:
    """The gateway's, the worker's with its weights inside, and what a registry has in a user's cluster."""
    weights = IMAGES / "weights"
    target = weights / MODEL
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(find_model(None), target)
    known = subprocess.run(("buildah", "inspect", "--type", "image", OWN_BASE), capture_output=True, check=False)
    if "BASE" not in os.environ and known.returncode != 0:
        _images("base")
    _images("pause", "postgres", DOCKERFILES="tests/cluster/images")
    _images("gateway")
    _images("gateway-next", DOCKERFILES="tests/cluster/images", BASE=f"localhost/lamplighter-gateway:{TAG}")
    _images("worker", WEIGHTS=str(weights))


def _images(*names: str, **environment: str) -> None:
    command = (ROOT / "scripts" / "images", *names)
    environment = {**os.environ, "VERSION": TAG, **environment}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
