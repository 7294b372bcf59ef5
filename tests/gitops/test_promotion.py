"""A version goes from dev to staging to prod by commits of one file, and each reaches its own environment only."""

import shutil

from gitops.world import World, conditions

ORDER = ("dev", "staging", "prod")


def image(world: World, environment: str) -> str:
    """What the gateway of an environment runs."""
    gateway = world.cluster.get("deployment", "lamplighter-gateway", f"serving-{environment}")
    return str(gateway["spec"]["template"]["spec"]["containers"][0]["image"])


def test_a_version_walks_from_dev_to_prod_by_commits_of_version_yaml(world: World) -> None:
    folder = world.repository.folder / "environments"
    before = {name: image(world, name) for name in ORDER}
    # dev takes the images that prod has, with a gateway of a newer version.
    shutil.copy(folder / "prod" / "version.yaml", folder / "dev" / "version.yaml")
    text = (folder / "dev" / "version.yaml").read_text()
    (folder / "dev" / "version.yaml").write_text(text.replace("tag: 0.1.0", "tag: 0.2.0", 1))
    reached = []
    for source, name in (("", "dev"), ("dev", "staging"), ("staging", "prod")):
        if source:
            shutil.copy(folder / source / "version.yaml", folder / name / "version.yaml")
        commit = world.push(f"{name}: gateway 0.2.0", *(f"serving-{other}" for other in ORDER))
        assert world.repository.git("show", "--name-only", "--format=", commit) == f"environments/{name}/version.yaml"
        seconds = world.wait_synced(commit, *(f"serving-{other}" for other in ORDER))
        reached.append(name)
        print(f"{name}: {seconds:.1f} s")
        for other in ORDER:
            expected = "registry.example.com/lamplighter-gateway:0.2.0" if other in reached else before[other]
            assert image(world, other) == expected
    assert not any(conditions(application) for application in world.applications().values())
