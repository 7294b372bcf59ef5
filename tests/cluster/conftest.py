"""One control plane a session for what needs no node, and another with a real node for what does.

`LAMPLIGHTER_TEST_KUBECONFIG` names a cluster of yours instead: an empty one without nodes, to throw away afterwards.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from charts.cases import Case
from cluster.cluster import LEVEL, Cluster
from cluster.control_plane import control_plane
from cluster.kill_matrix import VALUES
from cluster.machine import lacking
from cluster.real_node import RealNode, real_node
from cluster.trial import Trial, trial

HERE = Path(__file__).parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Known only to runs that name this folder."""
    parser.addoption("--write-tables", action="store_true", help="write what was seen into docs/reliability.md")


# First: xdist reads the groups in a hook of the same name, and is asked before a conftest otherwise.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where two processes share the tests, one of them has the node: all that need it stay together, as do those of a file."""
    for item in items:
        if isinstance(item, pytest.Function) and item.path.is_relative_to(HERE):
            group = "node" if "lit" in item.fixturenames else item.path.stem
            item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """With the CRDs of every operator the charts speak to, and none of the operators."""
    home = tmp_path_factory.mktemp("helm")
    if given := os.environ.get("LAMPLIGHTER_TEST_KUBECONFIG"):
        yield _with_crds(Cluster(kubeconfig=Path(given), home=home))
        return
    with control_plane(tmp_path_factory.mktemp("control-plane")) as kubeconfig:
        yield _with_crds(Cluster(kubeconfig=kubeconfig, home=home))


@pytest.fixture(scope="session")
def lit() -> Iterator[RealNode]:
    """With a real node, on which pods run, and KEDA."""
    if reason := lacking():
        pytest.skip(reason)
    with real_node() as running:
        yield running


@pytest.fixture(scope="session")
def release(lit: RealNode) -> Iterator[Trial]:
    """The release of the kill matrix, one for all who end, cut or replace its pods. The first of them lights its workers."""
    with lit.cluster.namespace() as namespace, trial(lit, namespace, VALUES) as installed:
        yield installed


@pytest.fixture
def namespace(cluster: Cluster, request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh one, held to `restricted`, or to the level that the test's case needs."""
    case = request.getfixturevalue("case") if "case" in request.fixturenames else None
    with cluster.namespace(level=case.pod_security if isinstance(case, Case) else LEVEL) as name:
        yield name


def _with_crds(cluster: Cluster) -> Cluster:
    cluster.apply_crds()
    return cluster
