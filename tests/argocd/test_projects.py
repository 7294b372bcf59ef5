"""Projects: everything that is rendered may be applied, and little else."""

from typing import Any

import yaml

from argocd.applicationset import ROOT, applications
from charts.render import DEV_FILES, SERVING, render

ARGOCD = ROOT / "argocd"
CLUSTER_SCOPED = {"Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"}


def documents(path: str) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all((ARGOCD / path).read_text()) if document]


def project(name: str) -> dict[str, Any]:
    (found,) = documents(f"projects/{name}.yaml")
    assert found["kind"] == "AppProject"
    spec: dict[str, Any] = found["spec"]
    return spec


#: dev, and each way of using the chart that it documents.
RENDERED = [DEV_FILES, *((path,) for path in sorted((SERVING / "ci").glob("*-values.yaml")))]


def kinds() -> set[tuple[str, str]]:
    """What Argo CD would apply. Tests of the release are not for it: `lamplighter cmp` leaves them out."""
    return {
        (thing["apiVersion"].rpartition("/")[0], thing["kind"])
        for files in RENDERED
        for thing in render(SERVING, *files).objects
        if thing["metadata"].get("annotations", {}).get("helm.sh/hook") != "test"
    }


def test_what_the_chart_renders_is_what_its_project_allows() -> None:
    assert {(entry["group"], entry["kind"]) for entry in project("serving")["namespaceResourceWhitelist"]} == kinds()
    assert project("serving")["clusterResourceWhitelist"] == [{"group": "", "kind": "Namespace", "name": "serving-*"}]


def test_the_default_project_is_empty() -> None:
    spec = project("default")
    assert not spec["sourceRepos"]
    assert not spec["destinations"]
    assert not spec["clusterResourceWhitelist"]


def test_no_project_allows_everything() -> None:
    for path in sorted((ARGOCD / "projects").glob("*.yaml")):
        assert "*" not in project(path.stem)["sourceRepos"]
        for destination in project(path.stem)["destinations"]:
            assert destination["namespace"] != "*"
            assert destination["server"] == "https://kubernetes.default.svc"


def test_the_root_holds_projects_and_applicationsets_and_may_hold_nothing_else() -> None:
    rights, root = documents("bootstrap/root.yaml")
    assert root["spec"]["project"] == rights["metadata"]["name"]
    assert [entry["kind"] for entry in rights["spec"]["namespaceResourceWhitelist"]] == ["AppProject", "ApplicationSet"]
    assert root["spec"]["source"]["path"] == "argocd"
    assert root["spec"]["source"]["directory"]["include"] == "{projects/*.yaml,applicationsets/*.yaml}"


def test_every_file_names_the_same_repository() -> None:
    (url,) = {application["spec"]["source"]["repoURL"] for application in applications(ROOT).values()}
    rights, root = documents("bootstrap/root.yaml")
    named = [root["spec"]["source"]["repoURL"], *rights["spec"]["sourceRepos"]]
    for name in ("serving", "platform"):
        named += project(name)["sourceRepos"]
    assert set(named) == {url}


def test_the_plugin_takes_no_parameters_and_no_shell() -> None:
    (plugin,) = documents("cmp/plugin.yaml")
    assert plugin["spec"]["generate"] == {"command": ["lamplighter"], "args": ["cmp", "generate"]}
    assert "parameters" not in plugin["spec"]
    assert plugin["spec"]["discover"] == {"fileName": "./environment.yaml"}
