"""`lamplighter promote`: version.yaml goes on, alone, if Argo CD saw it run; else nothing is written and the reason is said."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from lamplighter.load.application import applications
from lamplighter.load.promoted import version_digest
from lamplighter.load.yamlfile import parse_yaml
from plugins.repository import git
from plugins.tree import Said, copied_tree, lamplighter, replace_line

PIN = "sha256:" + "ab" * 32
VERSION = f"""\
# Kept: what is promoted.
chart:
  repository: oci://registry.example/charts
  version: 0.2.0
  digest: {PIN}
images:
  gateway: {{repository: registry.example/lamplighter-gateway, digest: {PIN}}}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository whose staging runs a published version."""
    tree = copied_tree(tmp_path)
    (tree / "environments/staging/version.yaml").write_text(VERSION)
    git(tree, "init", "--quiet")
    git(tree, "add", "environments")
    git(tree, "commit", "--quiet", "--message", "staging runs 0.2.0")
    return tree


def application(tree: Path, **changes: Any) -> dict[str, Any]:
    """As Argo CD 3.5 writes it, shortened to what counts."""
    status: dict[str, Any] = {
        "sync": {"status": "Synced", "revision": git(tree, "rev-parse", "HEAD")},
        "health": {"status": "Healthy"},
        "operationState": {"phase": "Succeeded"},
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "serving-staging", "namespace": "argocd"},
        "spec": {"source": {"path": "environments/staging", "plugin": {"name": "lamplighter"}}},
        "status": status | changes,
    }


def promote(tree: Path, status: object, *flags: str) -> Said:
    file = tree / "status.json"
    file.write_text(json.dumps(status))
    return lamplighter("promote", "staging", "prod", "--root", str(tree), "--status", str(file), *flags)


def test_a_version_that_runs_is_copied_byte_for_byte_with_a_record_of_where_and_nothing_else(tree: Path) -> None:
    said = promote(tree, application(tree))
    assert said.code == 0
    assert (tree / "environments/prod/version.yaml").read_text() == VERSION
    digest = version_digest(parse_yaml(VERSION.encode()).data)
    assert parse_yaml((tree / "environments/prod/promoted.yaml").read_bytes()).data == {
        "from": "staging",
        "commit": git(tree, "rev-parse", "HEAD"),
        "version": digest,
    }
    changed = ["M", "environments/prod/version.yaml", "??", "environments/prod/promoted.yaml"]
    assert git(tree, "status", "--porcelain", "environments").split() == changed
    assert "+++ b/environments/prod/version.yaml\n" in said.out
    assert "+  version: 0.2.0\n" in said.out
    files = "environments/prod/promoted.yaml and environments/prod/version.yaml"
    assert said.err == f"Written: {files}. Before you commit: lamplighter check prod\n"
    again = promote(tree, {"kind": "List", "items": [application(tree)]})
    assert (again.code, again.out) == (0, "prod has that version already.\n")


def test_an_environment_that_takes_any_version_gets_no_record(tree: Path) -> None:
    replace_line(tree / "environments/prod/environment.yaml", "promotedFrom: staging", "")
    assert promote(tree, application(tree)).code == 0
    assert (tree / "environments/prod/version.yaml").read_text() == VERSION
    assert not (tree / "environments/prod/promoted.yaml").exists()


def test_an_environment_is_not_skipped(tree: Path) -> None:
    line = replace_line(tree / "environments/prod/environment.yaml", "promotedFrom: staging", "promotedFrom: dev")
    said = promote(tree, application(tree))
    assert (said.code, said.out) == (1, "")
    place = f"environments/prod/environment.yaml:{line}: LL508"
    assert f"{place} prod takes the versions of dev, not those of staging. Promote to dev first, then from there." in said.err
    assert git(tree, "status", "--porcelain", "environments") == "M environments/prod/environment.yaml"


def kubectl(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name that writes down what it is asked. tests/gitops asks a real API server."""
    program = folder / "bin" / "kubectl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >{folder}/asked\n{script}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")


def test_the_cluster_itself_may_be_asked(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = tree / "applications.json"
    listed.write_text(json.dumps({"kind": "List", "items": [application(tree)]}))
    kubectl(tree, f"cat {listed}", monkeypatch)
    assert lamplighter("promote", "staging", "prod", "--root", str(tree), "--cluster", "weu").code == 0
    words = "--context weu get applications.argoproj.io --namespace argocd --output=json --request-timeout=30s\n"
    assert (tree / "asked").read_text() == words
    assert (tree / "environments/prod/version.yaml").read_text() == VERSION


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo 'Error from server (Forbidden): no' >&2; exit 1", "may not read applications.argoproj.io. Allow list of"),
        (
            """echo "error: the server doesn't have a resource type" >&2; exit 1""",
            "the cluster has no applications.argoproj.io.",
        ),
        ("""echo '{"items": []}'""", "the namespace argocd of the cluster holds no Application of Argo CD."),
        ("echo 'connection refused' >&2; exit 1", "kubectl get applications.argoproj.io: connection refused"),
    ],
)
def test_a_cluster_that_says_nothing_cannot_be_judged(
    tree: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    kubectl(tree, script, monkeypatch)
    said = lamplighter("promote", "staging", "prod", "--root", str(tree), "--cluster")
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert git(tree, "status", "--porcelain", "environments") == ""


def test_a_dry_run_shows_and_writes_nothing(tree: Path) -> None:
    said = promote(tree, application(tree), "--dry-run", "--format", "json")
    report = json.loads(said.out)
    assert (said.code, report["written"], report["findings"]) == (0, False, [])
    assert report["files"] == ["environments/prod/promoted.yaml", "environments/prod/version.yaml"]
    assert "+  version: 0.2.0" in report["difference"]
    assert git(tree, "status", "--porcelain", "environments") == ""


def test_the_status_may_come_through_a_pipe(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(application(tree))))
    assert lamplighter("promote", "staging", "prod", "--root", str(tree), "--status", "-").code == 0


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sync": {"status": "OutOfSync", "revision": "a" * 40}}, "serving-staging is OutOfSync, not Synced"),
        ({"health": {"status": "Progressing"}}, "serving-staging is Progressing, not Healthy"),
        ({"health": {}}, "serving-staging is of unknown health, not Healthy"),
        ({"operationState": {"phase": "Running"}}, "the last sync of serving-staging is Running, not Succeeded"),
        ({"sync": {"status": "Synced", "revision": "main"}}, "serving-staging says no commit"),
        ({"sync": {"status": "Synced", "revision": "--output=/tmp/x"}}, "serving-staging says no commit"),
        (
            {"sync": {"status": "Synced", "revision": "a" * 40}},
            "runs the commit aaaaaaaaaaaa, which has no",
        ),
        (
            {"conditions": [{"type": "ComparisonError", "message": "failed exit status 1: LL502"}]},
            "serving-staging has the condition ComparisonError: failed exit status 1: LL502",
        ),
    ],
)
def test_what_was_not_seen_to_run_is_refused_and_nothing_is_written(tree: Path, changes: dict[str, Any], words: str) -> None:
    said = promote(tree, application(tree, **changes))
    assert (said.code, said.out) == (1, "")
    assert "environments/staging/version.yaml:1: LL507" in said.err
    assert words in said.err
    assert git(tree, "status", "--porcelain", "environments") == ""


def test_a_version_that_is_newer_than_what_runs_is_refused(tree: Path) -> None:
    running = application(tree)
    replace_line(tree / "environments/staging/version.yaml", "version: 0.2.0", "version: 0.3.0")
    assert "and environments/staging/version.yaml says another one now" in promote(tree, running).err
    git(tree, "commit", "--quiet", "--all", "--message", "staging is to run 0.3.0")
    assert "says another one now" in promote(tree, running).err
    assert promote(tree, application(tree)).code == 0


def test_a_later_commit_of_something_else_does_not_stand_in_the_way(tree: Path) -> None:
    running = application(tree)
    (tree / "environments/prod/scale.yaml").write_text("workers: {}\n")
    git(tree, "commit", "--quiet", "--all", "--message", "something else")
    assert promote(tree, running).code == 0


def test_the_status_of_another_environment_is_no_evidence(tree: Path) -> None:
    other = application(tree) | {"spec": {"source": {"path": "environments/dev"}}}
    said = promote(tree, other)
    assert said.code == 1
    assert "0 of the 1 Applications given (serving-staging) stand for environments/staging, not one" in said.err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (f"  digest: {PIN}", "  # none", "version.yaml:2: LL505 chart.digest is not set"),
        (
            f", digest: {PIN}",
            ", tag: 0.2.0",
            "version.yaml:7: LL506 images.gateway is registry.example",
        ),
    ],
)
def test_a_version_without_digests_is_refused_at_its_line(tree: Path, old: str, new: str, words: str) -> None:
    replace_line(tree / "environments/staging/version.yaml", old, new)
    git(tree, "commit", "--quiet", "--all", "--message", "a digest less")
    said = promote(tree, application(tree))
    assert said.code == 1
    assert words in said.err


def test_an_environment_that_follows_the_tree_has_no_version_to_promote(tree: Path) -> None:
    said = lamplighter("promote", "dev", "staging", "--root", str(tree), "--status", str(_written(tree, application(tree))))
    assert said.code == 1
    assert "environments/dev/version.yaml:3: LL505 chart is the folder charts/lamplighter-serving" in said.err


def _written(tree: Path, status: object) -> Path:
    (tree / "status.json").write_text(json.dumps(status))
    return tree / "status.json"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"items": [1]}', '{"kind": "Pod"}', "[" * 100_000])
def test_a_status_that_is_none_cannot_be_judged(tree: Path, text: str) -> None:
    (tree / "status.json").write_text(text)
    said = lamplighter("promote", "staging", "prod", "--root", str(tree), "--status", str(tree / "status.json"))
    assert (said.code, said.out) == (2, "")
    assert "kubectl -n argocd get applications -o json" in said.err


@pytest.mark.parametrize(("source", "target"), [("staging", "staging"), ("staging", "nowhere"), ("../staging", "prod")])
def test_environments_that_are_not_two_cannot_be_judged(tree: Path, source: str, target: str) -> None:
    status = str(_written(tree, application(tree)))
    assert lamplighter("promote", source, target, "--root", str(tree), "--status", status).code == 2


def test_fields_of_the_wrong_kind_are_doubts_and_no_traceback() -> None:
    (found,) = applications('{"kind": "Application", "status": [], "spec": {"source": 3}, "metadata": {"name": 7}}', "x")
    assert len(list(found.doubts())) == 3
