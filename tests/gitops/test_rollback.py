"""git revert takes an environment back to what it was, to the byte."""

import subprocess
from pathlib import Path

from charts.render import HELM
from gitops.argocd import PROGRAMS
from gitops.world import World
from plugins.tree import replace_line


def rendered(world: World, environment: str) -> bytes:
    """What the plugin prints, run as Argo CD runs it."""
    folder = world.repository.folder / "environments" / environment
    path = f"{PROGRAMS}:{HELM.parent}:/usr/bin:/bin"
    command = [str(Path(PROGRAMS) / "lamplighter"), "cmp", "generate"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=True, env={"PATH": path}).stdout


def test_a_revert_restores_the_former_render_and_what_runs(world: World) -> None:
    render, objects = rendered(world, "dev"), world.objects("serving-dev")
    folder = world.repository.folder / "environments" / "dev"
    replace_line(folder / "scale.yaml", "cooldownSeconds: 60", "cooldownSeconds: 120")
    replace_line(folder / "serving.yaml", "contextTokens: 4096", "contextTokens: 2048")
    changed = world.push("dev: two changes that turn out badly", "serving-dev")
    world.wait_synced(changed, "serving-dev")
    assert rendered(world, "dev") != render
    assert world.objects("serving-dev") != objects

    world.repository.git("revert", "--no-edit", changed)
    world.refresh("serving-dev")
    world.wait_synced(world.repository.head(), "serving-dev")
    assert rendered(world, "dev") == render
    assert world.objects("serving-dev") == objects
