"""The program itself: how soon it starts, what it is called by, and what Argo CD sees of it."""

import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml

from charts.render import DEV_FILES, HELM, SERVING, render
from lamplighter import about
from plugins.tree import ROOT, copied_tree, replace_line

#: People run it on every save. Measured 0.05 s, the interpreter's own start included.
MOST_IMPORT_SECONDS = 0.15


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copied_tree(tmp_path)


def generate(folder: Path, helm: Path = HELM) -> subprocess.CompletedProcess[str]:
    """The plugin as Argo CD's sidecar runs it: in the environment's folder, with little in its environment."""
    environment = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HELM_BIN": str(helm), "HOME": str(folder)}
    command = yaml.safe_load((ROOT / "argocd" / "cmp" / "plugin.yaml").read_text())["spec"]["generate"]
    return subprocess.run(
        [*command["command"], *command["args"]], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_importing_the_cli_is_quick_and_loads_no_schema_library() -> None:
    code = "import sys, lamplighter.cli; print('jsonschema' in sys.modules, 'yaml' in sys.modules)"
    seconds = []
    for _try in range(5):
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        seconds.append(time.perf_counter() - start)
    assert done.stdout.split() == ["False", "False"]
    assert min(seconds) < MOST_IMPORT_SECONDS


def test_cmp_prints_what_helm_renders_when_all_is_well() -> None:
    done = generate(ROOT / "environments" / "dev")
    assert (done.returncode, done.stderr) == (0, "")
    printed = [document for document in yaml.safe_load_all(done.stdout) if document]
    # `helm test` is for people: Argo CD would have to run its pod at every sync.
    rendered = [thing for thing in render(SERVING, *DEV_FILES).objects if thing["kind"] != "Pod"]
    assert printed == rendered


def test_cmp_prints_nothing_but_the_finding_when_something_is_wrong(tree: Path) -> None:
    line = replace_line(tree / "environments/dev/serving.yaml", "gpusPerReplica:", "requestGPUs:")
    done = generate(tree / "environments" / "dev")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"environments/dev/serving.yaml:{line}: LL601 workers.extract.requestGPUs is not known" in done.stderr


def test_cmp_prints_nothing_when_helm_refuses_what_the_rules_let_pass(tree: Path) -> None:
    # The rules let nothing pass that our Helm refuses (test_agrees_with_chart.py), so another one stands in.
    helm = tree / "helm"
    helm.write_text("#!/bin/sh\necho half a manifest\necho 'Error: no such function' >&2\nexit 1\n")
    helm.chmod(0o755)
    done = generate(tree / "environments" / "dev", helm)
    assert (done.returncode, done.stdout) == (1, "")
    assert "helm does not render charts/lamplighter-serving: Error: no such function" in done.stderr


def test_cmp_prints_nothing_where_there_is_no_environment(tmp_path: Path) -> None:
    done = generate(tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "There is no environment" in done.stderr or "holds no" in done.stderr


def test_helm_runs_it_as_a_plugin(tmp_path: Path) -> None:
    (tmp_path / "lamplighter").symlink_to(ROOT / "plugins")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [str(HELM), "lamplighter", "check", "--root", str(ROOT), "dev"],
        env=os.environ | {"HELM_PLUGINS": str(tmp_path), "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "dev: clean\n"), done.stderr


def test_the_version_is_the_same_everywhere() -> None:
    said = {
        "program": about.VERSION,
        "helm plugin": yaml.safe_load((ROOT / "plugins" / "plugin.yaml").read_text())["version"],
    }
    for package in ("plugins", "serving"):
        said[package] = tomllib.loads((ROOT / package / "pyproject.toml").read_text())["project"]["version"]
    for chart in sorted((ROOT / "charts").glob("*/Chart.yaml")):
        said[chart.parent.name] = yaml.safe_load(chart.read_text())["version"]
    assert len(said) == 6
    assert set(said.values()) == {about.VERSION}, said
