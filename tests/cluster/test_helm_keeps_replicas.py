"""Replicas belong to KEDA: installs, upgrades and rollbacks by Helm 3 and by Helm 4, on a real API server.

KEDA writes replicas through the scale subresource, under a field manager that is not Helm's. `kubectl scale` does the same.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from charts.render import MINIMAL, SERVING
from cluster.cluster import Cluster
from cluster.hook_jobs import hook_jobs_succeed

RELEASE = "lamplighter"
WORKER = f"{RELEASE}-worker-extract"
GATEWAY = f"{RELEASE}-gateway"


class Release:
    """One release, by one of the two Helms; of the smallest values unless told otherwise."""

    def __init__(self, cluster: Cluster, namespace: str, major: int, values: Path = MINIMAL) -> None:
        self.cluster, self.namespace, self.major, self._values = cluster, namespace, major, values

    def helm(self, command: str, *arguments: str) -> tuple[bool, str]:
        """Whether it succeeded, and what it said."""
        with hook_jobs_succeed(self.cluster, self.namespace):
            done = self.cluster.helm(self.major, command, RELEASE, *arguments, "--namespace", self.namespace)
        return done.returncode == 0, done.stdout + done.stderr

    def must(self, command: str, *values: str, chart: Path = SERVING) -> None:
        settings = [part for value in values for part in ("--set-json", value)]
        done, said = self.helm(command, str(chart), "--values", str(self._values), *settings)
        assert done, said

    def scale(self, replicas: int) -> None:
        """As KEDA does."""
        self.cluster.must("scale", f"deployment/{WORKER}", f"--replicas={replicas}", "--namespace", self.namespace)

    def replicas(self, name: str = WORKER) -> int:
        found: int = self.cluster.get("deployment", name, self.namespace)["spec"]["replicas"]
        return found


@pytest.fixture(params=[3, 4], ids=["helm-3", "helm-4"])
def release(request: pytest.FixtureRequest, cluster: Cluster, namespace: str) -> Release:
    """Installed."""
    release = Release(cluster, namespace, request.param)
    release.must("install")
    return release


def test_an_install_wakes_nobody(release: Release) -> None:
    assert release.replicas() == 0


def test_an_upgrade_leaves_a_running_worker_alone(release: Release) -> None:
    release.scale(3)
    release.must("upgrade", "gateway.replicas=2", 'images.worker.tag="next"')
    assert (release.replicas(), release.replicas(GATEWAY)) == (3, 2)
    spec = release.cluster.get("deployment", WORKER, release.namespace)["spec"]["template"]["spec"]
    assert spec["containers"][0]["image"].endswith(":next")


def test_an_upgrade_wakes_no_worker_that_went_to_sleep_after_the_last_one(release: Release) -> None:
    release.scale(3)
    release.must("upgrade", "gateway.replicas=2")
    release.scale(0)
    release.must("upgrade", "gateway.replicas=1")
    assert release.replicas() == 0


def test_keda_can_scale_after_an_upgrade(release: Release) -> None:
    release.scale(3)
    release.must("upgrade", "gateway.replicas=2")
    release.scale(5)
    assert release.replicas() == 5


def test_a_rollback_while_workers_sleep_is_an_ordinary_one(release: Release) -> None:
    release.scale(3)
    release.must("upgrade", "gateway.replicas=2")
    release.scale(0)
    done, said = release.helm("rollback", "1")
    assert done, said
    assert (release.replicas(), release.replicas(GATEWAY)) == (0, 1)


def test_a_rollback_by_helm_3_ends_the_workers_that_run(cluster: Cluster, namespace: str) -> None:
    # It replays the number that was stored with the revision: 0, for that was the live one at the install.
    release = Release(cluster, namespace, 3)
    release.must("install")
    release.scale(3)
    release.must("upgrade", "gateway.replicas=2")
    done, said = release.helm("rollback", "1")
    assert (done, release.replicas()) == (True, 0), said


def test_a_rollback_by_helm_4_is_refused_halfway_while_workers_run_and_ends_none(cluster: Cluster, namespace: str) -> None:
    release = Release(cluster, namespace, 4)
    release.must("install")
    release.scale(3)
    release.must("upgrade", "gateway.replicas=2")
    done, said = release.helm("rollback", "1")
    assert not done
    assert "conflict" in said
    assert ".spec.replicas" in said
    # What came before the worker is back at revision 1, the worker is not.
    assert (release.replicas(), release.replicas(GATEWAY)) == (3, 1)
    # The ways out: an upgrade, which ends nobody, or force, which does.
    release.must("upgrade", "gateway.replicas=2")
    assert (release.replicas(), release.replicas(GATEWAY)) == (3, 2)
    done, said = release.helm("rollback", "1", "--force-conflicts")
    assert (done, release.replicas()) == (True, 0), said


def test_going_back_by_an_upgrade_leaves_a_running_worker_alone(release: Release) -> None:
    # The way back that ends nobody: the old values (and, with --version, the old chart) as a new revision.
    release.scale(3)
    release.must("upgrade", "gateway.replicas=2")
    release.must("upgrade", "gateway.replicas=1")
    assert (release.replicas(), release.replicas(GATEWAY)) == (3, 1)


@pytest.mark.parametrize("major", [3, 4], ids=["helm-3", "helm-4"])
def test_an_upgrade_leaves_a_running_group_alone(cluster: Cluster, namespace: str, major: int) -> None:
    release = Release(cluster, namespace, major, values=SERVING / "ci" / "group-values.yaml")
    release.must("install")
    group = f"leaderworkerset/{RELEASE}-worker-reason"
    cluster.must("scale", group, "--replicas=2", "--namespace", namespace)
    release.must("upgrade", "gateway.replicas=2")
    assert cluster.get(*group.split("/"), namespace)["spec"]["replicas"] == 2
    cluster.must("scale", group, "--replicas=0", "--namespace", namespace)
    release.must("upgrade", "gateway.replicas=1")
    assert cluster.get(*group.split("/"), namespace)["spec"]["replicas"] == 0


def test_helm_4_takes_over_a_release_of_helm_3_and_leaves_a_running_worker_alone(cluster: Cluster, namespace: str) -> None:
    Release(cluster, namespace, 3).must("install")
    release = Release(cluster, namespace, 4)
    release.scale(3)
    release.must("upgrade", "gateway.replicas=2")
    assert (release.replicas(), release.replicas(GATEWAY)) == (3, 2)


def test_helm_sees_the_release_as_deployed(release: Release) -> None:
    release.must("upgrade", "gateway.replicas=2")
    listed = release.cluster.helm(release.major, "list", "--namespace", release.namespace, "--output", "json")
    entries: list[dict[str, Any]] = json.loads(listed.stdout)
    assert [(entry["name"], entry["revision"], entry["status"]) for entry in entries] == [(RELEASE, "2", "deployed")]
