"""Rendered objects against packaged schemas: every render holds, and what the API server would refuse is refused before it."""

import json
from pathlib import Path

import pytest
import yaml

from charts.cases import Case, documented, reviewed
from charts.render import SERVING, minimal, render
from lamplighter.load.manifests import rendered_objects
from lamplighter.load.objectschemas import check_objects, known_kinds
from plugins.tree import ROOT

CHART = "charts/lamplighter-serving"
DATA = ROOT / "plugins/src/lamplighter/data/kubernetes"


def said(manifests: str) -> list[str]:
    return [f"{one.place.file}: {one.sentence}" for one in check_objects(rendered_objects(manifests), CHART)]


@pytest.mark.parametrize("case", [*reviewed(), *documented()], ids=str)
def test_every_render_holds(case: Case) -> None:
    # `helm test`'s pod is rendered by the charts' tests; the plugin leaves it out.
    objects = [one for one in rendered_objects(case.render().text) if "/templates/tests/" not in one.template]
    assert [finding.sentence for finding in check_objects(tuple(objects), CHART)] == []


@pytest.mark.parametrize(
    ("sound", "wrong", "words"),
    [
        (
            "minReplicaCount:",
            "minReplicas:",
            "scaledobject.yaml: ScaledObject lamplighter-worker-extract: spec has minReplicas",
        ),
        (
            "cooldownPeriod: 60",
            "cooldownPeriod: soon",
            'spec.cooldownPeriod is "soon"; github.com/kedacore/keda/v2@v2.20.2 wants',
        ),
        ("terminationGracePeriodSeconds:", "terminationGraceSeconds:", "which k8s.io/kubernetes@v1.35.4 does not know"),
        ("maxSurge: 0", "maxSurge: [0]", "spec.strategy.rollingUpdate.maxSurge is [0]"),
        ("kind: ScaledObject", "kind: ScaledObjekt", "of keda.sh/v1alpha1, whose schema is not known"),
        ("apiVersion: policy/v1", "apiVersion: policy/v1beta1", "of policy/v1beta1, whose schema is not known"),
    ],
)
def test_what_the_api_server_would_refuse_is_refused_with_its_template(sound: str, wrong: str, words: str) -> None:
    text = render(SERVING, over=minimal() | {"gateway": {"replicas": 2}}).text
    assert sound in text
    assert words in "\n".join(said(text.replace(sound, wrong)))


def test_a_secrets_value_is_not_repeated() -> None:
    found = said(
        "# Source: x/templates/secret.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {key: [hunter2]}\n"
    )
    assert "hunter2" in found[0]
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {key: [hunter2]}\n"
    assert "hunter2" not in "".join(said(secret))


def test_every_kind_that_the_project_lets_the_chart_make_has_a_schema() -> None:
    project = yaml.safe_load((ROOT / "argocd/projects/serving.yaml").read_text())
    allowed = {(entry["group"], entry["kind"]) for entry in project["spec"]["namespaceResourceWhitelist"]}
    known = {(name.split()[0].rpartition("/")[0], name.split()[1]) for name in known_kinds()}
    assert allowed <= known


def test_each_schema_says_its_source_at_the_version_that_the_cluster_tests_pin() -> None:
    pins = (ROOT / "requirements/cluster/crds.txt").read_text() + (ROOT / "requirements/cluster/kubernetes/go.mod").read_text()
    for file in sorted(DATA.glob("*.json")):
        assert json.loads(file.read_bytes())["source"].replace("k8s.io/kubernetes@", "k8s.io/kubernetes ") in pins, file.name


def test_the_packaged_schemas_stay_small() -> None:
    sizes = {file.name: file.stat().st_size for file in Path(DATA).glob("*.json")}
    assert sum(sizes.values()) < 1_000_000, sizes
