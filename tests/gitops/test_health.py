"""The health checks of argocd/bootstrap/argocd-values.yaml, run by Argo CD's own Lua."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster.programs import program
from gitops.argocd import settings


def health(folder: Path, version: str, kind: str, **rest: Any) -> str:
    """What `argocd admin` says of an object of generation 2 with these settings."""
    (folder / "argocd-cm.yaml").write_text(yaml.safe_dump(settings()))
    thing = {"apiVersion": version, "kind": kind, "metadata": {"name": "it", "namespace": "here", "generation": 2}, **rest}
    (folder / "thing.yaml").write_text(yaml.safe_dump(thing))
    command = [program("argocd"), "admin", "settings", "resource-overrides", "health", str(folder / "thing.yaml")]
    command += ["--argocd-cm-path", str(folder / "argocd-cm.yaml")]
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def lws(folder: Path, replicas: int | None, **status: Any) -> str:
    spec = {} if replicas is None else {"replicas": replicas}
    return health(folder, "leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet", spec=spec, status=status)


def daemonset(folder: Path, wanted: int, available: int, generation: int = 2) -> str:
    status = {"observedGeneration": generation, "desiredNumberScheduled": wanted, "numberAvailable": available}
    return health(folder, "apps/v1", "DaemonSet", spec={}, status=status)


def application_set(folder: Path, *applications: tuple[str, str], **conditions: str) -> str:
    resources = [
        {"name": f"app-{number}", "status": sync, "health": {"status": state}}
        for number, (sync, state) in enumerate(applications)
    ]
    listed = [{"type": kind, "status": status, "message": kind} for kind, status in conditions.items()]
    status = {"resources": resources, "conditions": listed}
    return health(folder, "argoproj.io/v1alpha1", "ApplicationSet", spec={}, status=status)


def test_a_group_that_sleeps_is_healthy_and_one_that_wakes_is_progressing(tmp_path: Path) -> None:
    assert "Healthy" in lws(tmp_path, 0, observedGeneration=2)
    assert "Healthy" in lws(tmp_path, 2, readyReplicas=2, updatedReplicas=2, observedGeneration=2)
    assert "1 of 2 groups ready" in lws(tmp_path, 2, readyReplicas=1, updatedReplicas=2)
    assert "Progressing" in lws(tmp_path, 2, readyReplicas=2, updatedReplicas=1)
    # The default of replicas is 1.
    assert "Progressing" in lws(tmp_path, None, readyReplicas=0, updatedReplicas=0)
    assert "Progressing" in lws(tmp_path, 0, observedGeneration=1)


def test_parked_nodes_do_not_keep_a_daemonset_progressing(tmp_path: Path) -> None:
    assert "Healthy" in daemonset(tmp_path, wanted=5, available=1)
    assert "Healthy" in daemonset(tmp_path, wanted=0, available=0)
    assert "Progressing" in daemonset(tmp_path, wanted=5, available=0)
    assert "Progressing" in daemonset(tmp_path, wanted=5, available=5, generation=1)


FINE = {"ErrorOccurred": "False", "ResourcesUpToDate": "True"}


@pytest.mark.parametrize(
    ("applications", "conditions", "expected"),
    [
        ([("Synced", "Healthy"), ("Synced", "Healthy")], FINE, "Healthy"),
        ([], FINE, "Healthy"),
        ([("Synced", "Healthy"), ("Synced", "Progressing")], FINE, "app-1 is Synced and Progressing"),
        ([("OutOfSync", "Healthy")], FINE, "app-0 is OutOfSync and Healthy"),
        ([("Synced", "Healthy")], {"ErrorOccurred": "True"}, "Degraded"),
        ([], {}, "Progressing"),
    ],
)
def test_a_set_is_as_healthy_as_its_applications(
    tmp_path: Path, applications: list[tuple[str, str]], conditions: dict[str, str], expected: str
) -> None:
    assert expected in application_set(tmp_path, *applications, **conditions)


def test_a_dark_worker_is_healthy_for_argo_cd_as_it_comes(tmp_path: Path) -> None:
    status = {"observedGeneration": 2}
    assert "STATUS: Healthy" in health(tmp_path, "apps/v1", "Deployment", spec={"replicas": 0}, status=status)
