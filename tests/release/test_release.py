"""`scripts/release` against a real registry: same tree, same digests; what it wrote renders; what must not go out does not."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from charts.render import HELM
from plugins.tree import ROOT, Said, lamplighter
from release.registry import push

PIN = "sha256:" + "0" * 64
IMAGES = ["--image", f"gateway=registry.example/lamplighter-gateway@{PIN}"]
IMAGES += ["--image", f"worker=registry.example/lamplighter-worker@{PIN}", "--image-size", "worker=253000000"]


def git(tree: Path, *arguments: str) -> str:
    names = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    return subprocess.run(["git", "-C", tree, *names, *arguments], check=True, capture_output=True, text=True).stdout


def repository(folder: Path) -> Path:
    """This tree as a repository of its own. The operators' charts are left out: they would have to be fetched."""
    command = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    command += ["charts", "plugins", "serving", "environments", "requirements"]
    listed = subprocess.run(command, check=True, capture_output=True).stdout
    for name in listed.decode().split("\0"):
        if name and (ROOT / name).is_file() and "/samples/" not in name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    chart = folder / "charts/lamplighter-platform/Chart.yaml"
    chart.write_text(chart.read_text().partition("dependencies:")[0])
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "first")
    return folder


def commit(tree: Path, message: str) -> None:
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--allow-empty", "--message", message)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository(tmp_path_factory.mktemp("tree"))


@pytest.fixture
def tree(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(original, tmp_path / "tree"))


def release(tree: Path, *arguments: str) -> Said:
    command = [sys.executable, ROOT / "scripts/release.py", "--root", tree, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=200)
    return Said(code=done.returncode, out=done.stdout, err=done.stderr)


def test_a_release_is_what_dev_then_renders_with_its_comments_kept(tree: Path, address: str) -> None:
    registry = f"oci://{address}/whole"
    said = release(tree, "--registry", registry, *IMAGES)
    assert (said.code, said.err) == (0, "")
    digests = dict(re.findall(rf"{registry}/(\S+):0\.1\.0@(sha256:[0-9a-f]{{64}})", said.out))
    assert (tree / "environments/dev/version.yaml").read_text() == (
        "# What is promoted, and nothing else. dev follows the working tree; later environments name a version and digests.\n"
        "chart:\n"
        f'  repository: "{registry}"\n'
        '  version: "0.1.0"\n'
        f'  digest: "{digests["lamplighter-serving"]}"\n'
        f'  platformDigest: "{digests["lamplighter-platform"]}"\n'
        "images:\n"
        "  gateway:\n"
        "    repository: registry.example/lamplighter-gateway\n"
        f'    digest: "{PIN}"\n'
        "  worker:\n"
        "    repository: registry.example/lamplighter-worker\n"
        "    # compressed, as serving/README.md has it\n"
        "    sizeBytes: 253000000\n"
        f'    digest: "{PIN}"\n'
    )
    assert lamplighter("check", "dev", "--root", str(tree)).out == "dev: clean\n"
    rendered = lamplighter("cmp", "generate", "--environment", "dev", "--root", str(tree))
    assert (rendered.code, rendered.err) == (0, "")
    assert f"registry.example/lamplighter-gateway@{PIN}" in rendered.out

    again = release(tree, "--registry", registry)
    assert again.code == 1
    assert "environments/dev/version.yaml" in again.err  # not committed yet
    commit(tree, "release")
    again = release(tree, "--registry", registry)
    assert (again.code, again.err) == (
        1,
        "release: 0.1.0 is released already, with the same bytes. Raise the version for a new one.\n",
    )


def test_the_same_tree_gives_the_same_bytes_at_another_time_and_place(tree: Path, tmp_path: Path, address: str) -> None:
    first = release(tree, "--dry-run", "--out", str(tmp_path / "first"))
    for path in tree.rglob("*"):
        path.touch()
    commit(tree, "a later commit of the same tree")
    second = release(tree, "--registry", f"oci://{address}/same", "--out", str(tmp_path / "second"))
    assert first.code == second.code == 0
    names = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert names == [
        "lamplighter-0.1.0-py3-none-any.whl",
        "lamplighter-platform-0.1.0.tgz",
        "lamplighter-serving-0.1.0.tgz",
        "lamplighter_serving-0.1.0-py3-none-any.whl",
    ]
    for name in names:
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name
    shutil.rmtree(tmp_path / "tree")
    moved = repository(tmp_path / "moved")
    third = release(moved, "--registry", f"oci://{address}/elsewhere")
    digests = [re.findall(r"@(sha256:\S+)", said.out) for said in (second, third)]
    assert len(digests[0]) == 2
    assert digests[0] == digests[1]


def test_an_interrupted_release_goes_on(tree: Path, tmp_path: Path, address: str) -> None:
    assert release(tree, "--registry", f"oci://{address}/whole-one", "--out", str(tmp_path / "out")).code == 0
    file = tmp_path / "out/lamplighter-platform-0.1.0.tgz"
    subprocess.run([HELM, "push", file, f"oci://{address}/half", "--plain-http"], check=True)
    git(tree, "checkout", "--", ".")
    assert release(tree, "--registry", f"oci://{address}/half").code == 0


def test_a_version_that_is_out_with_other_bytes_is_refused(tree: Path, address: str) -> None:
    digest = push(tree / "charts/lamplighter-serving", address, "taken")
    git(tree, "clean", "--quiet", "--force", "charts")
    said = release(tree, "--registry", f"oci://{address}/taken")
    assert said.code == 1
    assert (
        f"oci://{address}/taken/lamplighter-serving 0.1.0 is there with other bytes ({digest}): raise the version." in said.err
    )
    assert git(tree, "status", "--porcelain") == ""


def test_a_registry_that_does_not_answer_is_said_before_anything_is_written(tree: Path) -> None:
    said = release(tree, "--registry", "oci://127.0.0.1:1/charts")
    assert said.code == 1
    assert "cannot be asked" in said.err
    assert "connection refused" in said.err
    assert git(tree, "status", "--porcelain") == ""


def test_a_tree_with_changes_is_refused(tree: Path) -> None:
    (tree / "charts/new.txt").write_text("")
    said = release(tree, "--dry-run")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("release: the tree has changes that are not committed (charts/new.txt)")


@pytest.mark.parametrize(
    "file",
    [
        "charts/lamplighter-platform/Chart.yaml",
        "charts/lamplighter-serving/Chart.yaml",
        "plugins/pyproject.toml",
        "plugins/plugin.yaml",
        "plugins/src/lamplighter/about.py",
        "serving/pyproject.toml",
        "serving/src/lamplighter_serving/__init__.py",
    ],
)
def test_versions_that_disagree_are_refused_with_both(tree: Path, file: str) -> None:
    (tree / file).write_text((tree / file).read_text().replace("0.1.0", "0.2.0", 1))
    said = release(tree, "--dry-run")
    assert said.code == 1
    assert "versions disagree: " in said.err
    assert f"0.2.0 in {file}" in said.err


def test_another_version_than_the_tag_is_refused(tree: Path) -> None:
    assert "the tree is of version 0.1.0, not 0.2.0" in release(tree, "--dry-run", "--version", "0.2.0").err
    git(tree, "tag", "v0.1.0")
    commit(tree, "one more")
    assert "v0.1.0 is the tag of another commit" in release(tree, "--dry-run").err


@pytest.mark.parametrize(
    "flags",
    [
        ["--image", "gateway=registry.example/gateway:0.1.0"],
        ["--image", f"gatewai=registry.example/gateway@{PIN}"],
        ["--image-size", "worker=many"],
        ["--image-size", "gateway=1"],
    ],
)
def test_an_image_without_a_digest_or_a_known_name_is_refused(tree: Path, flags: list[str]) -> None:
    said = release(tree, "--dry-run", *flags)
    assert said.code == 1
    assert flags[1] in said.err


def test_without_a_helm_or_a_repository_it_says_what_is_missing(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(tree / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    said = release(tree, "--dry-run")
    assert said.code == 2
    assert said.err.startswith("release: git -C ")
    assert "not a git repository" in said.err
    git(tree, "init", "--quiet")
    commit(tree, "again")
    monkeypatch.setenv("HELM_BIN", "/nowhere/helm")
    said = release(tree, "--dry-run")
    assert (said.code, said.err) == (2, "release: helm is not in PATH. Install Helm 3.18 or newer, or set HELM_BIN.\n")


def test_charts_of_others_that_cannot_be_fetched_are_said(tree: Path) -> None:
    chart = tree / "charts/lamplighter-platform/Chart.yaml"
    chart.write_text(chart.read_text() + "dependencies:\n  - {name: keda, version: 2.20.2, repository: 'http://127.0.0.1:1'}\n")
    commit(tree, "with an operator")
    said = release(tree, "--dry-run")
    assert said.code == 2
    assert said.err.startswith("release: helm dependency update says: ")
