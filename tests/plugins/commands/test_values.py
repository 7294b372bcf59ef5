"""`lamplighter values`: what it prints is what Argo CD's plugin renders from, and helm takes it as it stands."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from charts.render import DEV_FILES, HELM, SERVING, render
from plugins.tree import ROOT, copied_tree, lamplighter, replace_line


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copied_tree(tmp_path)


def test_the_list_is_the_files_in_the_order_they_count() -> None:
    said = lamplighter("values", "dev", "--root", str(ROOT))
    parts = shlex.split(said.out)
    assert (said.code, said.err, set(parts[::2])) == (0, "", {"-f"})
    assert parts[1::2] == [str(file) for file in DEV_FILES]


def test_it_can_be_pasted_into_a_shell() -> None:
    """In `$(…)`, where quotes would not count, as in the help's example."""
    line = f'"{HELM}" template lamplighter charts/lamplighter-serving --namespace serving-dev $(lamplighter values dev)'
    path = {"PATH": f"{ROOT / '.venv' / 'bin'}:/usr/bin:/bin"}
    done = subprocess.run(["sh", "-c", line], cwd=ROOT, env=path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [document for document in yaml.safe_load_all(done.stdout) if document] == render(SERVING, *DEV_FILES).objects


def test_the_whole_command_names_release_chart_and_namespace() -> None:
    command = shlex.split(lamplighter("values", "dev", "--root", str(ROOT), "--command").out)
    assert command[:5] == ["helm", "upgrade", "--install", "lamplighter", str(SERVING)]
    assert command[5:8] == ["--namespace", "serving-dev", "--create-namespace"]


def test_json_says_the_same_for_machines() -> None:
    said = json.loads(lamplighter("values", "dev", "--root", str(ROOT), "--format", "json").out)
    assert said["valuesFiles"] == [str(file) for file in DEV_FILES]
    assert (said["release"], said["namespace"], said["chart"]) == ("lamplighter", "serving-dev", str(SERVING))
    assert shlex.join(said["command"]) == lamplighter("values", "dev", "--root", str(ROOT), "--command").out.strip()


def test_a_file_with_a_space_is_quoted(tree: Path) -> None:
    (tree / "environments/models/my model.yaml").write_text("models: {}\n")
    assert "'" in lamplighter("values", "dev", "--root", str(tree)).out
    assert f"{tree}/environments/models/my model.yaml" in shlex.split(lamplighter("values", "dev", "--root", str(tree)).out)


def test_a_file_that_cannot_be_read_prints_nothing_but_the_finding(tree: Path) -> None:
    (tree / "environments/dev/scale.yaml").write_bytes(b"\xff")
    said = lamplighter("values", "dev", "--root", str(tree))
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("environments/dev/scale.yaml:1: LL604 byte 0 is not UTF-8.")


def test_an_environment_whose_chart_is_not_there_is_a_finding(tree: Path) -> None:
    replace_line(tree / "environments/dev/version.yaml", "path: charts/lamplighter-serving", "path: charts/none")
    said = lamplighter("values", "dev", "--root", str(tree))
    assert (said.code, said.out) == (1, "")
    assert "LL605 chart.path" in said.err


@pytest.mark.parametrize("name", ["nowhere", "../dev", "", "dev\nprod", "\udcff"])
def test_an_environment_that_is_not_there_is_one_sentence(name: str) -> None:
    said = lamplighter("values", name, "--root", str(ROOT))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("lamplighter: ")
    assert len(said.err.splitlines()) == 1
