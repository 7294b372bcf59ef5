"""`lamplighter cmp` as Argo CD's sidecar runs it: in the environment's folder, and nothing on stdout unless all is well."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from charts.render import HELM, SERVING, render
from plugins.tree import ROOT, copied_tree, lamplighter, replace_line


@pytest.fixture(autouse=True)
def helm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_BIN", str(HELM))


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    tree = copied_tree(tmp_path)
    monkeypatch.chdir(tree / "environments/staging")
    return tree


def test_it_prints_what_helm_renders_with_the_values_in_their_order(tree: Path) -> None:
    said = lamplighter("cmp", "generate")
    folder = tree / "environments"
    names = [
        "models/qwen3-8b-awq",
        "models/smollm2-135m-instruct",
        "clusters/staging-aks-weu",
        "staging/serving",
        "staging/scale",
    ]
    files = [
        folder / f"{name}.yaml"
        for name in [*names, *(f"staging/{one}" for one in ("serving", "scale", "placement.lock", "version"))]
    ]
    objects = [thing for thing in yaml.safe_load_all(said.out) if thing]
    tests = [one for one in render(SERVING, *files, namespace="serving-staging").objects if one["kind"] != "Pod"]
    assert said.code == 0
    assert objects == tests


def test_json_holds_the_same_objects(tree: Path) -> None:
    assert (tree / "charts").exists()
    objects = json.loads(lamplighter("cmp", "generate", "--format", "json").out)
    assert objects == [thing for thing in yaml.safe_load_all(lamplighter("cmp", "generate").out) if thing]


def test_a_stale_lock_prints_nothing_and_says_what_to_run(tree: Path) -> None:
    replace_line(tree / "environments/staging/scale.yaml", "max:", "max: 3 #")
    said = lamplighter("cmp", "generate")
    assert (said.code, said.out) == (1, "")
    assert "placement.lock.yaml:6: LL502 it was computed from other values" in said.err
    assert "Run lamplighter plan staging --write" in said.err


def test_an_object_that_kubernetes_would_refuse_prints_nothing_and_says_its_template(tree: Path) -> None:
    (tree / "charts").unlink()
    shutil.copytree(ROOT / "charts", tree / "charts")
    replace_line(tree / "charts/lamplighter-serving/templates/workers/deployment.yaml", "maxSurge: 0", "maxSurge: [0]")
    said = lamplighter("cmp", "generate")
    assert (said.code, said.out) == (1, "")
    place = "charts/lamplighter-serving/templates/workers/deployment.yaml:1: LL615 Deployment lamplighter-worker-extract"
    assert said.err.startswith(f"{place}: spec.strategy.rollingUpdate.maxSurge is [0]; k8s.io/kubernetes@v1.35.4 wants type")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ('[{"name": "values", "string": ";rm -rf /"}]', "parameters (values), and it takes none"),
        ('[{"name": ";rm", "array": ["a"]}]', "parameters (;rm), and it takes none"),
        ("{]", "parameters (None), and it takes none"),
    ],
)
def test_an_applications_parameters_are_refused_by_name(
    tree: Path, monkeypatch: pytest.MonkeyPatch, given: str, words: str
) -> None:
    assert tree.is_dir()
    monkeypatch.setenv("ARGOCD_APP_PARAMETERS", given)
    said = lamplighter("cmp", "generate")
    assert (said.code, said.out) == (1, "")
    assert words in said.err


def test_an_empty_list_of_parameters_is_none(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tree.is_dir()
    monkeypatch.setenv("ARGOCD_APP_PARAMETERS", "[]")
    assert lamplighter("cmp", "generate").code == 0


@pytest.mark.parametrize("name", [";rm -rf /", "../staging", "staging/../prod", "", "$(id)", "-x"])
def test_a_name_that_is_no_folder_of_environments_is_refused(tree: Path, name: str) -> None:
    said = lamplighter("cmp", "generate", f"--environment={name}", "--root", str(tree))
    if name:
        assert (said.code, said.out) == (1, "")
        assert "There is no environment" in said.err


def test_a_values_file_that_grows_without_end_is_refused_in_time(tree: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (tree / "environments/staging/scale.yaml").write_text("\n".join(lines))
    begin = time.monotonic()
    said = lamplighter("cmp", "generate")
    assert (said.code, said.out) == (1, "")
    assert "environments/staging/scale.yaml:" in said.err
    assert "anchors expanded" in said.err
    assert time.monotonic() - begin < 10


def test_discover_says_yes_in_an_environment_and_nothing_elsewhere(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert lamplighter("cmp", "discover").out == "environment.yaml\n"
    monkeypatch.chdir(tree)
    assert (lamplighter("cmp", "discover").code, lamplighter("cmp", "discover").out) == (0, "")


def test_the_same_tree_gives_the_same_bytes_without_an_environment_of_its_own(tree: Path) -> None:
    """As the sidecar runs it: an empty environment, so that nothing but the tree counts."""
    command = [sys.executable, "-m", "lamplighter", "cmp", "generate"]
    environment = {"PATH": os.environ["PATH"], "HELM_BIN": str(HELM), "HOME": str(tree)}
    outs = {subprocess.run(command, check=True, capture_output=True, env=environment, timeout=60).stdout for _each in range(2)}
    assert len(outs) == 1
    assert outs == {lamplighter("cmp", "generate").out.encode()}
