"""The platform chart: exact pins, each operator behind its own switch."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.render import PLATFORM, Rendered, render
from charts.standins import with_standins
from lamplighter.load.overrides import declared_values

OPERATORS = {"gpu-operator": "v26.7.0", "keda": "2.20.2", "kube-prometheus-stack": "88.5.3"}
ON_REQUEST = {"lws": "0.9.0", "kuberay-operator": "1.6.2"}


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_standins(tmp_path_factory.mktemp("platform"))


def installed(rendered: Rendered) -> dict[str, str]:
    return {thing["metadata"]["name"]: thing["data"]["version"] for thing in rendered.objects if thing["kind"] == "ConfigMap"}


def test_what_every_release_stands_on_is_on_and_pinned_to_one_version(chart: Path) -> None:
    assert installed(render(chart)) == OPERATORS


@pytest.mark.parametrize("name", OPERATORS)
def test_each_operator_has_its_own_switch(chart: Path, name: str) -> None:
    left = {other: version for other, version in OPERATORS.items() if other != name}
    assert installed(render(chart, over={name: {"enabled": False}})) == left


@pytest.mark.parametrize("name", ON_REQUEST)
def test_what_only_some_topologies_need_is_off_until_it_is_asked_for(chart: Path, name: str) -> None:
    assert installed(render(chart, over={name: {"enabled": True}})) == OPERATORS | {name: ON_REQUEST[name]}


def test_what_the_plugin_knows_of_an_operators_values_is_of_the_version_that_is_pinned() -> None:
    for name, version in (OPERATORS | ON_REQUEST).items():
        declared = declared_values(name)
        assert declared is not None
        assert declared.version == version


def test_interactive_workers_push_batch_workers_away_and_neither_is_below_what_the_autoscaler_looks_at(chart: Path) -> None:
    classes = {thing["metadata"]["name"]: thing for thing in render(chart).objects if thing["kind"] == "PriorityClass"}
    interactive, batch = classes["lamplighter-interactive"], classes["lamplighter-batch"]
    # cluster-autoscaler, --expendable-pods-priority-cutoff, default -10: no node is made for pods below it.
    assert -10 <= batch["value"] < 0 < interactive["value"]
    assert batch["preemptionPolicy"] == "Never"
    assert not [
        thing for thing in render(chart, over={"priorityClasses": {"enabled": False}}).objects if thing in classes.values()
    ]


def test_a_pin_is_a_version_and_not_a_range() -> None:
    about: dict[str, Any] = yaml.safe_load((PLATFORM / "Chart.yaml").read_text())
    for dependency in about["dependencies"]:
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", dependency["version"])
        assert dependency["condition"] == f"{dependency['name']}.enabled"
        assert "alias" not in dependency


def test_a_misspelt_operator_is_refused(chart: Path) -> None:
    assert "keeda" in render(chart, over={"keeda": {"enabled": False}}).error


def test_a_release_of_nothing_is_refused(chart: Path) -> None:
    off = {name: {"enabled": False} for name in (*OPERATORS, "priorityClasses")}
    assert "are all off: this release would install nothing" in render(chart, over=off).error
