"""A commit that cannot work changes nothing, what ran runs on, and Argo CD shows what to do about it."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from gitops.argocd import NAMESPACE
from gitops.published import Published
from gitops.world import Application, World, conditions
from plugins.tree import replace_line

CASES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "bad-commits.yaml").read_text())


def make(world: World, case: dict[str, Any], published: Published) -> None:
    """Makes the change in the work tree."""
    file = world.repository.folder / case["file"]
    if "replace" in case:
        replace_line(file, case["replace"], case["by"])
    else:
        file.write_text(published.filled_in(case["text"]))


def operation(application: Application) -> str:
    """What Argo CD shows of the last sync: its message, and those of the objects in it."""
    state = application["status"].get("operationState", {})
    found = state.get("syncResult", {}).get("resources", [])
    return "\n".join(
        [state.get("message", ""), *(f"{thing['kind']} {thing['name']}: {thing.get('message')}" for thing in found)]
    )


@pytest.mark.parametrize("name", CASES)
def test_a_bad_commit_changes_nothing_and_says_why(world: World, published: Published, name: str) -> None:
    case = CASES[name]
    application, namespace = case["application"], case["application"]
    before = world.objects(namespace)
    make(world, case, published)
    world.push(name, application)
    shown = conditions if "condition" in case else operation
    expected = [published.filled_in(part) for part in case.get("condition") or case["operation"]]
    world.wait_for(application, f"shows {expected}", lambda found: all(part in shown(found) for part in expected))
    print(shown(world.applications()[application]))

    found = world.applications()[application]
    assert found["status"]["sync"]["status"] == ("Unknown" if "condition" in case else "OutOfSync")
    assert found["status"]["health"]["status"] == "Healthy"
    assert world.objects(namespace) == before
    assert not Path("/tmp/taken").exists()


def test_parameters_that_an_application_is_given_reach_no_shell_and_change_nothing(world: World) -> None:
    before = world.objects("serving-dev")
    file = world.repository.folder / "argocd" / "applicationsets" / "serving.yaml"
    line = "          name: lamplighter\n"
    given = '          env: [{name: EXTRA, value: "$(touch /tmp/taken)"}]\n'
    given += '          parameters: [{name: x, string: "; rm -rf /"}]\n'
    assert file.read_text().count(line) == 1
    file.write_text(file.read_text().replace(line, line + given))
    commit = world.push("Parameters for the plugin")
    world.wait_synced(commit)
    assert world.applications()["serving-dev"]["spec"]["source"]["plugin"]["parameters"]
    assert world.objects("serving-dev") == before
    assert not Path("/tmp/taken").exists()


def test_an_environment_without_a_cluster_is_an_error_of_the_set_and_takes_no_environment_away(world: World) -> None:
    before = world.objects("serving-dev")
    file = world.repository.folder / "environments" / "dev" / "environment.yaml"
    file.write_text("name: dev\nrelease: lamplighter\n")
    world.push("dev: no cluster")
    assert "cluster" in world.wait_for_set_error("serving")
    assert world.cluster.get("application", "serving-dev", NAMESPACE)
    assert world.objects("serving-dev") == before


def test_an_environments_name_is_its_folders_whatever_its_file_says(world: World) -> None:
    before = world.objects("serving-dev")
    file = world.repository.folder / "environments" / "dev" / "environment.yaml"
    replace_line(file, "name: dev", "name: dev; rm -rf /")
    world.push("dev: a name that is a command")
    world.wait_for("serving-dev", "refused", lambda found: "environment.yaml:2: LL602 name " in conditions(found))
    assert set(world.applications()) >= {"serving-dev", "serving-prod", "serving-staging"}
    assert world.objects("serving-dev") == before
