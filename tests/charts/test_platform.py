"""The platform chart: exact pins, each operator behind its own switch."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.render import PLATFORM, Rendered, render
from charts.standins import with_standins

OPERATORS = {"gpu-operator": "v26.7.0", "keda": "2.20.2", "kube-prometheus-stack": "88.5.3"}


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_standins(tmp_path_factory.mktemp("platform"))


def installed(rendered: Rendered) -> dict[str, str]:
    return {thing["metadata"]["name"]: thing["data"]["version"] for thing in rendered.objects}


def test_everything_is_on_and_pinned_to_one_version(chart: Path) -> None:
    assert installed(render(chart)) == OPERATORS


@pytest.mark.parametrize("name", OPERATORS)
def test_each_operator_has_its_own_switch(chart: Path, name: str) -> None:
    left = {other: version for other, version in OPERATORS.items() if other != name}
    assert installed(render(chart, over={name: {"enabled": False}})) == left


def test_a_pin_is_a_version_and_not_a_range() -> None:
    about: dict[str, Any] = yaml.safe_load((PLATFORM / "Chart.yaml").read_text())
    for dependency in about["dependencies"]:
        assert re.fullmatch(r"v?\d+\.\d+\.\d+", dependency["version"])
        assert dependency["condition"] == f"{dependency['name']}.enabled"
        assert "alias" not in dependency


def test_a_misspelt_operator_is_refused(chart: Path) -> None:
    assert "keeda" in render(chart, over={"keeda": {"enabled": False}}).error


def test_a_release_of_nothing_is_refused(chart: Path) -> None:
    off = {name: {"enabled": False} for name in OPERATORS}
    assert "are all off: this release would install nothing" in render(chart, over=off).error
