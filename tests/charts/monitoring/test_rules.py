"""The alerts, judged by promtool: they parse, each fires when it should, and each is silent when it should be."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.monitoring.monitored import ALERTS, NAMESPACE, RELEASE, RULE_TESTS, groups, monitored, promtool, rule_file

NAMES = sorted(path.stem for path in ALERTS.glob("*.yaml"))
TESTS = sorted(RULE_TESTS.glob("*.yaml"))
ALERT_RULES = {rule["alert"]: rule for rule in groups(monitored())["lamplighter-alerts"]}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "rules.yaml"
    path.write_text(rule_file(monitored()))
    return path


def test_promtool_takes_the_rules_without_a_word(rules: Path) -> None:
    done = promtool("check", "rules", "--lint=all", "--lint-fatal", str(rules))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("test", TESTS, ids=lambda path: path.stem)
def test_rules_do_what_their_cases_say(test: Path, rules: Path, tmp_path: Path) -> None:
    case = tmp_path / test.name
    case.write_text(f"rule_files: [{rules}]\n{test.read_text()}")
    done = promtool("test", "rules", str(case))
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_fifteen_alerts_or_more_and_each_has_cases() -> None:
    assert len(NAMES) >= 15
    assert {path.stem for path in TESTS} == {*NAMES, "records"}


@pytest.mark.parametrize("name", NAMES)
def test_each_alert_fires_in_one_case_and_is_silent_in_another(name: str) -> None:
    cases: list[dict[str, Any]] = yaml.safe_load((RULE_TESTS / f"{name}.yaml").read_text())["tests"]
    for case in cases:
        assert all(check["alertname"] == name for check in case["alert_rule_test"])
    fires = [any(check.get("exp_alerts") for check in case["alert_rule_test"]) for case in cases]
    assert any(fires)
    assert not all(fires)
    assert all(case["name"] for case in cases)


@pytest.mark.parametrize("name", NAMES)
def test_each_alert_says_how_grave_it_is_what_is_wrong_with_its_number_and_where_to_read_on(name: str) -> None:
    written = yaml.safe_load((ALERTS / f"{name}.yaml").read_text())
    assert written["alert"] == name
    assert set(written) == {"alert", "expr", "for", "labels", "annotations"}
    assert written["labels"]["severity"] in {"critical", "warning", "info"}
    assert set(written["annotations"]) == {"summary", "description"}
    rule = ALERT_RULES[name]
    assert "$value" in rule["annotations"]["description"]
    assert rule["annotations"]["runbook_url"].endswith(f"/runbooks/{name}.md")
    assert rule["labels"]["namespace"] == NAMESPACE
    assert rule["labels"]["release"] == RELEASE


@pytest.mark.parametrize("name", NAMES)
def test_no_word_of_ours_is_left_for_prometheus(name: str) -> None:
    rule = ALERT_RULES[name]
    assert not re.search(r"\$(?!1\b)", rule["expr"] + rule["for"])
    for text in rule["annotations"].values():
        # What stands in double braces is Prometheus' own.
        assert "$" not in re.sub(r"\{\{.*?\}\}", "", text)


@pytest.mark.parametrize("name", NAMES)
def test_every_query_is_of_this_release_and_namespace(name: str) -> None:
    # Metrics of nodes have no namespace; records have the release's.
    expression = ALERT_RULES[name]["expr"]
    for selector in re.findall(r"\{([^{}]*)\}", expression):
        assert f'namespace="{NAMESPACE}"' in selector
        assert RELEASE in selector


def test_rules_of_a_release_of_another_name_and_namespace_are_as_good(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(rule_file(monitored(release="two.b", namespace="team-x")))
    done = promtool("check", "rules", str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert NAMESPACE not in re.sub(r"lamplighter-serving/runbooks", "", path.read_text())
