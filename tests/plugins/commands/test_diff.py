"""`lamplighter diff`: what a change does to objects, memory, nodes, money and wakes, against a git repository of the test."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from charts.render import HELM
from plugins.repository import committed_tree, git
from plugins.tree import Said, lamplighter, replace_line


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository's environments and charts on main, and a branch."""
    monkeypatch.setenv("HELM_BIN", str(HELM))
    return committed_tree(tmp_path)


def diff(tree: Path, *arguments: str) -> Said:
    return lamplighter("diff", "--root", str(tree), *arguments)


def told(tree: Path, *arguments: str) -> Mapping[str, Any]:
    said = diff(tree, *(arguments or ("main",)), "--format", "json")
    assert (said.code, said.err) == (0, "")
    environments: Mapping[str, Any] = json.loads(said.out)["environments"]
    return environments


def test_a_branch_that_changes_nothing_says_so_in_a_line_each(tree: Path) -> None:
    assert diff(tree, "main").out == "dev: nothing changes\nprod: nothing changes\nstaging: nothing changes\n"


def test_a_scale_that_is_raised_is_an_edit_of_one_object_and_nodes_and_money_at_the_peak(tree: Path) -> None:
    replace_line(tree / "environments/prod/scale.yaml", "max: 8", "max: 6")
    assert lamplighter("plan", "prod", "--root", str(tree), "--write").code == 0
    prod = told(tree)["prod"]
    (edit,) = prod["objects"]["changed"]["ScaledObject serving-prod/lamplighter-worker-piles"]
    assert edit == {"path": "spec.maxReplicaCount", "before": 8, "after": 6}
    nodes = prod["peakNodes"]["a100-spot"]
    assert nodes["after"] < nodes["before"]
    # By hand: nodes that are gone, at the price that the cluster's file says.
    price = json.loads(diff(tree, "main", "--format", "json").out)["environments"]["prod"]["pricePerHour"]
    gone = nodes["before"] - nodes["after"]
    assert price["before"]["peak"] - price["after"]["peak"] == pytest.approx(gone * _price(tree, "a100-spot"))


def _price(tree: Path, pool: str) -> float:
    import yaml

    cluster = yaml.safe_load((tree / "environments/clusters/prod-weu.yaml").read_text())
    return float(cluster["gpuPools"][pool]["pricePerHour"]["amount"])


def test_a_shorter_context_is_less_memory_with_both_numbers_and_a_picture(tree: Path) -> None:
    replace_line(tree / "environments/staging/serving.yaml", "contextTokens: ", "contextTokens: 2048 # ")
    assert lamplighter("plan", "staging", "--root", str(tree), "--write").code == 0
    (engine,) = told(tree)["staging"]["engines"]
    assert engine["after"]["needed_bytes"] < engine["before"]["needed_bytes"]
    pictures = tree / "pictures"
    said = diff(tree, "main", "--svg", str(pictures))
    assert [file.name for file in pictures.iterdir()] == ["staging.svg"]
    assert (pictures / "staging.svg").read_text().startswith("<svg")
    assert "needs" in said.out


def test_a_change_that_cannot_work_tells_why_and_claims_no_removed_objects(tree: Path) -> None:
    replace_line(tree / "environments/prod/scale.yaml", "max: 8", "max: many")
    prod = told(tree)["prod"]
    assert (prod["before"]["state"], prod["after"]["state"]) == ("rendered", "refused")
    assert "environments/prod/scale.yaml" in prod["after"]["refused"][0]
    assert prod["objects"] == {"added": [], "removed": [], "changed": {}}
    assert "prod: cannot be rendered" in diff(tree, "main").out


def test_a_base_that_was_broken_does_not_keep_the_head_from_being_told(tree: Path) -> None:
    replace_line(tree / "environments/dev/scale.yaml", "max: 1", "max: many")
    git(tree, "commit", "--all", "--message=broken")
    git(tree, "checkout", "-b", "mend")
    replace_line(tree / "environments/dev/scale.yaml", "max: many", "max: 1")
    assert "dev: can be rendered again" in diff(tree, "branch").out


def test_a_new_environment_and_one_taken_away_are_told_as_such(tree: Path) -> None:
    shutil.copytree(tree / "environments/dev", tree / "environments/test")
    (tree / "environments/test/environment.yaml").write_text("name: test\ncluster: dev-kind\nrelease: lamplighter\n")
    git(tree, "rm", "-r", "--quiet", "environments/dev")
    lines = diff(tree, "main").out.splitlines()
    assert "dev: removed" in lines
    assert "test: new" in lines
    assert told(tree)["test"]["objects"]["added"]


def test_two_commits_are_compared_without_touching_the_files_here(tree: Path) -> None:
    replace_line(tree / "environments/prod/scale.yaml", "max: 8", "max: 7")
    lamplighter("plan", "prod", "--root", str(tree), "--write")
    git(tree, "commit", "--all", "--message=seven")
    (tree / "environments/prod/scale.yaml").write_text("not: committed\n")
    prod = told(tree, "main", "HEAD")["prod"]
    assert prod["after"]["state"] == "rendered"
    assert "ScaledObject serving-prod/lamplighter-worker-piles" in prod["objects"]["changed"]
    assert (tree / "environments/prod/scale.yaml").read_text() == "not: committed\n"


def test_a_comment_has_tables_and_folded_objects_and_nothing_that_breaks_out(tree: Path) -> None:
    replace_line(tree / "environments/dev/serving.yaml", "title: Invoice number", "title: '</details> ``` @everyone' #")
    said = diff(tree, "main", "--format", "markdown").out
    assert said.startswith("<!-- lamplighter diff -->")
    assert said.count("```") == 2
    assert said.index("</details> ''' @everyone") > said.index("```diff")


def test_without_helm_nothing_can_be_told(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_BIN", "/nowhere/helm")
    said = diff(tree, "main")
    assert (said.code, said.out) == (2, "")
    assert "Install Helm" in said.err


def test_a_reference_that_git_does_not_know_is_told_with_a_way_out(tree: Path) -> None:
    said = diff(tree, "origin/nowhere")
    assert (said.code, said.out) == (2, "")
    assert "git knows no commit 'origin/nowhere' here" in said.err
