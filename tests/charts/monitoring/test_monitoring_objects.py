"""What the chart renders for Prometheus and Grafana: nothing unless asked, each release its own, and found by its labels."""

import json
from typing import Any

import pytest

from charts.monitoring.monitored import ALERTS, DASHBOARDS, dashboards, groups, monitored
from charts.render import MINIMAL, SERVING, Rendered, minimal, render

KINDS = {"ServiceMonitor", "PodMonitor", "PrometheusRule"}


@pytest.fixture(scope="module")
def on() -> Rendered:
    return monitored()


def of_kind(rendered: Rendered, kind: str) -> list[dict[str, Any]]:
    return [thing for thing in rendered.objects if thing["kind"] == kind]


def shown(rendered: Rendered) -> dict[str, dict[str, Any]]:
    """The dashboards that Grafana's sidecar finds, by file name."""
    return {
        name: json.loads(text)
        for thing in of_kind(rendered, "ConfigMap")
        if thing["metadata"]["labels"].get("grafana_dashboard") == "1"
        for name, text in thing["data"].items()
    }


def test_nothing_is_rendered_unless_it_is_asked_for() -> None:
    rendered = render(SERVING, MINIMAL)
    assert not KINDS & {thing["kind"] for thing in rendered.objects}
    assert not shown(rendered)


def test_the_gateways_service_is_scraped_on_its_http_port(on: Rendered) -> None:
    (monitor,) = of_kind(on, "ServiceMonitor")
    services = [
        service
        for service in of_kind(on, "Service")
        if monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    ]
    assert [service["metadata"]["name"] for service in services] == ["lamplighter-gateway"]
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint == {"port": "http", "path": "/metrics", "interval": "30s"}
    assert "http" in {port["name"] for port in services[0]["spec"]["ports"]}


def test_prometheus_finds_its_objects_by_the_labels_it_selects(on: Rendered) -> None:
    for kind in KINDS - {"PodMonitor"}:
        (thing,) = of_kind(on, kind)
        assert thing["metadata"]["labels"]["release"] == "kube-prometheus-stack"


def test_cloudnativepgs_servers_are_scraped_by_the_label_the_operator_gives_them() -> None:
    assert not of_kind(monitored(), "PodMonitor")
    rendered = monitored({"database": {"mode": "cloudnativepg", "existingSecret": ""}})
    (monitor,) = of_kind(rendered, "PodMonitor")
    (cluster,) = of_kind(rendered, "Cluster")
    assert monitor["spec"]["selector"]["matchLabels"] == {"cnpg.io/cluster": cluster["metadata"]["name"]}
    assert monitor["spec"]["podMetricsEndpoints"] == [{"port": "metrics", "interval": "30s"}]


def test_every_file_becomes_an_alert_or_a_dashboard(on: Rendered) -> None:
    alerts = [rule["alert"] for rule in groups(on)["lamplighter-alerts"]]
    assert sorted(alerts) == sorted(path.stem for path in ALERTS.glob("*.yaml"))
    assert sorted(shown(on)) == sorted(f"lamplighter-{path.name}" for path in DASHBOARDS.glob("*.json"))


def test_a_dashboard_in_the_cluster_is_the_file_with_the_releases_name(on: Rendered) -> None:
    for name, dashboard in shown(on).items():
        file = dashboards()[name.removeprefix("lamplighter-").removesuffix(".json")]
        assert dashboard["title"] == f"{file['title']} (serving/lamplighter)"
        assert dashboard["panels"] == file["panels"]
        chosen = {each["name"]: each["current"].get("value") for each in dashboard["templating"]["list"]}
        assert (chosen["namespace"], chosen["release"]) == ("serving", "lamplighter")


@pytest.mark.parametrize(("release", "namespace"), [("other", "serving"), ("lamplighter", "elsewhere")])
def test_two_releases_share_no_object_no_dashboard_and_no_alert(on: Rendered, release: str, namespace: str) -> None:
    other = monitored(release=release, namespace=namespace)

    def names(rendered: Rendered) -> set[tuple[str, str, str]]:
        return {(thing["kind"], thing["metadata"]["namespace"], thing["metadata"]["name"]) for thing in rendered.objects}

    assert not names(on) & names(other)
    uids = [dashboard["uid"] for rendered in (on, other) for dashboard in shown(rendered).values()]
    assert len(uids) == len(set(uids))
    expressions = [{rule["expr"] for rule in groups(rendered)["lamplighter-alerts"]} for rendered in (on, other)]
    assert not expressions[0] & expressions[1]


def test_a_release_without_gpus_has_no_plan_and_all_alerts() -> None:
    rendered = render(
        SERVING, over=minimal({"monitoring": {"enabled": True, "alerts": {"runbookUrl": "https://git.example.com/r"}}})
    )
    assert set(groups(rendered)) == {"lamplighter-records", "lamplighter-alerts"}


def test_the_plan_has_the_numbers_of_the_values_and_not_those_of_a_shared_gpu(on: Rendered) -> None:
    plan = {
        (rule["record"], rule["labels"].get("worker") or rule["labels"]["pool"]): rule["expr"]
        for rule in groups(on)["lamplighter-plan"]
    }
    assert plan == {
        ("lamplighter:worker_replicas_min", "extract"): "vector(0)",
        ("lamplighter:worker_replicas_min", "piles"): "vector(1)",
        ("lamplighter:gpu_memory_fraction:planned", "extract"): "vector(0.9)",
        ("lamplighter:pool_nodes_min", "t4"): "vector(0)",
        ("lamplighter:pool_nodes_max", "t4"): "vector(4)",
        ("lamplighter:pool_price_per_hour", "t4"): "vector(0.55)",
        ("lamplighter:pool_nodes_min", "l4-shared"): "vector(1)",
        ("lamplighter:pool_nodes_max", "l4-shared"): "vector(2)",
        ("lamplighter:pool_price_per_hour", "l4-shared"): "vector(0.8)",
    }


def test_limits_of_the_values_reach_the_alerts() -> None:
    rules = {
        rule["alert"]: rule
        for rule in groups(monitored({"monitoring": {"alerts": {"wakeLimitSeconds": 1200, "waitLimitSeconds": 76543}}}))[
            "lamplighter-alerts"
        ]
    }
    assert "> 1200\n" in rules["LamplighterQueueStuck"]["expr"]
    assert "> 76543\n" in rules["LamplighterQueueBehind"]["expr"]
    assert rules["LamplighterNodeNotComing"]["for"] == "1200s"
    # The longest cooldown of ci/monitoring-values.yaml is 600 s, and 900 s for drain and KEDA.
    assert rules["LamplighterGpuIdle"]["for"] == "1500s"


def test_alerts_can_be_left_out_one_by_one_or_all() -> None:
    without = monitored({"monitoring": {"alerts": {"excluded": ["LamplighterNodeIdle"]}}})
    alerts = {rule["alert"] for rule in groups(without)["lamplighter-alerts"]}
    assert alerts == {path.stem for path in ALERTS.glob("*.yaml")} - {"LamplighterNodeIdle"}
    none = monitored({"monitoring": {"alerts": {"enabled": False, "runbookUrl": ""}}})
    assert "lamplighter-alerts" not in groups(none)
    assert shown(none)


def test_an_alert_that_is_not_there_cannot_be_left_out() -> None:
    schema = json.loads((SERVING / "values.schema.json").read_text())
    assert schema["definitions"]["alert"]["enum"] == sorted(path.stem for path in ALERTS.glob("*.yaml"))
    error = monitored({"monitoring": {"alerts": {"excluded": ["LamplighterQueueSlow"]}}}).error
    assert "/monitoring/alerts/excluded/0" in error
    assert "LamplighterQueueStuck" in error


def test_dashboards_can_be_left_out_or_be_labelled_for_another_sidecar() -> None:
    assert not shown(monitored({"monitoring": {"dashboards": {"enabled": False}}}))
    other = monitored({"monitoring": {"dashboards": {"label": "dashboards.example.com/watch"}}})
    labels = [thing["metadata"]["labels"] for thing in of_kind(other, "ConfigMap")]
    assert sum("dashboards.example.com/watch" in each for each in labels) == len(dashboards())


def test_a_runbooks_address_may_end_in_a_slash() -> None:
    rendered = monitored({"monitoring": {"alerts": {"runbookUrl": "https://git.example.com/runbooks/"}}})
    for rule in groups(rendered)["lamplighter-alerts"]:
        assert rule["annotations"]["runbook_url"] == f"https://git.example.com/runbooks/{rule['alert']}.md"
