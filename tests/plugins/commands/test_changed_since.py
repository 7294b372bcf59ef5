"""`lamplighter check --changed-since`: only environments that a branch touches, and it says how many it left out."""

from pathlib import Path

import pytest

from plugins.repository import git
from plugins.tree import ROOT, Said, check, copied_tree, replace_line


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two environments on two clusters, committed on main; a branch is checked out."""
    tree = copied_tree(tmp_path)
    folder = tree / "environments"
    (folder / "test").mkdir()
    for name in ("serving", "scale", "version", "platform"):
        (folder / "test" / f"{name}.yaml").write_bytes((folder / "dev" / f"{name}.yaml").read_bytes())
    (folder / "test" / "environment.yaml").write_text("name: test\ncluster: test-kind\nrelease: lamplighter\n")
    (folder / "clusters" / "test-kind.yaml").write_text("gpuPools: {}\n")
    git(tree, "init", "--initial-branch=main")
    git(tree, "add", "environments")
    git(tree, "commit", "--message=main")
    git(tree, "checkout", "-b", "branch")
    return tree


def since(tree: Path, *arguments: str) -> Said:
    names = [name for name in ("dev", "test") if (tree / "environments" / name).is_dir()]
    return check(tree, *names, "--changed-since", "main", *arguments)


def test_a_branch_that_touches_nothing_has_nothing_to_check(tree: Path) -> None:
    said = since(tree)
    assert (said.code, said.err) == (0, "")
    assert said.out == "nothing to check: clean\n2 environments left out, untouched since main: dev, test\n"


@pytest.mark.parametrize(
    ("file", "touched"),
    [
        ("environments/test/scale.yaml", "test: "),
        ("environments/clusters/test-kind.yaml", "test: "),
        ("environments/clusters/dev-kind.yaml", "dev: "),
        ("environments/models/smollm2-135m-instruct.yaml", "dev, test: "),
        ("environments/README.md", "nothing to check: "),
    ],
)
def test_an_environment_is_touched_by_its_files_its_cluster_and_any_model(tree: Path, file: str, touched: str) -> None:
    with (tree / file).open("a") as stream:
        stream.write("# changed\n")
    assert since(tree).out.splitlines()[0].startswith(touched)
    git(tree, "commit", "--all", "--message=change")
    assert since(tree).out.splitlines()[0].startswith(touched)


def test_a_new_file_that_is_not_added_yet_and_one_taken_away_count(tree: Path) -> None:
    (tree / "environments/test/placement.lock.yaml").write_text("workers: {}\n")
    (tree / "environments/dev/scale.yaml").unlink()
    assert "dev, test: " in since(tree).out


def test_what_main_did_since_the_branch_left_it_is_not_the_branchs(tree: Path) -> None:
    git(tree, "checkout", "main")
    replace_line(tree / "environments/dev/scale.yaml", "max: 1", "max: 2")
    git(tree, "commit", "--all", "--message=later")
    git(tree, "checkout", "branch")
    assert since(tree).out.startswith("nothing to check")


def test_a_mistake_in_an_untouched_environment_does_not_refuse_the_change(tree: Path) -> None:
    git(tree, "checkout", "main")
    replace_line(tree / "environments/dev/scale.yaml", "max: 1", "max: many")
    git(tree, "commit", "--all", "--message=broken")
    git(tree, "checkout", "-b", "other")
    replace_line(tree / "environments/test/scale.yaml", "max: 1", "max: 2")
    said = since(tree)
    assert said.code == 0
    assert said.out.endswith("test: clean\n1 environment left out, untouched since main: dev\n")


@pytest.mark.parametrize("form", ["json", "markdown", "github", "sarif"])
def test_every_form_works_with_nothing_to_check(tree: Path, form: str) -> None:
    assert since(tree, "--format", form).code == 0


@pytest.mark.parametrize("reference", ["nowhere", "--output=/tmp/x", "-x", "main:environments", "HEAD~99", "main\nHEAD", "é"])
def test_a_reference_that_git_does_not_know_is_one_sentence(tree: Path, reference: str) -> None:
    said = check(tree, "dev", f"--changed-since={reference}")
    assert (said.code, said.out) == (2, "")
    assert "git knows no commit" in said.err
    assert len(said.err.splitlines()) == 1


def test_a_folder_without_git_is_one_sentence(tmp_path: Path) -> None:
    said = check(copied_tree(tmp_path), "dev", "--changed-since", "main")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("lamplighter: git")


def test_without_git_in_path_it_is_one_sentence(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tree))
    said = check(tree, "dev", "--changed-since", "main")
    assert (said.code, said.out) == (2, "")
    assert "git cannot run" in said.err


def test_values_files_and_a_reference_exclude_each_other() -> None:
    said = check(ROOT, "--values", "a.yaml", "--changed-since", "main")
    assert said.code == 2
    assert "not allowed with" in said.err
