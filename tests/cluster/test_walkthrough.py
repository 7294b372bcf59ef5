"""charts/README.md, tried as a new user would: its own commands, from the images to the first JSON and away again.

What is different from a user's cluster, each named:
- KEDA is there already, as the README allows (processes of the machine: `cluster.keda`).
- No registry: what the README pushes is imported into the node, under the names it would have been pulled by.
- No registry of Docker either: Debian's PostgreSQL stands under the name of Docker's image.
- The storage class has no provisioner, so a volume is there before.
- Port 8080 of this machine may be taken, so another one is forwarded.
"""

import json
import os
from pathlib import Path

import pytest

from charts.render import SERVING
from cluster.cluster import OURS
from cluster.node import load_image, name_image, offer_volume
from cluster.programs import ROOT, program
from cluster.real_node import IMAGES, RealNode
from cluster.server import free_ports
from cluster.walkthrough import blocks, paste

README = SERVING.parent / "README.md"
REGISTRY = "registry.example.com/you"
TRUTH = json.loads((ROOT / "serving" / "samples" / "truth.json").read_text())["invoice-01.pdf"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def test_the_readme_leads_from_an_empty_cluster_to_json_and_away_again(lit: RealNode, tmp_path: Path) -> None:
    offer_volume(lit.machine, lit.cluster)
    keda, build, push, *rest = blocks(README, "## The same with a GPU")
    assert keda.startswith("helm install keda ")
    assert push.startswith(f"registry={REGISTRY}\n")
    environment = _environment(lit, tmp_path)

    paste([build], environment=environment, folder=ROOT, within_seconds=900)
    for archive, known, also in (
        ("gateway", "localhost/lamplighter-gateway:0.1.0", f"{REGISTRY}/lamplighter-gateway:0.1.0"),
        ("worker-baked", "localhost/lamplighter-worker:0.1.0-baked", f"{REGISTRY}/lamplighter-worker:0.1.0-baked"),
        ("postgres", "localhost/lamplighter-postgres:test", "docker.io/library/postgres:18-bookworm"),
    ):
        load_image(lit.machine, IMAGES / f"{archive}.tar")
        name_image(lit.machine, known, also)

    (port,) = free_ports(1)
    rest = [block.replace("8080:8080", f"{port}:8080").replace("localhost:8080", f"localhost:{port}") for block in rest]
    said = paste([f"registry={REGISTRY}\n", *rest], environment=environment, folder=ROOT, within_seconds=900)

    _, _, installed, _, document, *_ = said
    assert "Phase:          Succeeded" in installed
    assert "lamplighter-worker-extract   0/0" in installed
    *_, result = document.splitlines()
    assert json.loads(result)["data"] == TRUTH
    assert lit.cluster.kubectl("get", "namespace", "lamplighter").returncode != 0


def _environment(lit: RealNode, folder: Path) -> dict[str, str]:
    """A shell that finds kubectl and helm under their own names, and the cluster where they look for it."""
    tools = folder / "bin"
    tools.mkdir()
    for name, built in (("kubectl", "kubectl"), ("helm", "helm4")):
        (tools / name).symlink_to(program(built))
    homes = {f"HELM_{kind}_HOME": str(folder / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
    path = f"{tools}:{os.environ['PATH']}"
    return {**os.environ, **homes, "PATH": path, "KUBECONFIG": str(lit.cluster.kubeconfig), "NO_PROXY": f"{OURS},localhost"}
