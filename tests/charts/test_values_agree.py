"""values.yaml, its schema, the templates and the README's table say the same, both ways."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from charts.render import PLATFORM, ROOT, SERVING

CHARTS = [SERVING, PLATFORM]

#: Values that no template reads, and who does.
READ_ELSEWHERE = {
    "chart": "the plugin and Argo CD",
    "chart.path": "the plugin",
    "chart.version": "the plugin",
    "chart.digest": "the plugin",
    "cluster": "the plugin",
    "gpuPools.<name>.chip": "the plugin (memory)",
    "gpuPools.<name>.gpusPerNode": "the plugin (placement)",
    "gpuPools.<name>.nodes": "the plugin (placement)",
    "gpuPools.<name>.sharing": "the plugin (memory)",
    "gpuPools.<name>.lifecycle": "the plugin (simulation)",
    "gpuPools.<name>.platform": "the plugin (simulation)",
    "gpuPools.<name>.pricePerHour": "the plugin (simulation)",
    "gpuPools.<name>.boot": "the plugin (simulation)",
    "gpuPools.<name>.quota": "the plugin (placement)",
    "gpuPools.<name>.osDisk": "the plugin",
    "gpuPools.<name>.driver": "the plugin",
    "gpuPools.<name>.devicePlugin": "the plugin",
    "gpuPools.<name>.labels": "the plugin",
    "gpuPools.<name>.taints": "the plugin",
    "gpuPools.<name>.tolerations": "the plugin; the whole entry goes into the pod",
    "models.<name>.source.repo": "people, and whoever fills the model cache",
    "models.<name>.source.revision": "people, and whoever fills the model cache",
    "models.<name>.config": "the plugin (memory)",
    "models.<name>.weightsBytes": "the plugin (memory)",
    "models.<name>.quantization": "the plugin (memory)",
    "models.<name>.license": "people",
    "workers.<name>.isolation": "the plugin (placement)",
    "workers.<name>.priority": "the plugin (placement)",
    "images.worker.engineVersion": "the plugin (memory, engines)",
    "images.worker.sizeBytes": "the plugin (cold start)",
    "images.workerVllm.engineVersion": "the plugin (memory, engines)",
    "images.workerVllm.sizeBytes": "the plugin (cold start)",
    "workers.<name>.models.<name>.engineOptions": "the serving programs; the whole entry goes into the catalog",
    "workers.<name>.models.<name>.engineVersion": "the plugin (memory, engines)",
    "extractors.<name>": "the serving programs; the whole entry goes into the catalog",
}


def schema_of(chart: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((chart / "values.schema.json").read_text())
    return found


def resolve(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    name = node.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = schema["definitions"][name] if name else node
    return found


def paths(schema: dict[str, Any], node: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place the schema knows, entries of maps as `<name>`; what Helm or Kubernetes own is left out."""
    resolved = resolve(schema, node)
    if path in ("global", "models.<name>.config", "extractors.<name>.schema") or path.endswith(
        ("resources.requests", "resources.limits")
    ):
        return
    children = dict(resolved.get("properties", {}))
    if isinstance(resolved.get("additionalProperties"), dict):
        children["<name>"] = resolved["additionalProperties"]
    for key, child in children.items():
        below = f"{path}.{key}".removeprefix(".")
        yield below, resolve(schema, child)
        yield from paths(schema, child, below)


def has_value(values: Any, path: str) -> bool:
    for key in path.split("."):
        if not isinstance(values, dict) or key not in values:
            return False
        values = values[key]
    return True


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_the_schema_is_closed_wherever_it_is_ours(chart: Path) -> None:
    schema = schema_of(chart)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert schema["additionalProperties"] is False
    owned_by_others = {
        "models.<name>.config",
        "gpu-operator",
        "keda",
        "kube-prometheus-stack",
        "lws",
        "kuberay-operator",
        "global",
    }
    if chart == PLATFORM:  # the same file goes to both charts, and lamplighter-serving's schema describes it
        owned_by_others |= {"cluster", "gpuPools.<name>"}
    leaf_maps = {"workers.<name>.models.<name>.engineOptions", "extractors.<name>.schema"}
    for path, node in paths(schema, schema):
        if node.get("type") == "object" and path not in owned_by_others | leaf_maps:
            assert node.get("additionalProperties", True) is not True, f"{path} is open"


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_no_reference_leaves_the_schema(chart: Path) -> None:
    references = re.findall(r'"\$ref":\s*"([^"]*)"', (chart / "values.schema.json").read_text())
    assert all(reference.startswith("#/definitions/") for reference in references)
    assert {reference.rpartition("/")[2] for reference in references} == set(schema_of(chart)["definitions"])


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_value_of_values_yaml_is_in_the_schema_and_the_other_way_round(chart: Path) -> None:
    schema, values = schema_of(chart), yaml.safe_load((chart / "values.yaml").read_text())
    known = {path for path, _node in paths(schema, schema)} - {"global"}

    def given(node: Any, path: str = "") -> Iterator[str]:
        if isinstance(node, dict) and not path.endswith(("requests", "limits")):
            for key, child in node.items():
                yield f"{path}.{key}".removeprefix(".")
                yield from given(child, f"{path}.{key}".removeprefix("."))

    assert set(given(values)) <= known
    missing = {path for path in known if not has_value(values, path) and "<name>" not in path}
    # Both start empty: an environment's files bring them.
    assert {path for path in missing if not path.startswith(("chart.", "cluster."))} == set()


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_value_is_read_by_a_template_or_is_said_to_be_read_elsewhere(chart: Path) -> None:
    schema = schema_of(chart)
    templates = "\n".join(path.read_text() for path in sorted((chart / "templates").rglob("*")) if path.is_file())
    for path, _node in paths(schema, schema):
        key = path.rpartition(".")[2]
        if key in ("<name>", "global") or any(path == known or path.startswith(f"{known}.") for known in READ_ELSEWHERE):
            continue
        # A key is read as .key, or picked and indexed by its name in quotes.
        assert re.search(rf'\.{re.escape(key)}\b|"{re.escape(key)}"', templates), f"{path} is read by no template"


def test_every_value_said_to_be_read_elsewhere_is_in_the_schema() -> None:
    schema = schema_of(SERVING)
    assert set(READ_ELSEWHERE) <= {path for path, _node in paths(schema, schema)}


def test_every_value_a_template_reads_is_in_values_yaml() -> None:
    values = yaml.safe_load((SERVING / "values.yaml").read_text())
    for path in (SERVING / "templates").rglob("*"):
        if path.is_file():
            for reference in re.findall(r"\.Values\.([\w.]+)", path.read_text()):
                assert has_value(values, reference), f"{path.name} reads .Values.{reference}"


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_every_leaf_of_values_yaml_says_why_one_would_change_it(chart: Path) -> None:
    lines = (chart / "values.yaml").read_text().splitlines()
    for number, line in enumerate(lines):
        if re.match(r"\s*[\w-]+: *\S", line) and "resources" not in line and not re.match(r"\s*(requests|limits):", line):
            above = number - 1
            while lines[above].strip().startswith("#") and "# --" not in lines[above]:
                above -= 1
            assert "# -- " in lines[above], f"values.yaml:{number + 1} has no # -- comment"


def test_the_readmes_tables_are_as_the_script_writes_them() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "value_tables.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_templates_use_nothing_that_makes_rendering_more_than_a_function_of_files(chart: Path) -> None:
    text = "\n".join(path.read_text() for path in (chart / "templates").rglob("*") if path.is_file())
    actions = " ".join(re.findall(r"\{\{.*?\}\}", text, flags=re.DOTALL))
    assert not re.search(r"\b(tpl|randAlpha\w*|genCA|now|uuidv4|env)\b", actions)
    assert actions.count("lookup ") == (1 if chart == SERVING else 0)
