"""With NetworkPolicies enforced every pod reaches what it needs, and nobody else does. Decided from the rendered objects."""

import pytest

from charts.reachability import Pod, pod_of, reaches
from charts.render import SERVING, render

KEDA = Pod(namespace="keda", labels={"app": "keda-operator"}, ports={})
STRANGER = Pod(namespace="elsewhere", labels={"app": "curious"}, ports={})
NEIGHBOUR = Pod(namespace="serving-dev", labels={"app": "curious"}, ports={})


class Release:
    """A rendered release with its pods by component."""

    def __init__(self, values: str, name: str = "lamplighter") -> None:
        objects = render(SERVING, SERVING / "ci" / f"{values}-values.yaml", release=name).objects
        self.policies = [thing for thing in objects if thing["kind"] == "NetworkPolicy"]
        kinds = ("Deployment", "StatefulSet", "Job", "Pod")
        self.pods = [pod_of(thing) for thing in objects if thing["kind"] in kinds]

    def pod(self, component: str) -> Pod:
        return next(pod for pod in self.pods if pod.labels["app.kubernetes.io/component"] == component)

    def reaches(self, source: Pod, component: str, port: str) -> bool:
        return reaches(self.policies, source, self.pod(component), port)


@pytest.fixture(scope="module")
def release() -> Release:
    """With a database of its own, so that every path is inside."""
    return Release("single-database")


@pytest.mark.parametrize("component", ["gateway", "worker", "migrate"])
def test_who_works_with_the_database_reaches_it(release: Release, component: str) -> None:
    assert release.reaches(release.pod(component), "database", "postgres")


@pytest.mark.parametrize("source", [KEDA, STRANGER, NEIGHBOUR])
def test_nobody_else_reaches_the_database(release: Release, source: Pod) -> None:
    assert not release.reaches(source, "database", "postgres")


def test_the_smoke_test_and_everyone_else_reach_the_gateway(release: Release) -> None:
    for source in (release.pod("smoke"), KEDA, STRANGER, NEIGHBOUR):
        assert release.reaches(source, "gateway", "http")


def test_keda_alone_reaches_the_scaler(release: Release) -> None:
    assert release.reaches(KEDA, "gateway", "scaler")
    for source in (release.pod("smoke"), release.pod("worker"), STRANGER, NEIGHBOUR):
        assert not release.reaches(source, "gateway", "scaler")


def test_nobody_reaches_a_worker(release: Release) -> None:
    worker = release.pod("worker")
    anything = Pod(namespace=worker.namespace, labels=worker.labels, ports={"any": 1})
    for source in (*release.pods, KEDA, STRANGER, NEIGHBOUR):
        assert not reaches(release.policies, source, anything, "any")


def test_a_release_beside_it_reaches_nothing_but_the_gateway(release: Release) -> None:
    second = Release("single-database", name="second")
    assert not release.reaches(second.pod("gateway"), "database", "postgres")
    assert not release.reaches(second.pod("worker"), "gateway", "scaler")
    assert release.reaches(second.pod("gateway"), "gateway", "http")
