"""From a commit to JSON: Argo CD brings an environment out of git, KEDA lights a real worker pod, a document is answered.

The fixtures of `tests/gitops` are the Argo CD and the repository; the environment is `dev` with a PostgreSQL of its own.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cluster.node import offer_volume
from cluster.programs import CACHE, ROOT
from cluster.real_node import MODEL, RealNode
from cluster.trial import GATEWAY, IMAGES, PASSWORD, RELEASE, SECRET, outside
from gitops.api import api_of
from gitops.argocd import NAMESPACE, argo_cd, cluster_secret
from gitops.repository import Repository, new_repository
from gitops.world import World, settled
from reliability.client import PatientClient

APPLICATION = "serving-dev"
#: What scripts/cluster-tools says last of Argo CD.
BUILT = CACHE / "built" / "argocd-files"
SAMPLE = "invoice-01.pdf"
SAMPLES = ROOT / "serving" / "samples"
TRUTH = json.loads((SAMPLES / "truth.json").read_text())[SAMPLE]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def world(lit: RealNode, tmp_path: Path) -> Iterator[World]:
    """Argo CD beside the node, and a repository without the environment `dev`, whose folder is beside it."""
    if not BUILT.exists() or shutil.which("redis-server") is None:
        pytest.skip("needs Argo CD: run scripts/system-packages gitops and scripts/cluster-tools argocd")
    folders = {name: tmp_path / name for name in ("repository", "argocd")}
    for folder in folders.values():
        folder.mkdir()
    repository = new_repository(folders["repository"])
    shutil.move(repository.folder / "environments" / "dev", tmp_path / "dev")
    repository.commit("Without dev")
    cluster = lit.cluster
    with argo_cd(folders["argocd"], cluster):
        cluster.must("apply", "--filename=-", stdin=yaml.safe_dump(cluster_secret("cluster-dev-kind", "dev-kind")))
        for part in ("projects", "applicationsets"):
            cluster.must("apply", f"--filename={repository.folder / 'argocd' / part / 'serving.yaml'}")
        yield World(cluster=cluster, api=api_of(cluster.kubeconfig), repository=repository)
        # While its controllers run, so that they take their objects along.
        cluster.must("delete", "applicationset", "serving", "--namespace", NAMESPACE, "--timeout=60s")
        cluster.must("delete", "application", "--all", "--namespace", NAMESPACE, "--timeout=60s")
    cluster.must("delete", "namespace", APPLICATION, NAMESPACE, "--wait=false")


def add_dev(repository: Repository, folder: Path) -> str:
    """Commits the environment with the images of this tree and a database of its own; gives the commit."""
    dev = repository.folder / "environments" / "dev"
    shutil.move(folder, dev)
    serving = yaml.safe_load((dev / "serving.yaml").read_text())
    serving["database"] = {"mode": "single", "existingSecret": SECRET, "storage": {"size": "5Gi"}}
    # The node has two CPUs for all.
    serving["workers"]["extract"]["resources"]["requests"]["cpu"] = "500m"
    (dev / "serving.yaml").write_text(yaml.safe_dump(serving))
    version = yaml.safe_load((dev / "version.yaml").read_text())
    (dev / "version.yaml").write_text(yaml.safe_dump({**version, "images": IMAGES}))
    model = repository.folder / "environments" / "models" / f"{MODEL.split('/')[0]}.yaml"
    text = yaml.safe_load(model.read_text())
    text["models"][MODEL.split("/")[0]]["source"]["file"] = MODEL.split("/")[1]
    model.write_text(yaml.safe_dump(text))
    return repository.commit("dev: a first environment")


def test_a_commit_becomes_a_gateway_that_wakes_a_worker_that_reads_a_document(
    lit: RealNode, world: World, tmp_path: Path
) -> None:
    cluster = world.cluster
    offer_volume(lit.machine, cluster)
    cluster.must("create", "namespace", APPLICATION)
    address = f"postgresql://lamplighter:{PASSWORD}@{RELEASE}-database:5432/lamplighter"
    literals = (f"--from-literal=POSTGRES_PASSWORD={PASSWORD}", f"--from-literal=DATABASE_URL={address}")
    cluster.must("create", "secret", "generic", SECRET, "--namespace", APPLICATION, *literals)

    commit = add_dev(world.repository, tmp_path / "dev")
    refresh = "argocd.argoproj.io/application-set-refresh=true"
    cluster.must("annotate", "--overwrite", "--namespace", NAMESPACE, "applicationset", "serving", refresh)
    world.wait_for(APPLICATION, "synced and healthy", lambda found: settled(found, commit))
    worker = cluster.get("deployment", f"{RELEASE}-worker-extract", APPLICATION)
    assert worker["spec"]["replicas"] == 0

    command = ("lamplighter-gateway", "keys", "create", "--tenant", "git", "--format", "json")
    key = json.loads(cluster.must("exec", "--namespace", APPLICATION, GATEWAY, "--", *command))["key"]
    gateway = f"http://{outside(lit, APPLICATION, f'{RELEASE}-gateway', 8080)}"
    with PatientClient([gateway], key) as client:
        job_id = client.submit((SAMPLES / SAMPLE).read_bytes(), SAMPLE, "invoice")
        assert client.wait(job_id)["state"] == "done"
        assert client.result(job_id)["data"] == TRUTH
    # Argo CD has seen the worker lit and left it so.
    assert settled(world.applications()[APPLICATION], commit)
