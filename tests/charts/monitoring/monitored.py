"""The chart with monitoring on, as Prometheus and Grafana see it: its rules, its dashboards, and promtool to judge them."""

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml

from charts.render import ROOT, SERVING, Rendered, render

PROMTOOL = ROOT / ".cache" / "tools" / "promtool"
ALERTS, RUNBOOKS, DASHBOARDS = SERVING / "alerts", SERVING / "runbooks", SERVING / "dashboards"
RULE_TESTS = Path(__file__).parent / "rules"
VALUES = SERVING / "ci" / "monitoring-values.yaml"
RELEASE, NAMESPACE = "lamplighter", "serving"

#: What Grafana puts in by itself.
GRAFANA = {"$__rate_interval": "5m", "$__range": "6h"}


def monitored(over: dict[str, Any] | None = None, *, release: str = RELEASE, namespace: str = NAMESPACE) -> Rendered:
    """The chart with ci/monitoring-values.yaml, and `over` on top."""
    return render(SERVING, VALUES, over=over, release=release, namespace=namespace)


def groups(rendered: Rendered) -> dict[str, list[dict[str, Any]]]:
    """The rules by group."""
    (rule,) = (thing for thing in rendered.objects if thing["kind"] == "PrometheusRule")
    return {group["name"]: group["rules"] for group in rule["spec"]["groups"]}


def rule_file(rendered: Rendered) -> str:
    """What Prometheus reads of the PrometheusRule."""
    return yaml.safe_dump({"groups": [{"name": name, "rules": rules} for name, rules in groups(rendered).items()]})


def dashboards() -> dict[str, dict[str, Any]]:
    """The dashboards in the tree, by name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}


def panel_expressions() -> dict[str, str]:
    """Every query of every dashboard with Grafana's own words filled in, by where it stands."""
    found = {}
    for name, dashboard in dashboards().items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                expression = target["expr"]
                for word, text in GRAFANA.items():
                    expression = expression.replace(word, text)
                found[f"{name}: {panel['title']} ({panel['id']}{target['refId']})"] = expression
    return found


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the promtool that scripts/promtool put there."""
    assert PROMTOOL.exists(), f"{PROMTOOL} is missing: run scripts/promtool (make test does)"
    return subprocess.run([str(PROMTOOL), *arguments], capture_output=True, text=True, timeout=60, check=False)
