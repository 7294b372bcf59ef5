"""Environments come and go by commits, beside each other."""

import shutil

from gitops.world import World, conditions, settled
from plugins.tree import replace_line


def add_environment(world: World, name: str, cluster: str = "dev-kind") -> None:
    """A copy of dev under another name, without operators of its own."""
    folder = world.repository.folder / "environments"
    shutil.copytree(folder / "dev", folder / name)
    (folder / name / "environment.yaml").write_text(f"name: {name}\ncluster: {cluster}\nrelease: lamplighter\n")
    (folder / name / "platform.yaml").unlink()


def test_of_two_environments_in_one_cluster_one_goes_and_the_other_does_not_notice(world: World) -> None:
    before = world.objects("serving-dev")
    add_environment(world, "trial")
    commit = world.push("A second environment in dev's cluster")
    world.wait_synced(commit, "serving-trial", "serving-dev")
    assert world.objects("serving-trial").keys() == before.keys()

    shutil.rmtree(world.repository.folder / "environments" / "trial")
    commit = world.push("And away with it")
    world.wait("serving-trial is gone", lambda found: "serving-trial" not in found)
    left = {name for name in world.objects("serving-trial") if not name.endswith(("/kube-root-ca.crt", "/default"))}
    assert not left
    world.wait_synced(commit, "serving-dev")
    assert world.objects("serving-dev") == before
    world.cluster.must("delete", "namespace", "serving-trial", "--wait=false")


def test_an_environment_of_a_cluster_that_is_not_this_one_is_not_deployed(world: World) -> None:
    add_environment(world, "elsewhere", cluster="another-cluster")
    add_environment(world, "trial")
    world.push("Two more, one of them for another cluster")
    world.wait("serving-trial is there", lambda found: "serving-trial" in found)
    assert "serving-elsewhere" not in world.applications()


def test_a_second_platform_for_a_cluster_is_an_error_and_changes_nothing(world: World) -> None:
    before = world.applications()["platform-dev-kind"]["metadata"]["uid"]
    add_environment(world, "trial")
    folder = world.repository.folder / "environments"
    shutil.copy(folder / "dev" / "platform.yaml", folder / "trial" / "platform.yaml")
    world.push("Two platforms for one cluster")
    message = world.wait_for_set_error("platform")
    assert "platform-dev-kind" in message
    assert world.applications()["platform-dev-kind"]["metadata"]["uid"] == before


def test_a_commit_that_the_api_server_refuses_does_not_hold_up_the_one_that_mends_it(world: World) -> None:
    # Something that only the cluster knows: an admission policy of its owners.
    rule = {"expression": "object.spec.replicas < 7", "message": "at most 6 gateways here"}
    matches = [{"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["deployments"]}]
    policy = {"matchConstraints": {"resourceRules": matches}, "validations": [rule], "failurePolicy": "Fail"}
    with world.cluster_objects(
        ("ValidatingAdmissionPolicy", "few-gateways", policy),
        ("ValidatingAdmissionPolicyBinding", "few-gateways", {"policyName": "few-gateways", "validationActions": ["Deny"]}),
    ):
        file = world.repository.folder / "environments" / "staging" / "serving.yaml"
        replace_line(file, "replicas: 2", "replicas: 7")
        world.push("staging: more gateways than the cluster allows", "serving-staging")
        world.wait_for(
            "serving-staging", "refused", lambda found: "at most 6" in found["status"]["operationState"].get("message", "")
        )
        replace_line(file, "replicas: 7", "replicas: 3")
        commit = world.push("staging: three gateways", "serving-staging")
        seconds = world.wait_for("serving-staging", "mended", lambda found: settled(found, commit))
        print(f"mended {seconds:.1f} s after the commit")
    assert not conditions(world.applications()["serving-staging"])
