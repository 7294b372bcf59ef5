"""Alerts, records, dashboards and KEDA's query name no metric and no label that nobody exports."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.monitoring.monitored import VALUES, groups, monitored, panel_expressions
from charts.monitoring.promql import read
from charts.render import SERVING, render
from lamplighter_serving.metrics import METRICS

EXPORTERS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "exporters.yaml").read_text())

#: What Prometheus adds to each series of a ServiceMonitor.
TARGET_LABELS = frozenset({"namespace", "service", "pod", "job", "instance", "endpoint", "container"})

Known = Mapping[str, frozenset[str]]


def recorded() -> dict[str, frozenset[str]]:
    """Records of our own: their labels are those they are aggregated by, those they make, and those the rule sets."""
    found: dict[str, frozenset[str]] = {}
    for rules in groups(monitored()).values():
        for rule in (rule for rule in rules if "record" in rule):
            query = read(rule["expr"])
            inherited = frozenset().union(*(found.get(name, frozenset()) for name in query.selected))
            labels = query.grouped | query.made | frozenset(rule["labels"]) | inherited
            found[rule["record"]] = found.get(rule["record"], frozenset()) | labels
    return found


@pytest.fixture(scope="module")
def known(exported: Known) -> Known:
    others = {
        name: frozenset([*labels, *exporter["scrape"]])
        for exporter in EXPORTERS.values()
        for name, labels in exporter["metrics"].items()
    }
    return {**{name: labels | TARGET_LABELS for name, labels in exported.items()}, **others, **recorded()}


def expressions() -> Iterator[tuple[str, str]]:
    for name, rules in groups(monitored()).items():
        for rule in rules:
            yield f"{name}: {rule.get('alert') or rule['record']}", rule["expr"]
    yield from panel_expressions().items()
    trigger = {"trigger": "prometheus", "prometheus": {"serverAddress": "http://prometheus.monitoring:9090"}}
    for thing in render(SERVING, VALUES, over={"workers": {"extract": {"scale": trigger}}}).objects:
        if thing["kind"] == "ScaledObject":
            for trigger in thing["spec"]["triggers"]:
                if trigger["type"] == "prometheus":
                    yield f"ScaledObject {thing['metadata']['name']}", trigger["metadata"]["query"]


EXPRESSIONS = dict(expressions())


@pytest.mark.parametrize("where", EXPRESSIONS)
def test_every_metric_and_label_of_a_query_is_one_that_is_exported(where: str, known: Known) -> None:
    query = read(EXPRESSIONS[where])
    unknown = set(query.selected) - set(known)
    assert not unknown, f"{where} names {unknown}, which nobody exports"
    for name, labels in query.selected.items():
        assert labels <= known[name], f"{where}: {name} has no label {set(labels - known[name])}, it has {sorted(known[name])}"
    have = frozenset().union(*(known[name] for name in query.selected)) | query.made
    assert query.grouped | query.sources <= have, f"{where} groups by {set((query.grouped | query.sources) - have)}"


def test_kedas_query_is_among_them() -> None:
    assert any(where.startswith("ScaledObject") for where in EXPRESSIONS)


def test_states_outcomes_and_stages_that_queries_select_are_values_that_exist(exported: Known) -> None:
    allowed = {
        "state": {"queued", "running", "waking", "lit", "draining"},
        "outcome": {"done", "failed", "dead", "cancelled"},
        "phase": {"wait", "read", "extract", "Pending", "Running"},
        "stage": {"weights", "engine", "first_result", "activation"},
        "kind": {"prompt", "completion"},
    }
    for where, expression in EXPRESSIONS.items():
        for label, values in allowed.items():
            for matched in re.findall(rf'\b{label}=~?"([^"]*)"', expression):
                assert set(matched.split("|")) <= values, f"{where} selects {label} {matched}"


def test_every_series_of_the_contract_but_gpu_memory_is_exported_by_a_gateway_whose_worker_did_one_job(exported: Known) -> None:
    # No engine of ours reports its memory yet, so no query may use lamplighter_engine_vram_bytes.
    families = {re.sub("_(bucket|sum|count)$", "", name) for name in exported}
    assert set(METRICS) - families == {"lamplighter_engine_vram_bytes"}
    assert not any("lamplighter_engine_vram_bytes" in expression for expression in EXPRESSIONS.values())


def test_every_metric_listed_for_an_exporter_is_used_and_has_a_source() -> None:
    used = {name for expression in EXPRESSIONS.values() for name in read(expression).selected}
    for name, exporter in EXPORTERS.items():
        assert exporter["source"].startswith("https://")
        assert set(exporter["metrics"]) <= used, f"{name}: {set(exporter['metrics']) - used} is used by no query"


def test_every_record_is_used() -> None:
    used = {name for expression in EXPRESSIONS.values() for name in read(expression).selected}
    assert set(recorded()) <= used
