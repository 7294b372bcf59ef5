"""Writes plugins/src/lamplighter/data/kubernetes/: the schemas of the objects that our charts render.

`scripts/read_kubernetes_schemas.py OPENAPI CRDS`: Kubernetes' `api/openapi-spec/v3` of the pinned version (its module of
requirements/cluster/kubernetes), and the folder of CRDs that scripts/cluster-tools fetches. Which kinds: those that
argocd/projects/serving.yaml lets the serving chart make, and the platform chart's own. Descriptions and defaults are left
out; the rest is as the API server has it.
"""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "plugins/src/lamplighter/data/kubernetes"
PROJECT = ROOT / "argocd/projects/serving.yaml"

#: What lamplighter-platform renders beside its operators, and lamplighter-serving does not.
PLATFORM_KINDS = frozenset({("scheduling.k8s.io", "PriorityClass")})

#: Keywords that say nothing about whether an object is taken.
SILENT = frozenset({"description", "default", "format", "title", "example", "externalDocs"})
#: Beside `x-kubernetes-…` that change what is taken.
MEANT = frozenset({"x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"})

REFERENCE = "#/components/schemas/"
#: What every object has; a CRD need not repeat what is in them.
COMMON = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}


class _Loader(yaml.SafeLoader):
    """Takes a lone `=`, an operator in Prometheus' CRDs, as text and not as YAML 1.1's own sign."""


_Loader.add_constructor("tag:yaml.org,2002:value", yaml.SafeLoader.construct_yaml_str)


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 2:
        print("usage: scripts/read_kubernetes_schemas.py OPENAPI CRDS", file=sys.stderr)
        return 2
    openapi, crds = map(Path, arguments)
    wanted = {
        (entry["group"], entry["kind"]) for entry in yaml.safe_load(PROJECT.read_text())["spec"]["namespaceResourceWhitelist"]
    }
    wanted |= PLATFORM_KINDS
    DATA.mkdir(exist_ok=True)
    own, definitions = _own_kinds(openapi, wanted)
    (DATA / "kubernetes.json").write_text(
        _text({"source": _source("k8s.io/kubernetes"), "kinds": own, "definitions": definitions})
    )
    custom = dict(_custom_kinds(crds, wanted))
    for (group, kind), (version, module, schema) in custom.items():
        data = {"source": _source(module), "schema": schema}
        (DATA / f"{group}_{version}_{kind}.json").write_text(_text(data))
    left = wanted - {(entry["group"], entry["kind"]) for entry in own} - set(custom)
    if left:
        print(f"read_kubernetes_schemas: nobody describes {sorted(left)}", file=sys.stderr)
    return 1 if left else 0


def _own_kinds(openapi: Path, wanted: set[tuple[str, str]]) -> tuple[list[dict[str, str]], dict[str, Any]]:
    """Kubernetes' kinds with their definitions, and every definition those need."""
    schemas: dict[str, Any] = {}
    kinds: list[dict[str, str]] = []
    for file in sorted(openapi.glob("*_openapi.json")):
        found = json.loads(file.read_bytes()).get("components", {}).get("schemas", {})
        for name, schema in found.items():
            for place in schema.get("x-kubernetes-group-version-kind", []):
                if (place["group"], place["kind"]) in wanted and file.name.endswith(f"{place['version']}_openapi.json"):
                    entry = {**place, "definition": name}
                    kinds += [] if entry in kinds else [entry]
        schemas |= found
    needed, todo = {}, [entry["definition"] for entry in kinds]
    while todo:
        name = todo.pop()
        if name not in needed:
            needed[name] = closed(schemas[name])
            todo += [reference.removeprefix("#/definitions/") for reference in _references(needed[name])]
    return sorted(kinds, key=lambda entry: (entry["group"], entry["kind"])), needed


def _custom_kinds(
    crds: Path, wanted: set[tuple[str, str]]
) -> Iterator[tuple[tuple[str, str], tuple[str, str, dict[str, Any]]]]:
    """Each CRD that is wanted: its stored version and that version's schema."""
    modules = dict(line.split()[:2] for line in _pins("crds.txt") if len(line.split()) > 2)
    for file in sorted(crds.glob("*/*.yaml")):
        spec = yaml.load(file.read_bytes(), Loader=_Loader).get("spec", {})
        kind = (spec.get("group", ""), spec.get("names", {}).get("kind", ""))
        if kind in wanted:
            version = next(version for version in spec["versions"] if version["storage"])
            schema = closed(version["schema"]["openAPIV3Schema"])
            schema["properties"] |= COMMON
            yield kind, (version["name"], modules[file.parent.name], schema)


def closed(node: Any) -> Any:
    """OpenAPI as JSON Schema: nothing beside the named keys, null where it may be, a number or a text where both may be."""
    if isinstance(node, list):
        return [closed(child) for child in node]
    if not isinstance(node, dict):
        return node
    result: dict[str, Any] = {}
    for key, child in node.items():
        if key == "properties":
            result[key] = {name: closed(schema) for name, schema in child.items()}
        elif key == "$ref":
            result[key] = child.replace(REFERENCE, "#/definitions/")
        elif key not in SILENT and not key.startswith("x-kubernetes-"):
            result[key] = closed(child)
    # A reference beside which nothing else stands is wrapped only to carry a default.
    if set(result) == {"allOf"} and len(result["allOf"]) == 1:
        result = result["allOf"][0]
    if isinstance(node.get("properties"), dict) and "additionalProperties" not in node:
        result["additionalProperties"] = bool(node.get("x-kubernetes-preserve-unknown-fields", False))
    if node.get("x-kubernetes-int-or-string") is True or node.get("format") == "int-or-string":
        result.pop("anyOf", None)
        result.pop("oneOf", None)
        result["type"] = ["integer", "string"]
    if node.get("nullable") is True and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
    result.pop("nullable", None)
    return result


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)


def _source(module: str) -> str:
    """A module with its version: as it stands in crds.txt, or as requirements/cluster pins it."""
    if "@" in module:
        return module
    pinned = next(line for line in _pins("kubernetes/go.mod") if line.startswith(f"require {module} "))
    return "@".join(pinned.split()[1:3])


def _pins(name: str) -> list[str]:
    lines = (ROOT / "requirements/cluster" / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _text(data: Mapping[str, Any]) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":")) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
