"""The GitHub Action's script: annotations, summary, SARIF, one comment kept up to date, and check's own exit code."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from charts.render import HELM
from plugins.repository import git
from plugins.tree import ROOT, copied_tree, replace_line

#: Stands for GitHub's own program: notes what it is asked, and says that the pull request has the comments of COMMENTS.
GH = """\
#!/bin/sh
echo "$@" >>"$GH_LOG"
case "$*" in *--paginate*) cat "$COMMENTS" ;; esac
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = copied_tree(tmp_path / "tree")
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "comments").write_text("")
    return tree


def run(tree: Path, **inputs: str) -> tuple[int, str, dict[str, str]]:
    """Exit code, log, and what lies in the files that GitHub gives a step."""
    folder = tree.parent
    files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GH_LOG")}
    environment = {
        "PATH": f"{folder}:/usr/bin:/bin",
        "LAMPLIGHTER": str(Path(sys.executable).parent / "lamplighter"),
        "ROOT": str(tree),
        "ENVIRONMENTS": "dev",
        "GITHUB_REPOSITORY": "owner/name",
        "COMMENTS": str(folder / "comments"),
        **{name: str(path) for name, path in files.items()},
    }
    if path := os.environ.get("PYTHONPATH"):
        environment["PYTHONPATH"] = path
    done = subprocess.run(
        [str(ROOT / "plugins/action/check")], cwd=folder, env=environment | inputs, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr, {name: path.read_text() for name, path in files.items() if path.exists()}


def broken(tree: Path) -> Path:
    replace_line(tree / "environments/dev/scale.yaml", "max: 1", "max: many")
    return tree


def test_a_clean_tree_ends_with_zero_and_a_summary(tree: Path) -> None:
    code, log, files = run(tree)
    assert (code, files["GITHUB_OUTPUT"]) == (0, "verdict=clean\n")
    assert log == "::notice title=lamplighter::dev: clean\n"
    assert "this change can work" in files["GITHUB_STEP_SUMMARY"]


def test_findings_end_with_one_after_every_report_is_written(tree: Path) -> None:
    sarif = tree.parent / "check.sarif"
    code, log, files = run(broken(tree), SARIF_FILE=str(sarif))
    assert (code, files["GITHUB_OUTPUT"]) == (1, "verdict=findings\n")
    assert log.startswith("::error file=environments/dev/scale.yaml,line=7,")
    assert "cannot work yet" in files["GITHUB_STEP_SUMMARY"]
    assert json.loads(sarif.read_text())["version"] == "2.1.0"


def test_what_cannot_be_judged_ends_with_two_and_says_why(tree: Path) -> None:
    code, log, files = run(tree, ENVIRONMENTS="prods")
    assert (code, files["GITHUB_OUTPUT"]) == (2, "verdict=could-not-judge\n")
    assert "There is no environment prods" in log


def test_a_first_comment_is_made_and_a_later_one_renews_it(tree: Path) -> None:
    inputs = {"COMMENT": "true", "PULL_REQUEST": "7"}
    asked = run(broken(tree), **inputs)[2]["GH_LOG"].splitlines()
    assert "--method POST repos/owner/name/issues/7/comments" in asked[-1]
    (tree.parent / "comments").write_text("41\n")
    asked = run(tree, **inputs)[2]["GH_LOG"].splitlines()
    assert "--method PATCH repos/owner/name/issues/comments/41" in asked[-1]


def test_without_a_pull_request_nothing_is_commented(tree: Path) -> None:
    assert "GH_LOG" not in run(tree, COMMENT="true", PULL_REQUEST="")[2]


@pytest.mark.parametrize("names", ["--format json", "-h", "$(touch x)", "dev; touch x", "*"])
def test_inputs_are_names_and_never_options_or_commands(tree: Path, names: str) -> None:
    code, _log, _files = run(tree, ENVIRONMENTS=names)
    assert code == 2
    assert not (tree.parent / "x").exists()


def test_the_action_hands_every_input_to_the_script_and_none_into_its_text() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    steps = action["runs"]["steps"]
    assert all("${{" not in step["run"] for step in steps)
    handed = " ".join(str(value) for step in steps for value in step.get("env", {}).values())
    assert all(f"inputs.{name}" in handed for name in action["inputs"])


def test_the_pre_commit_hook_runs_the_program_of_the_package_it_installs() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"] == "lamplighter check"
    (package,) = hook["additional_dependencies"]
    assert 'lamplighter = "lamplighter.cli:main"' in (ROOT / package / "pyproject.toml").read_text()
    assert '"**/*.md"' in (ROOT / package / "pyproject.toml").read_text(), "the pages of explain"


def repository(tree: Path) -> Path:
    """The tree with what it is now as its only commit. The charts go in too: a commit cannot hold what a link leads to."""
    (tree / "charts").unlink()
    shutil.copytree(ROOT / "charts", tree / "charts")
    git(tree, "init", "--quiet")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "first")
    return tree


def test_with_a_base_it_also_says_what_changes_in_a_comment_of_its_own(tree: Path) -> None:
    repository(tree)
    replace_line(tree / "environments/dev/scale.yaml", "max: 1", "max: 2")
    code, _log, files = run(tree, DIFF_BASE="HEAD", HELM_BIN=str(HELM), COMMENT="true", PULL_REQUEST="7")
    assert code == 0
    assert "## What this changes: dev\n" in files["GITHUB_STEP_SUMMARY"]
    assert files["GH_LOG"].count("--method POST repos/owner/name/issues/7/comments") == 2


def test_a_base_that_is_not_there_does_not_change_the_verdict(tree: Path) -> None:
    repository(tree)
    code, log, files = run(tree, DIFF_BASE="nowhere", HELM_BIN=str(HELM))
    assert (code, files["GITHUB_OUTPUT"]) == (0, "verdict=clean\n")
    assert "git knows no commit 'nowhere'" in log
