"""Every environment of the tree checks clean, alone and with the others, and renders with the values that were checked."""

from pathlib import Path
from typing import Any

import pytest

from charts.render import SERVING, render
from lamplighter.load.environments import environment_names, read_environment, read_sources
from lamplighter.load.files import Files
from plugins.tree import ROOT, check, copied_tree, replace_line

ENVIRONMENTS = environment_names(ROOT)


def values_files(name: str) -> list[Path]:
    """The values files of an environment in the order they count."""
    files = Files(ROOT)
    environment = read_environment(files, name)
    assert environment is not None
    layers = read_sources(files, environment).layers
    assert files.findings == []
    return [ROOT / layer.file for layer in layers]


def objects(name: str) -> list[dict[str, Any]]:
    """What Helm renders of it."""
    return render(SERVING, *values_files(name), namespace=f"serving-{name}").objects


def test_there_are_three() -> None:
    assert ENVIRONMENTS == ["dev", "prod", "staging"]


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_it_checks_clean(name: str) -> None:
    said = check(ROOT, name)
    assert (said.code, said.out, said.err) == (0, f"{name}: clean\n", "")


def test_all_together_check_clean() -> None:
    assert check(ROOT).out == "dev, prod, staging: clean\n"


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_each_worker_becomes_a_deployment_and_a_scaledobject(name: str) -> None:
    kinds = {"dev": 1, "staging": 1, "prod": 2}
    workers = [thing for thing in objects(name) if "lamplighter.dev/worker" in thing["metadata"].get("labels", {})]
    assert sorted(thing["kind"] for thing in workers) == ["Deployment"] * kinds[name] + ["ScaledObject"] * kinds[name]


def test_workers_of_staging_tolerate_the_taints_of_their_nodes() -> None:
    (spec,) = [
        thing["spec"]["template"]["spec"]
        for thing in objects("staging")
        if thing["kind"] == "Deployment" and "lamplighter.dev/worker" in thing["metadata"]["labels"]
    ]
    assert spec["tolerations"] == [{"key": "sku", "operator": "Equal", "value": "gpu", "effect": "NoSchedule"}]
    assert spec["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_what_staging_runs_can_be_promoted_to_prod(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    version = (tree / "environments/staging/version.yaml").read_bytes()
    (tree / "environments/prod/version.yaml").write_bytes(version)
    assert check(tree, "prod").out == "prod: clean\n"


def test_an_operators_override_that_changes_nothing_is_refused_with_what_was_meant(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    platform = tree / "environments/dev/platform.yaml"
    platform.write_text(platform.read_text() + "keda:\n  operater:\n    replicaCount: 2\n")
    line = len(platform.read_text().splitlines()) - 1
    said = check(tree, "dev")
    assert said.code == 1
    assert said.out.startswith(
        f"environments/dev/platform.yaml:{line}: LL611 keda.operater is not among the values of keda 2.20.2, "
        "so it would change nothing. Did you mean operator?"
    )


def test_an_operators_override_of_another_kind_is_refused(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    line = replace_line(tree / "environments/staging/platform.yaml", "runtimeClass: nvidia", "runtimeClass: [nvidia")
    replace_line(tree / "environments/staging/platform.yaml", "[nvidia-container-runtime", "[nvidia-container-runtime]")
    said = check(tree, "staging")
    assert said.code == 1
    place = f"environments/staging/platform.yaml:{line}: LL612 gpu-operator.operator.runtimeClass is a list"
    assert said.out.startswith(f"{place}, but gpu-operator v26.7.0 declares text. Write text.")


@pytest.mark.parametrize(
    ("new", "line"),
    [
        ("driver:\n    enabled: true\n", 5),
        ("driver: {}\n", 4),  # without a word it installs one: that is the operator's own default
    ],
)
def test_a_second_driver_is_refused(tmp_path: Path, new: str, line: int) -> None:
    tree = copied_tree(tmp_path)
    platform = tree / "environments/staging/platform.yaml"
    platform.write_text(platform.read_text().replace("driver:\n    enabled: false\n", new))
    said = check(tree, "staging")
    assert said.code == 1
    assert said.out.startswith(
        f"environments/staging/platform.yaml:{line}: LL218 gpu-operator installs a driver, but nodes of pool t4 have one"
    )


def test_a_driver_that_nobody_installs_is_refused(tmp_path: Path) -> None:
    tree = copied_tree(tmp_path)
    replace_line(
        tree / "environments/clusters/staging-aks-weu.yaml", "driver: {installedBy: cloud}", "driver: {installedBy: operator}"
    )
    said = check(tree, "staging")
    assert said.code == 1
    assert "LL218 pool t4 waits for a driver from gpu-operator (driver.installedBy operator), which installs none" in said.out
