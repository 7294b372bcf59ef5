"""A version walks from dev to staging to prod by commits only, and goes back by `git revert`, byte for byte."""

import json
from pathlib import Path

import pytest

from plugins.tree import lamplighter
from release.test_release import PIN, commit, git, release, repository

IMAGES = [
    flag
    for name in ("gateway", "worker", "workerVllm")
    for flag in ("--image", f"{name}=registry.example/lamplighter-{name.lower()}@{PIN}")
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return repository(tmp_path / "tree")


def rendered(tree: Path, name: str) -> str:
    said = lamplighter("cmp", "generate", "--root", str(tree), "--environment", name)
    assert (said.code, said.err) == (0, ""), said.err
    return said.out


def status(tree: Path, name: str) -> str:
    """What Argo CD says once it has applied HEAD."""
    file = tree.parent / f"{name}.json"
    application = {
        "kind": "Application",
        "metadata": {"name": f"serving-{name}"},
        "spec": {"source": {"path": f"environments/{name}"}},
        "status": {
            "sync": {"status": "Synced", "revision": git(tree, "rev-parse", "HEAD").strip()},
            "health": {"status": "Healthy"},
            "operationState": {"phase": "Succeeded"},
        },
    }
    file.write_text(json.dumps(application))
    return str(file)


def test_a_version_walks_by_commits_of_it_and_its_record_and_goes_back_by_a_revert(tree: Path, address: str) -> None:
    assert release(tree, "--registry", f"oci://{address}/walk", *IMAGES).code == 0
    # As staging's and prod's locks were computed for: the release says what the image is built with.
    assert '    engineVersion: "' in (tree / "environments/dev/version.yaml").read_text()
    commit(tree, "dev runs 0.1.0")
    before = {name: rendered(tree, name) for name in ("staging", "prod")}
    for source, target in (("dev", "staging"), ("staging", "prod")):
        said = lamplighter("promote", source, target, "--root", str(tree), "--status", status(tree, source))
        assert said.code == 0, said.err
        changed = [f"environments/{target}/promoted.yaml", f"environments/{target}/version.yaml"]
        assert sorted(git(tree, "status", "--porcelain").split()[1::2]) == changed
        assert lamplighter("check", target, "--root", str(tree)).out == f"{target}: clean\n"
        commit(tree, f"{target} runs 0.1.0")
        assert f"registry.example/lamplighter-workervllm@{PIN}" in rendered(tree, target)
        assert rendered(tree, target) != before[target]
    for name in ("prod", "staging"):
        git(tree, "revert", "--no-edit", git(tree, "log", "-1", "--format=%H", f"--grep=^{name} runs").strip())
        assert rendered(tree, name) == before[name]
