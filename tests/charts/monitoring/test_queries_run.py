"""Every query runs on a cluster at work: none trips over the second of anything, and every panel has something to show."""

from functools import reduce
from pathlib import Path
from typing import Any

import yaml

from charts.monitoring.cluster_at_work import series
from charts.monitoring.monitored import NAMESPACE, RELEASE, monitored, panel_expressions, promtool, rule_file

#: What a person chose in Grafana.
CHOSEN = {"$namespace": NAMESPACE, "$release": RELEASE, "$worker": ".*"}


def panel_rules() -> tuple[dict[str, str], list[dict[str, Any]]]:
    """Each panel's query as a rule, and where each stands by the rule's name."""
    places, rules = {}, []
    for index, (where, expression) in enumerate(panel_expressions().items()):
        chosen = reduce(lambda text, choice: text.replace(*choice), CHOSEN.items(), expression)
        places[f"panel:{index}"] = where
        rules.append({"record": f"panel:{index}", "expr": chosen})
    return places, rules


def run(folder: Path, rules: list[dict[str, Any]], checks: list[dict[str, Any]]) -> str:
    """What promtool says of the rules and checks on that cluster, rules that fail to run included: nothing when all is well."""
    (folder / "release.yaml").write_text(rule_file(monitored()))
    (folder / "panels.yaml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    case = {"interval": "1m", "input_series": series(), "promql_expr_test": checks}
    files = [str(folder / name) for name in ("release.yaml", "panels.yaml")]
    # Ours first: panels read what it records.
    order = ["lamplighter-plan", "lamplighter-records", "lamplighter-alerts", "panels"]
    test = {"rule_files": files, "evaluation_interval": "5m", "group_eval_order": order, "tests": [case]}
    (folder / "case.yaml").write_text(yaml.safe_dump(test))
    done = promtool("test", "rules", str(folder / "case.yaml"))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_rule_and_every_panel_runs_and_shows_something(tmp_path: Path) -> None:
    places, rules = panel_rules()
    checks = [
        {"expr": f"clamp(count({name}), 1, 1)", "eval_time": "2h", "exp_samples": [{"labels": "{}", "value": 1}]}
        for name in places
    ]
    said = run(tmp_path, rules, checks)
    for name, where in places.items():
        said = said.replace(f"count({name})", f"[{where}]")
    assert said == ""


def test_a_query_that_trips_over_the_second_gateway_would_be_found(tmp_path: Path) -> None:
    tripping = "lamplighter_jobs / on (worker) lamplighter_oldest_job_age_seconds"
    assert "many-to-many" in run(tmp_path, [{"record": "panel:0", "expr": tripping}], [])
