"""The Applications that come out of environments/, and what they may and do."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from argocd.applicationset import APPLICATIONSET, ROOT, SETS, MissingKeyError, applications
from charts.render import DEV_FILES, SERVING, Rendered, render
from lamplighter.load.environments import environment_names, read_environment
from lamplighter.load.files import Files
from plugins.tree import copied_tree


@pytest.fixture(scope="module")
def rendered() -> Rendered:
    return render(SERVING, *DEV_FILES)


ENVIRONMENTS = environment_names(ROOT)


def test_each_environment_yields_one_application() -> None:
    assert sorted(applications(ROOT)) == [f"serving-{name}" for name in ENVIRONMENTS]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_an_application_is_for_its_folder_and_namespace(name: str) -> None:
    spec = applications(ROOT)[f"serving-{name}"]["spec"]
    assert spec["project"] == "serving"
    assert spec["source"]["path"] == f"environments/{name}"
    assert spec["source"]["plugin"] == {"name": "lamplighter"}
    assert spec["destination"] == {"server": "https://kubernetes.default.svc", "namespace": f"serving-{name}"}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_argo_cd_and_the_plugin_deploy_to_the_same_namespace(name: str) -> None:
    environment = read_environment(Files(ROOT), name)
    assert environment is not None
    assert applications(ROOT)[f"serving-{name}"]["spec"]["destination"]["namespace"] == environment.namespace


def test_project_repository_and_cluster_are_literals() -> None:
    template = yaml.safe_load(APPLICATIONSET.read_text())["spec"]["template"]["spec"]
    literals = [template["project"], template["source"]["repoURL"], template["destination"]["server"]]
    assert not any("{{" in text for text in literals)


def test_an_environment_without_a_cluster_is_an_error_of_the_set(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    (tree / "environments" / "dev" / "environment.yaml").write_text("name: dev\nrelease: lamplighter\n")
    with pytest.raises(MissingKeyError):
        applications(tree)


def test_each_cluster_runs_its_own_environments_alone() -> None:
    assert set(applications(ROOT, "prod-weu")) == {"serving-prod"}
    assert set(applications(ROOT, "dev-kind")) == {"serving-dev"}
    assert not applications(ROOT, "another")


def test_the_operators_of_a_cluster_come_from_the_one_environment_that_has_a_platform(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    shutil.copytree(tree / "environments" / "dev", tree / "environments" / "trial")
    (tree / "environments" / "trial" / "platform.yaml").unlink()
    found = applications(tree, "dev-kind", declared=SETS / "platform.yaml")
    assert set(found) == {"platform-dev-kind"}
    source = found["platform-dev-kind"]["spec"]["source"]
    files = ["/environments/clusters/dev-kind.yaml", "/environments/dev/platform.yaml"]
    assert source["helm"] == {"releaseName": "platform", "valueFiles": files}
    assert all((ROOT / file.lstrip("/")).is_file() for file in files)


def test_operators_come_before_applications() -> None:
    waves = {
        name: int(
            yaml.safe_load((SETS / f"{name}.yaml").read_text())["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
        )
        for name in ("platform", "serving")
    }
    # Projects have no wave, which is 0.
    assert 0 < waves["platform"] < waves["serving"]


@pytest.mark.parametrize("name", ["platform", "serving"])
def test_a_retry_is_bounded_and_takes_the_newest_commit(name: str) -> None:
    policy = yaml.safe_load((SETS / f"{name}.yaml").read_text())["spec"]["template"]["spec"]["syncPolicy"]
    assert policy["automated"] == {"prune": True, "selfHeal": True}
    assert 0 < policy["retry"]["limit"] <= 10
    assert policy["retry"]["refresh"] is True
    assert "ServerSideApply=true" in policy["syncOptions"]


def test_a_second_environment_gets_an_application_of_its_own(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    shutil.copytree(tree / "environments" / "dev", tree / "environments" / "trial")
    (tree / "environments" / "trial" / "environment.yaml").write_text("name: trial\ncluster: dev-kind\nrelease: lamplighter\n")
    assert set(applications(tree)) - set(applications(ROOT)) == {"serving-trial"}


def test_keda_keeps_the_replicas_of_workers_and_git_those_of_the_gateway(rendered: Rendered) -> None:
    spec = applications(ROOT)["serving-dev"]["spec"]
    assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]
    kinds = [(ignored["group"], ignored["kind"]) for ignored in spec["ignoreDifferences"]]
    assert kinds == [("apps", "Deployment"), ("leaderworkerset.x-k8s.io", "LeaderWorkerSet")]
    expressions = {expression for ignored in spec["ignoreDifferences"] for expression in ignored["jqPathExpressions"]}
    assert expressions == {'select(.metadata.labels["lamplighter.dev/worker"]) | .spec.replicas'}
    labelled = {
        thing["metadata"]["name"]: "lamplighter.dev/worker" in thing["metadata"]["labels"]
        for thing in rendered.objects
        if thing["kind"] == "Deployment"
    }
    assert labelled == {"lamplighter-gateway": False, "lamplighter-worker-extract": True}


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not in PATH")
def test_the_expression_takes_the_replicas_of_workers_alone(rendered: Rendered) -> None:
    # Argo CD compiles an expression into del(expression) and runs it over both the live and the wanted object.
    (expression,) = applications(ROOT)["serving-dev"]["spec"]["ignoreDifferences"][0]["jqPathExpressions"]

    def without_ignored(name: str) -> dict[str, Any]:
        thing = json.dumps(rendered.one("Deployment", name))
        done = subprocess.run(["jq", f"del({expression})"], input=thing, capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    assert without_ignored("lamplighter-gateway")["spec"]["replicas"] == 1
    assert "replicas" not in without_ignored("lamplighter-worker-extract")["spec"]
