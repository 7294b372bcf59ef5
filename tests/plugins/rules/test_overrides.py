"""Overrides of operators' charts: slips are caught, and what a chart takes is let pass."""

from typing import Any

import pytest
import yaml

from charts.render import PLATFORM
from lamplighter.findings import Finding, Places, Severity
from lamplighter.load.overrides import declared_values
from lamplighter.load.yamlfile import parse_yaml
from lamplighter.rules.overrides import check_overrides


def found(text: str) -> list[Finding]:
    parsed = parse_yaml(text.encode())
    return list(check_overrides(parsed.data, declared_values, Places([("platform.yaml", parsed.lines)])))


@pytest.mark.parametrize(
    "chart", yaml.safe_load((PLATFORM / "Chart.yaml").read_text())["dependencies"], ids=lambda one: one["name"]
)
def test_what_is_known_of_a_chart_is_of_the_version_we_pin(chart: dict[str, Any]) -> None:
    declared = declared_values(chart["name"])
    assert declared is not None
    assert declared.version == chart["version"]


@pytest.mark.parametrize(
    ("text", "line", "change"),
    [
        ("keda: {operater: {replicaCount: 2}}", 1, "Did you mean operator?"),
        ("keda:\n  operator:\n    replicasCount: 2\n", 3, "Did you mean replicaCount?"),
        ("gpu-operator:\n  driver: {enable: false}\n", 2, "Did you mean enabled?"),
        ("kube-prometheus-stack:\n  prometheus:\n    prometheusSpec: {retentoin: 7d}\n", 3, "Did you mean retention?"),
        ("lws: {replicaCounts: 2}", 1, "Did you mean replicaCount?"),
    ],
)
def test_a_slip_is_an_error_that_names_the_key_that_was_meant(text: str, line: int, change: str) -> None:
    (finding,) = found(text)
    assert (finding.code, finding.severity, finding.place.line, finding.change) == ("LL611", Severity.ERROR, line, change)


def test_a_key_like_no_other_is_a_warning_for_a_template_may_read_it() -> None:
    (finding,) = found("keda: {xyzzy: 1}")
    assert (finding.code, finding.severity) == ("LL611", Severity.WARNING)


@pytest.mark.parametrize(
    "text",
    [
        "keda: {enabled: true, operator: {replicaCount: 2}}",
        "keda: {operator: {replicaCount: null}}",  # takes the default away
        "keda: {resources: {operator: {limits: {ephemeral-storage: 1Gi}}}}",  # Kubernetes' own block
        "keda: {podLabels: {keda: {team: a}}}",
        "kube-prometheus-stack: {grafana: {anything: {of: it}}}",  # another chart's values
        "gpu-operator: {node-feature-discovery: {worker: {tolerations: []}}}",
        "kube-prometheus-stack: {prometheus: {prometheusSpec: {retention: 7d}}}",
        "somebody-elses-chart: {key: 1}",
    ],
)
def test_what_the_chart_takes_is_let_pass(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("keda: {operator: {replicaCount: two}}", "keda.operator.replicaCount is text, but keda 2.20.2 declares a number"),
        ("keda: {operator: 2}", "keda.operator is a number, but keda 2.20.2 declares a map"),
        ("keda: {crds: {install: 1}}", "keda.crds.install is a number, but keda 2.20.2 declares true or false"),
        ("keda: {imagePullSecrets: {a: b}}", "keda.imagePullSecrets is a map, but keda 2.20.2 declares a list"),
        ("keda: {operator: {replicaCount: true}}", "keda.operator.replicaCount is true or false"),
    ],
)
def test_another_kind_than_declared_is_an_error_with_both(text: str, sentence: str) -> None:
    (finding,) = found(text)
    assert (finding.code, finding.severity) == ("LL612", Severity.ERROR)
    assert finding.sentence.startswith(sentence)
