"""From a commit to objects in the cluster."""

from gitops.argocd import NAMESPACE
from gitops.world import World, settled
from plugins.tree import replace_line


def test_the_root_alone_brings_every_environment_and_its_operators_first(bootstrapped: World) -> None:
    found = bootstrapped.applications()
    commit = bootstrapped.repository.head()
    assert all(settled(application, commit) for application in found.values())
    serving = bootstrapped.cluster.get("applicationset", "serving", NAMESPACE)
    operators = found["platform-dev-kind"]["status"]["operationState"]["finishedAt"]
    assert serving["metadata"]["creationTimestamp"] >= operators
    # So nothing of an environment was tried before its CRDs were there.
    for name in ("serving-dev", "serving-staging", "serving-prod"):
        assert found[name]["status"]["operationState"].get("retryCount", 0) == 0


def test_a_commit_is_what_runs_a_moment_later(world: World, record_property: object) -> None:
    file = world.repository.folder / "environments" / "dev" / "scale.yaml"
    replace_line(file, "cooldownSeconds: 60", "cooldownSeconds: 90")
    commit = world.push("dev: a longer cooldown", "serving-dev")
    seconds = world.wait_synced(commit, "serving-dev")
    scaled = world.cluster.get("scaledobject", "lamplighter-worker-extract", "serving-dev")
    assert scaled["spec"]["cooldownPeriod"] == 90
    print(f"commit to Synced and Healthy: {seconds:.1f} s")


def test_what_somebody_changes_by_hand_is_put_back(world: World) -> None:
    gateway = ("deployment/lamplighter-gateway", "--namespace", "serving-staging")
    world.cluster.must("scale", *gateway, "--replicas=5")
    world.wait_for("serving-staging", "put back", lambda found: settled(found, world.repository.head()))
    assert world.cluster.get("deployment", "lamplighter-gateway", "serving-staging")["spec"]["replicas"] == 2
