"""A version goes from dev to staging to prod by commits of one file, and each reaches its own environment only."""

import json
import os
import subprocess
from pathlib import Path

import yaml

from charts.render import ROOT
from cluster.programs import program
from gitops.argocd import NAMESPACE, PROGRAMS
from gitops.published import Published
from gitops.world import World, conditions

RIGHTS = ROOT / "plugins" / "rights" / "promote.yaml"
ACCOUNT = "promoter"
ORDER = ("dev", "staging", "prod")
PIN = "sha256:" + "ab" * 32
#: As scripts/release writes it. No image is pulled here: the pods are played.
VERSION = """\
chart: {{repository: "oci://{registry}/charts", version: "0.1.0", digest: "{digest}"}}
images:
  gateway: {{repository: registry.example.com/lamplighter-gateway, digest: "{pin}"}}
  worker: {{repository: registry.example.com/lamplighter-worker, digest: "{pin}"}}
  workerVllm: {{repository: registry.example.com/lamplighter-worker-vllm, digest: "{pin}", engineVersion: "0.25.1"}}
"""


def image(world: World, environment: str) -> str:
    """What the gateway of an environment runs."""
    gateway = world.api.get(f"/apis/apps/v1/namespaces/serving-{environment}/deployments/lamplighter-gateway")
    return str(gateway["spec"]["template"]["spec"]["containers"][0]["image"])


def promote(world: World, source: str, target: str, kubeconfig: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Asks the API server itself what runs, as its administrator or as who a kubeconfig says."""
    path = os.pathsep.join([str(Path(program("kubectl")).parent), os.defpath])
    environment = {"PATH": path, "HOME": str(world.cluster.home), "KUBECONFIG": str(kubeconfig or world.cluster.kubeconfig)}
    command = [str(PROGRAMS / "lamplighter"), "promote", source, target, "--cluster", "--root", str(world.repository.folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_a_version_walks_from_dev_to_prod_by_commits_of_version_yaml_and_its_record(world: World, published: Published) -> None:
    applications = [f"serving-{name}" for name in ORDER]
    before = {name: image(world, name) for name in ORDER}
    text = VERSION.format(registry=published.address, digest=published.digest, pin=PIN)
    (world.repository.folder / "environments" / "dev" / "version.yaml").write_text(text)
    assert "LL507" in promote(world, "dev", "staging").stderr  # dev does not run it yet
    reached = []
    for source, name in (("", "dev"), ("dev", "staging"), ("staging", "prod")):
        if source:
            done = promote(world, source, name)
            assert done.returncode == 0, done.stderr
        commit = world.push(f"{name}: 0.1.0 of the registry", *applications)
        files = world.repository.git("show", "--name-only", "--format=", commit).split()
        record = [f"environments/{name}/promoted.yaml"] if source else []
        assert files == [*record, f"environments/{name}/version.yaml"]
        seconds = world.wait_synced(commit, *applications)
        reached.append(name)
        print(f"{name}: {seconds:.1f} s")
        for other in ORDER:
            expected = f"registry.example.com/lamplighter-gateway@{PIN}" if other in reached else before[other]
            assert image(world, other) == expected
        skipping = promote(world, "dev", "prod")
        assert (skipping.returncode, "LL508 prod takes the versions of staging" in skipping.stderr) == (1, True)
    assert not any(conditions(application) for application in world.applications().values())


def test_who_may_list_applications_may_promote_and_nobody_needs_more(world: World, tmp_path: Path) -> None:
    cluster = world.cluster
    cluster.must("create", "serviceaccount", ACCOUNT, "--namespace", NAMESPACE)
    config = json.loads(cluster.kubeconfig.read_text())
    config["users"][0]["user"] = {"token": cluster.must("create", "token", ACCOUNT, "--namespace", NAMESPACE).strip()}
    (tmp_path / "kubeconfig").write_text(json.dumps(config))
    refused = promote(world, "dev", "staging", tmp_path / "kubeconfig")
    assert refused.returncode == 2
    assert "may not read applications.argoproj.io" in refused.stderr
    assert "plugins/rights/promote.yaml" in refused.stderr

    cluster.must("apply", f"--filename={RIGHTS}")
    role = yaml.safe_load(RIGHTS.read_text())["metadata"]["name"]
    account = f"--serviceaccount={NAMESPACE}:{ACCOUNT}"
    cluster.must("create", "rolebinding", role, f"--role={role}", account, "--namespace", NAMESPACE)
    # It is seen that dev runs; what speaks against it is that dev follows the tree.
    said = promote(world, "dev", "staging", tmp_path / "kubeconfig")
    assert (said.returncode, said.stderr.count("LL505"), said.stderr.count("LL507")) == (1, 1, 0)
