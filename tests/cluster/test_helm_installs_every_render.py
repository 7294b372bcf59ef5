"""Every case through `helm install`, `helm upgrade` and `helm uninstall`, by Helm 3 and by Helm 4."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.cases import Case, chart_to_render, reviewed
from cluster.cluster import Cluster
from cluster.hook_jobs import hook_jobs_succeed

BOTH = pytest.mark.parametrize("major", [3, 4], ids=["helm-3", "helm-4"])
CASES = pytest.mark.parametrize("case", reviewed(), ids=str)


def helm(cluster: Cluster, major: int, case: Case, namespace: str, *arguments: str) -> str:
    """Runs one command in the namespace, hooks playing along; gives its output."""
    with hook_jobs_succeed(cluster, namespace):
        done = cluster.helm(major, *arguments, "--namespace", namespace)
    assert done.returncode == 0, f"{case}: {done.stderr}"
    assert "WARNING" not in done.stderr.upper(), f"{case}: {done.stderr}"
    return done.stdout


def files(case: Case) -> list[str]:
    return [str(chart_to_render(case.chart)), *(f"--values={path}" for path in case.files)]


def places(cluster: Cluster, objects: list[dict[str, Any]], namespace: str) -> list[str]:
    """Kind and name of those that are in the cluster."""
    if not objects:
        return []
    arguments = ["get", "--filename=-", "--ignore-not-found", "--output=name", "--namespace", namespace]
    return cluster.must(*arguments, stdin=yaml.safe_dump_all(objects)).split()


def generations(cluster: Cluster, manifests: str, namespace: str) -> dict[str, int]:
    """How often each object's specification has changed."""
    found = json.loads(cluster.must("get", "--filename=-", "--output=json", "--namespace", namespace, stdin=manifests))
    objects = found["items"] if found["kind"] == "List" else [found]
    return {f"{thing['kind']}/{thing['metadata']['name']}": thing["metadata"].get("generation", 0) for thing in objects}


@BOTH
@CASES
def test_a_case_installs_changes_nothing_when_upgraded_to_itself_and_leaves_nothing(
    cluster: Cluster, namespace: str, case: Case, major: int
) -> None:
    helm(cluster, major, case, namespace, "install", case.release, *files(case))
    manifests = helm(cluster, major, case, namespace, "get", "manifest", case.release)
    before = generations(cluster, manifests, namespace)
    assert len(before) == len([thing for thing in yaml.safe_load_all(manifests) if thing])

    helm(cluster, major, case, namespace, "upgrade", case.release, *files(case))
    assert generations(cluster, manifests, namespace) == before

    # Controllers have made pods meanwhile; Pod Security and quotas would have refused them here.
    events = ["get", "events", "--namespace", namespace, "--field-selector=type=Warning", "--output=json"]
    refused = [event for event in json.loads(cluster.must(*events))["items"] if event["reason"].startswith("FailedCreate")]
    assert [event["message"] for event in refused] == []

    # A database is kept: its chart says so.
    kept, gone = [], []
    for thing in yaml.safe_load_all(manifests):
        keep = (thing["metadata"].get("annotations") or {}).get("helm.sh/resource-policy") == "keep"
        (kept if keep else gone).append(thing)
    helm(cluster, major, case, namespace, "uninstall", case.release, "--wait")
    assert places(cluster, gone, namespace) == []
    assert len(places(cluster, kept, namespace)) == len(kept)


@CASES
def test_both_helms_render_the_same(cluster: Cluster, case: Case) -> None:
    def objects(major: int) -> list[object]:
        done = cluster.helm(major, "template", case.release, *files(case), "--namespace", case.namespace)
        assert done.returncode == 0, done.stderr
        return sorted((thing for thing in yaml.safe_load_all(done.stdout) if thing), key=str)

    assert objects(3) == objects(4)


@BOTH
@pytest.mark.parametrize("chart", sorted({case.chart for case in reviewed()}), ids=lambda chart: chart.name)
def test_both_helms_lint_strictly(cluster: Cluster, chart: Path, major: int) -> None:
    for case in (case for case in reviewed() if case.chart == chart):
        done = cluster.helm(major, "lint", "--strict", *files(case))
        assert done.returncode == 0, f"{case}: {done.stdout}{done.stderr}"
