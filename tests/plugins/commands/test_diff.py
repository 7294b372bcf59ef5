"""`lamplighter diff`: what a change does, by numbers that can be computed by hand; both sides may be broken or missing."""

import json
import re
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from charts.render import HELM
from plugins.repository import committed_tree, git
from plugins.tree import ROOT, Said, lamplighter, replace_line


@pytest.fixture(autouse=True)
def helm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_BIN", str(HELM))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """This tree's environments and charts as a repository."""
    return committed_tree(tmp_path)


def diff(tree: Path, *arguments: str) -> Said:
    return lamplighter("diff", "main", "--root", str(tree), *arguments)


def environment(tree: Path, name: str, *arguments: str) -> dict[str, Any]:
    said = diff(tree, "--format", "json", "--environment", name, *arguments)
    (found,) = json.loads(said.out)["environments"]
    return dict(found)


def test_the_same_tree_changes_nothing(tree: Path) -> None:
    said = diff(tree)
    assert (said.code, said.err) == (0, "")
    assert said.out == "from main to the working tree\n\nunchanged: dev, prod, staging\n"


def test_a_gateway_more_is_one_field_of_one_object(tree: Path) -> None:
    with (tree / "environments/dev/serving.yaml").open("a") as file:
        file.write("gateway: {replicas: 2}\n")
    found = environment(tree, "dev")
    fields = {one["path"]: (one["before"], one["after"]) for change in found["objects"]["changed"] for one in change["fields"]}
    assert fields["spec.replicas"] == ("1", "2")
    assert [one["kind"] for one in found["objects"]["added"]] == ["PodDisruptionBudget"]
    assert found["before"]["figures"] == found["after"]["figures"]


def test_more_replicas_cost_more_at_the_peak_and_nothing_more_at_idle(tree: Path) -> None:
    most = int(re.search(r"max: (\d+)", (tree / "environments/staging/scale.yaml").read_text())[1])  # type: ignore[index]
    replace_line(tree / "environments/staging/scale.yaml", f"max: {most}", f"max: {most - 1}")
    assert lamplighter("plan", "staging", "--write", "--root", str(tree)).code == 0
    found = environment(tree, "staging")
    before, after = found["before"]["figures"], found["after"]["figures"]
    # A replica is a T4, and a node of the pool has one: its price is what one replica less saves.
    price = float(re.search(r"amount: ([0-9.]+)", (tree / "environments/clusters/staging-aks-weu.yaml").read_text())[1])  # type: ignore[index]
    assert (before["peakNodes"], after["peakNodes"]) == ({"t4": most}, {"t4": most - 1})
    assert before["peakCostPerHour"] - after["peakCostPerHour"] == pytest.approx(price)
    assert before["idleCostPerHour"] == after["idleCostPerHour"] == 0
    assert before["idleNodes"] == {"t4": 0}
    assert before["coldStartSeconds"] == after["coldStartSeconds"]
    text = diff(tree).out
    assert f"  nodes at the peak, t4: {most} -> {most - 1}\n" in text
    assert "unchanged: dev, prod" in text


def test_a_longer_queue_of_requests_changes_memory_and_draws_it(tree: Path, tmp_path: Path) -> None:
    replace_line(tree / "environments/staging/serving.yaml", "concurrency: 4", "concurrency: 6")
    assert lamplighter("plan", "staging", "--write", "--root", str(tree)).code == 0
    pictures = tmp_path / "pictures"
    found = environment(tree, "staging", "--svg", str(pictures))
    (before,), (after,) = (found[side]["figures"]["memory"] for side in ("before", "after"))
    # KV cache by hand: 2 · 36 layers · 8 heads · 128 · 2 bytes a token, 8192 tokens, for two requests more.
    assert after["neededBytes"] - before["neededBytes"] == 2 * 36 * 8 * 128 * 2 * 8192 * 2
    assert sorted(path.name for path in pictures.iterdir()) == ["staging-after.svg", "staging-before.svg"]
    for path in pictures.iterdir():
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
    said = diff(tree, "--format", "markdown").out
    assert said.startswith("<!-- lamplighter diff -->\n\n## What this changes: staging\n")
    assert re.search(r"\| GiB of extract/qwen3-8b-awq on t4 \| 10\.5 of \d+\.\d, .* \| 12\.8 of", said)


def test_two_commits_are_compared_without_the_working_tree(tree: Path) -> None:
    git(tree, "switch", "--quiet", "--create", "change")
    replace_line(tree / "environments/dev/scale.yaml", "cooldownSeconds:", "cooldownSeconds: 120 #")
    git(tree, "commit", "--quiet", "--all", "--message", "change")
    (tree / "environments/dev/scale.yaml").write_text("broken: [")
    said = lamplighter("diff", "main", "change", "--root", str(tree))
    assert said.code == 0
    assert "    spec.cooldownPeriod: 60 -> 120\n" in said.out
    assert git(tree, "status", "--porcelain") == "M environments/dev/scale.yaml"
    assert (tree / "environments/dev/scale.yaml").read_text() == "broken: ["


def test_a_base_that_lacks_the_environment_or_is_broken_says_so(tree: Path) -> None:
    broken = (tree / "environments/dev/scale.yaml").read_text()
    (tree / "environments/dev/scale.yaml").write_text("workers: {extract: {scael: 1}}\n")
    shutil.rmtree(tree / "environments/prod")
    git(tree, "commit", "--quiet", "--all", "--message", "broken")
    (tree / "environments/dev/scale.yaml").write_text(broken)
    shutil.copytree(ROOT / "environments/prod", tree / "environments/prod")
    said = diff(tree)
    assert said.code == 0
    assert "  before: it is refused, so it was not rendered\n" in said.out
    assert "environments/dev/scale.yaml:1: LL601" in said.out
    assert "  before: there is no such environment\n" in said.out
    assert "  + Deployment lamplighter-gateway\n" in said.out


def test_an_empty_base_is_no_base(tree: Path) -> None:
    git(tree, "switch", "--quiet", "--orphan", "empty")
    git(tree, "commit", "--quiet", "--allow-empty", "--message", "empty")
    said = lamplighter("diff", "empty", "main", "--root", str(tree))
    assert said.code == 0
    assert said.out.count("before: there is no such environment") == 3


def test_a_head_that_is_refused_is_1(tree: Path) -> None:
    replace_line(tree / "environments/dev/scale.yaml", "max: 1", "max: many")
    said = diff(tree)
    assert said.code == 1
    assert "  after: it is refused, so it was not rendered\n" in said.out
    assert "LL602" in said.out


def test_a_change_of_an_operators_value_is_shown(tree: Path) -> None:
    with (tree / "environments/dev/platform.yaml").open("a") as file:
        file.write("keda: {operator: {replicaCount: 2}}\n")
    text = diff(tree).out
    assert "  ~ platform.yaml\n" in text


@pytest.mark.parametrize("revision", ["nowhere", "--output=/tmp/x", "main:environments", "", "main~99"])
def test_a_revision_that_is_none_cannot_be_judged(tree: Path, revision: str) -> None:
    said = lamplighter("diff", "--root", str(tree), "--", revision)
    assert (said.code, said.out) == (2, "")


def test_an_environment_that_no_side_has_cannot_be_judged(tree: Path) -> None:
    said = diff(tree, "--environment", "nowhere")
    assert (said.code, said.out) == (2, "")
    assert "Neither side has an environment nowhere. There are: dev, prod, staging." in said.err


def test_a_folder_without_git_cannot_be_judged(tmp_path: Path) -> None:
    assert lamplighter("diff", "main", "--root", str(tmp_path)).code == 2


def test_without_helm_nothing_is_said_of_the_environments(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELM_BIN", "/nowhere/helm")
    said = diff(tree)
    assert (said.code, said.out) == (2, "")
