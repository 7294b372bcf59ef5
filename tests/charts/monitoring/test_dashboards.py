"""The dashboards: Grafana can load each, every panel says what it shows and in what unit, and every query parses."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.monitoring.monitored import dashboards, panel_expressions, promtool

DASHBOARDS = dashboards()
PANELS = [(name, panel) for name, dashboard in DASHBOARDS.items() for panel in dashboard["panels"]]
WIDTH = 24


def test_there_are_thirty_panels_or_more_about_everything_that_matters() -> None:
    assert len(PANELS) >= 30
    assert set(DASHBOARDS) == {"queue", "wake", "gpu", "money", "gateway"}


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_one_grafana_can_tell_from_others(name: str) -> None:
    dashboard = DASHBOARDS[name]
    assert dashboard["uid"] == f"lamplighter-{name}"
    # Grafana takes at most 40 characters; the chart adds nine.
    assert len(dashboard["uid"]) + 9 <= 40
    assert "id" not in dashboard
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    titles = [panel["title"] for panel in dashboard["panels"]]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_asks_for_datasource_namespace_and_release(name: str) -> None:
    variables = {variable["name"]: variable for variable in DASHBOARDS[name]["templating"]["list"]}
    assert variables["datasource"]["type"] == "datasource"
    assert variables["datasource"]["query"] == "prometheus"
    assert {"namespace", "release"} <= set(variables)


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=[f"{name}-{panel['id']}" for name, panel in PANELS])
def test_every_panel_has_a_unit_a_reason_and_the_chosen_datasource(name: str, panel: dict[str, Any]) -> None:
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["description"].endswith(".")
    assert panel["datasource"]["uid"] == "${datasource}"
    assert panel["targets"]
    for target in panel["targets"]:
        assert target["datasource"]["uid"] == "${datasource}"
        # Of one release alone: by its label, or by names that begin with it.
        assert target["expr"].count('namespace="$namespace"') >= 1
        assert target["expr"].count("$release") >= 1


@pytest.mark.parametrize("name", DASHBOARDS)
def test_no_two_panels_lie_on_each_other(name: str) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARDS[name]["panels"]:
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= WIDTH
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken, f"{panel['title']} lies on another panel"
        taken |= cells


def test_every_query_parses(tmp_path: Path) -> None:
    # promtool 2.42 parses rules, so each query becomes one; what is wrong names the record, and the record names the panel.
    expressions = panel_expressions()
    rules = [
        {"record": f"panel:{index}", "expr": expression, "labels": {"panel": where}}
        for index, (where, expression) in enumerate(expressions.items())
    ]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = promtool("check", "rules", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


def test_a_query_that_does_not_parse_would_be_found(tmp_path: Path) -> None:
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": [{"record": "panel:0", "expr": "sum(up"}]}]}))
    assert promtool("check", "rules", str(file)).returncode != 0
