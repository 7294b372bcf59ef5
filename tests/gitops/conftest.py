"""One control plane, one Argo CD and one repository a session. Each test gets them as the first commit left them."""

from collections.abc import Iterator

import pytest
import yaml

from cluster.cluster import Cluster
from cluster.control_plane import control_plane
from gitops.api import api_of
from gitops.argocd import NAMESPACE, argo_cd, cluster_secret
from gitops.played import pods_run_and_keda_answers
from gitops.published import Published, published_charts
from gitops.repository import new_repository
from gitops.world import World

#: One API server plays all three: each has a Secret with its name.
CLUSTERS = ("dev-kind", "staging-aks-weu", "prod-weu")
FIRST = {"platform-dev-kind", "root", "serving-dev", "serving-prod", "serving-staging"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What the first sync left is looked at before other tests make further ones."""
    items.sort(key=lambda item: item.path.name != "test_sync.py")


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The repository is there, Argo CD runs, and nobody has applied the root yet."""
    repository = new_repository(tmp_path_factory.mktemp("repository"))
    folder = tmp_path_factory.mktemp("argocd")
    with control_plane(tmp_path_factory.mktemp("control-plane")) as kubeconfig:
        cluster = Cluster(kubeconfig=kubeconfig, home=tmp_path_factory.mktemp("helm"))
        # KEDA's CRDs come with the platform, and no environment asks for a kind of another operator.
        api = api_of(kubeconfig)
        with argo_cd(folder, cluster), pods_run_and_keda_answers(api):
            secrets = [cluster_secret(f"cluster-{name}", name) for name in CLUSTERS]
            cluster.must("apply", "--filename=-", stdin=yaml.safe_dump_all(secrets))
            world = World(cluster=cluster, api=api, repository=repository)
            yield world
            _remove(world)


@pytest.fixture(scope="session")
def bootstrapped(started: World) -> World:
    """The one thing applied by hand is applied, and everything of the first commit runs."""
    root = started.repository.folder / "argocd" / "bootstrap" / "root.yaml"
    started.cluster.must("apply", "--namespace", NAMESPACE, f"--filename={root}")
    commit = started.repository.head()
    started.wait("the first Applications", lambda found: set(found) == FIRST)
    started.wait_synced(commit)
    return started


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    with published_charts(tmp_path_factory.mktemp("registry")) as found:
        yield found


@pytest.fixture
def world(bootstrapped: World) -> Iterator[World]:
    """As the first commit left it; put back afterwards, whatever the test did to git."""
    bootstrapped.touched.clear()
    first = bootstrapped.repository.git("rev-list", "--max-parents=0", "HEAD")
    yield bootstrapped
    if bootstrapped.touched:
        bootstrapped.put_back(first, FIRST)


def _remove(world: World) -> None:
    """While the controllers run, so that they take their objects along; a root without the sets would come back."""
    delete = ("delete", "--namespace", NAMESPACE, "--ignore-not-found", "--timeout=60s")
    world.cluster.must(*delete, "application", "root")
    world.cluster.must(*delete, "applicationset", "--all")
    world.cluster.must(*delete, "application", "--all")
