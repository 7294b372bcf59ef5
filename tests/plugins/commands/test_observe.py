"""`lamplighter observe` where there is no cluster to look at. With one: tests/cluster/test_observe.py."""

import json
from pathlib import Path

import pytest

from charts.render import HELM
from cluster.server import free_ports
from plugins.tree import ROOT, copied_tree, lamplighter, replace_line

#: scripts/tools puts a kubectl beside its helm.
KUBECTL = HELM.parent


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A kubeconfig of a cluster that does not answer, and a kubectl."""
    (port,) = free_ports(1)
    named = {"name": "gone", "context": {"cluster": "gone", "user": "nobody"}}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "gone",
        "clusters": [{"name": "gone", "cluster": {"server": f"https://127.0.0.1:{port}"}}],
        "users": [{"name": "nobody", "user": {"token": "none"}}],
        "contexts": [named],
    }
    path = tmp_path / "kubeconfig"
    path.write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", str(path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(KUBECTL))
    return path


def test_a_cluster_that_does_not_answer_is_no_verdict(nowhere: Path) -> None:
    said = lamplighter("observe", "staging", "--root", str(ROOT))
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("lamplighter: kubectl get nodes: ")
    assert "Name a context of the kubeconfig that works." in said.err
    assert said.err.count("\n") == 1


def test_a_context_that_is_not_there_is_no_verdict(nowhere: Path) -> None:
    said = lamplighter("observe", "staging", "--root", str(ROOT), "--context", "elsewhere")
    assert (said.code, said.out) == (2, "")
    assert "elsewhere" in said.err


def test_without_kubectl_it_says_what_to_install(nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    said = lamplighter("observe", "staging", "--root", str(ROOT))
    assert (said.code, said.out) == (2, "")
    assert "kubectl is not in PATH. Install kubectl" in said.err


def test_an_environment_that_does_not_hold_is_not_compared(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    replace_line(tree / "environments" / "staging" / "serving.yaml", "gpusPerReplica: 1", "gpusPerReplica: one")
    said = lamplighter("observe", "staging", "--root", str(tree))
    assert (said.code, said.out) == (1, "")
    assert "environments/staging/serving.yaml:5: LL602" in said.err
    assert "cannot be compared before its values hold" in said.err
