"""An environment that takes promoted versions refuses every other one, from what stands in its folder (LL508)."""

import re
from pathlib import Path

import pytest

from lamplighter.load.promoted import Promotion, version_digest
from lamplighter.load.yamlfile import parse_yaml
from plugins.repository import git
from plugins.tree import check, copied_tree, replace_line

VERSION_FILE = "environments/prod/version.yaml"
RECORD = "environments/prod/promoted.yaml"
PIN = "sha256:" + "ab" * 32


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return copied_tree(tmp_path)


def record(tree: Path, *, source: str = "staging", commit: str = "a" * 40) -> None:
    """As if prod's version had been promoted."""
    data = parse_yaml((tree / VERSION_FILE).read_bytes()).data
    (tree / RECORD).write_text(Promotion(source=source, commit=commit, version=version_digest(data)).text)


def test_a_version_with_its_record_is_clean_whatever_its_comments_say(tree: Path) -> None:
    record(tree)
    (tree / VERSION_FILE).write_text("# Another comment\n" + (tree / VERSION_FILE).read_text())
    assert check(tree, "prod").out == "prod: clean\n"


def test_a_version_that_is_edited_by_hand_is_refused_with_both_digests(tree: Path) -> None:
    record(tree)
    (promoted,) = re.findall(r'version: "(\S+)"', (tree / RECORD).read_text())
    replace_line(tree / VERSION_FILE, "engineVersion: 0.25.1", "engineVersion: 0.25.2")
    said = check(tree, "prod")
    assert said.code == 1
    assert re.search(
        rf"^{VERSION_FILE}:3: LL508 promoted.yaml has the version {promoted} of staging, and this is sha256:[0-9a-f]{{64}}\. "
        r"Run lamplighter promote staging prod, or go back to the version before: git revert\.$",
        said.out,
        re.MULTILINE,
    )


def test_a_published_version_without_a_record_is_refused_and_never_fetched(tree: Path) -> None:
    published = f"chart:\n  repository: oci://registry.example/charts\n  version: 0.2.0\n  digest: {PIN}\n"
    (tree / VERSION_FILE).write_text(published)
    said = check(tree, "prod")
    words = "prod takes the versions of staging, and nothing says that this one ran there: no promoted.yaml."
    assert said.code == 1
    assert f"{VERSION_FILE}:1: LL508 {words}" in said.out


def test_a_version_of_another_environment_is_refused(tree: Path) -> None:
    record(tree, source="dev")
    assert f"{RECORD}:2: LL508 this version was promoted from dev, and prod takes those of staging." in check(tree, "prod").out


@pytest.mark.parametrize("source", ["prod", "nowhere"])
def test_a_source_that_is_no_other_environment_is_refused(tree: Path, source: str) -> None:
    record(tree)
    line = replace_line(tree / "environments/prod/environment.yaml", "promotedFrom: staging", f"promotedFrom: {source}")
    said = f"environments/prod/environment.yaml:{line}: LL602 promotedFrom is {source}, which is no other environment."
    assert said in check(tree, "prod").out


@pytest.mark.parametrize("text", ["", "from: staging\n", "[]\n", "from: staging\ncommit: main\nversion: 1\n"])
def test_a_record_that_is_none_is_refused(tree: Path, text: str) -> None:
    (tree / RECORD).write_text(text)
    said = check(tree, "prod")
    assert (said.code, said.err) == (1, "")
    assert re.search(rf"^{RECORD}:\d: LL60[24] ", said.out)


def test_what_a_record_says_is_looked_up_where_a_reference_says_in_which_history(tree: Path) -> None:
    # Charts are a link out of the tree, and nothing that git should follow.
    git(tree, "init", "--quiet", "--initial-branch=main")
    git(tree, "add", "environments")
    git(tree, "commit", "--quiet", "--message=staging runs it")
    ran = git(tree, "rev-parse", "HEAD")
    replace_line(tree / "environments/staging/version.yaml", "engineVersion: 0.25.1", "engineVersion: 0.25.0")
    git(tree, "commit", "--quiet", "--all", "--message=staging runs another one")
    since = ("prod", "--changed-since", "main")
    record(tree, commit=ran)
    assert check(tree, *since).out.startswith("prod: clean\n")
    record(tree, commit=git(tree, "rev-parse", "HEAD"))
    assert "LL508 at commit " in (said := check(tree, *since).out)
    assert "environments/staging/version.yaml was sha256:" in said
    record(tree, commit="b" * 40)
    assert f"{RECORD}:3: LL508 commit bbbbbbbbbbbb is none that main stands on" in check(tree, *since).out
    # Without a reference one tree is all there is to know.
    assert check(tree, "prod").code == 0
