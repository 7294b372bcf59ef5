"""Any number of releases, of any name: in one namespace, and of one name in two namespaces."""

import itertools
from typing import Any

import pytest

from charts.cases import reviewed
from charts.render import MINIMAL, SERVING, render
from cluster.cluster import Cluster
from cluster.hook_jobs import hook_jobs_succeed

BOTH = pytest.mark.parametrize("major", [3, 4], ids=["helm-3", "helm-4"])


def install(cluster: Cluster, major: int, release: str, namespace: str) -> None:
    with hook_jobs_succeed(cluster, namespace):
        done = cluster.helm(major, "install", release, str(SERVING), "--values", str(MINIMAL), "--namespace", namespace)
    assert done.returncode == 0, done.stderr


@BOTH
def test_two_releases_share_a_namespace_and_one_leaves_without_the_other(cluster: Cluster, namespace: str, major: int) -> None:
    install(cluster, major, "lamplighter", namespace)
    install(cluster, major, "second", namespace)
    for name in ("lamplighter", "second"):
        assert cluster.get("deployment", f"{name}-gateway", namespace)["spec"]["replicas"] == 1
    assert cluster.helm(major, "uninstall", "lamplighter", "--namespace", namespace).returncode == 0
    assert cluster.kubectl("get", "deployment", "lamplighter-gateway", "--namespace", namespace).returncode == 1
    assert cluster.get("deployment", "second-gateway", namespace)["spec"]["replicas"] == 1


@BOTH
def test_a_name_may_be_used_in_two_namespaces(cluster: Cluster, namespace: str, major: int) -> None:
    install(cluster, major, "lamplighter", namespace)
    with cluster.namespace() as other:
        install(cluster, major, "lamplighter", other)
        assert cluster.get("deployment", "lamplighter-gateway", other)


def selectors(thing: dict[str, Any]) -> dict[str, str]:
    spec = thing.get("spec", {})
    found = spec.get("podSelector", spec.get("selector", {}))
    labels: dict[str, str] = found.get("matchLabels", found) if isinstance(found, dict) else {}
    return labels


def test_no_selector_of_one_release_takes_pods_of_another() -> None:
    for case in (case for case in reviewed() if case.chart == SERVING):
        first, second = (render(SERVING, *case.files, release=name).objects for name in ("first", "second"))
        pods = [thing["spec"]["template"]["metadata"]["labels"] for thing in second if "template" in thing.get("spec", {})]
        for thing, labels in itertools.product(first, pods):
            if wanted := selectors(thing):
                assert not wanted.items() <= labels.items(), f"{case}: {thing['kind']} {thing['metadata']['name']}"
