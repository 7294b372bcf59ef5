"""`lamplighter promote`: version.yaml is copied when it names digests and runs where it comes from; nothing else ever is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from plugins.repository import committed_tree, git
from plugins.tree import Said, lamplighter, replace_line

SOURCE, TARGET = "environments/staging/version.yaml", "environments/prod/version.yaml"
DIGEST = "sha256:" + "ab" * 32
PUBLISHED = f"""\
chart: {{version: 0.2.0, digest: "{DIGEST}"}}
images:
  gateway: {{repository: registry.example.com/lamplighter-gateway, tag: 0.2.0, digest: "{DIGEST}"}}
"""
Status = Callable[..., Path]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Staging runs a published version; prod does not know it."""
    tree = committed_tree(tmp_path / "tree")
    (tree / SOURCE).write_text(PUBLISHED)
    git(tree, "commit", "--all", "--message=release")
    return tree


@pytest.fixture
def status(tree: Path, tmp_path: Path) -> Status:
    """Staging's Application as kubectl prints it, at the newest commit; `changes` go into its status."""

    def write(environment: str = "staging", revision: str = "", **changes: Any) -> Path:
        said: dict[str, Any] = {
            "sync": {"status": "Synced", "revision": revision or git(tree, "rev-parse", "HEAD")},
            "health": {"status": "Healthy"},
        }
        application = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": f"serving-{environment}", "labels": {"lamplighter.dev/environment": environment}},
            "status": said | changes,
        }
        file = tmp_path / "status.json"
        file.write_text(json.dumps(application))
        return file

    return write


def promote(tree: Path, *arguments: object) -> Said:
    return lamplighter("promote", "staging", "prod", "--root", str(tree), *map(str, arguments))


def test_what_runs_in_staging_is_copied_byte_for_byte_and_nothing_else_changes(tree: Path, status: Status) -> None:
    said = promote(tree, "--status", status())
    assert (said.code, said.err) == (0, "")
    assert (tree / TARGET).read_bytes() == (tree / SOURCE).read_bytes()
    assert git(tree, "status", "--porcelain") == f"M {TARGET}"
    assert "+ chart.version: 0.2.0" in said.out
    assert "- chart.path: charts/lamplighter-serving" in said.out


def test_a_second_time_there_is_nothing_to_do(tree: Path, status: Status) -> None:
    promote(tree, "--status", status())
    assert promote(tree, "--status", status()).out == "staging → prod: version.yaml the same already\n"


def test_a_dry_run_writes_nothing(tree: Path, status: Status) -> None:
    said = promote(tree, "--status", status(), "--dry-run")
    assert "version.yaml would change" in said.out
    assert git(tree, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sync": {"status": "OutOfSync", "revision": "0" * 40}}, "the sync status of staging is OutOfSync, not Synced"),
        ({"health": {"status": "Degraded"}}, "the health of staging is Degraded, not Healthy"),
        ({"health": {}}, "the health of staging is unknown, not Healthy"),
        (
            {"conditions": [{"type": "ComparisonError", "message": "plugin: exit status 1"}]},
            "Argo CD says of staging: ComparisonError: plugin: exit status 1",
        ),
        ({"sync": {"status": "Synced", "revision": "f" * 40}}, "commit ffffffffffff, which git does not know here"),
        ({"sync": {"status": "Synced"}}, "commit none, which git does not know here"),
    ],
)
def test_what_is_not_known_to_run_is_refused_with_the_reason(
    tree: Path, status: Status, changes: dict[str, Any], said: str
) -> None:
    refusal = promote(tree, "--status", status(**changes))
    assert (refusal.code, refusal.out) == (1, "")
    assert f"{SOURCE}:1: LL508" in refusal.err
    assert said in refusal.err
    assert git(tree, "status", "--porcelain") == ""


def test_a_version_that_was_changed_after_the_sync_is_refused(tree: Path, status: Status) -> None:
    evidence = status()
    replace_line(tree / SOURCE, "images:", "images:  # later")
    refusal = promote(tree, "--status", evidence)
    assert refusal.code == 1
    assert "and it is another one now" in refusal.err


def test_the_application_of_another_environment_proves_nothing(tree: Path, status: Status) -> None:
    refusal = promote(tree, "--status", status("dev"))
    assert refusal.code == 1
    assert "is of dev, not of staging" in refusal.err


def test_a_version_without_digests_is_refused_whatever_the_evidence(tree: Path) -> None:
    refusal = lamplighter("promote", "dev", "staging", "--root", str(tree), "--unproven", "--format", "json")
    assert refusal.code == 1
    findings = json.loads(refusal.out)["findings"]
    assert {finding["code"] for finding in findings} == {"LL507"}
    lines = (tree / "environments/dev/version.yaml").read_text().splitlines()
    assert lines[findings[0]["line"] - 1].strip().startswith("path:")
    assert git(tree, "status", "--porcelain") == ""


def test_without_evidence_it_has_to_be_said(tree: Path) -> None:
    assert promote(tree).code == 2
    assert promote(tree, "--unproven").code == 0


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind": "Application"}', '{"kind": "Application", "status": [1]}'])
def test_evidence_that_is_none_never_proves_and_never_breaks(tree: Path, tmp_path: Path, content: str) -> None:
    file = tmp_path / "status.json"
    file.write_text(content)
    refusal = promote(tree, "--status", file)
    assert refusal.code in (1, 2)
    assert refusal.err
    assert git(tree, "status", "--porcelain") == ""


def test_environments_that_are_not_there_are_told(tree: Path) -> None:
    said = lamplighter("promote", "staging", "nowhere", "--root", str(tree), "--unproven")
    assert (said.code, said.out) == (2, "")
    assert "There is no environment nowhere" in said.err
