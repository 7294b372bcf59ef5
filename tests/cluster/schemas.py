"""JSON schemas for kubeconform: of Kubernetes' own kinds from an API server's OpenAPI, of the operators' from their CRDs.

They are closed: a key that the schema does not know is refused, as `kubectl apply --validate=strict` refuses it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cluster.cluster import Cluster

Schema = dict[str, Any]

#: Where a kind's schema lies, in kubeconform's words.
LOCATION = "{{ .ResourceKind }}-{{ .Group }}-{{ .ResourceAPIVersion }}.json"


def write_schemas(folder: Path, cluster: Cluster) -> None:
    """Writes the schema of every kind there is."""
    for group, version, kind, schema in (*_own_kinds(cluster), *_custom_kinds(cluster)):
        # As kubeconform fills LOCATION: the kind in small letters, and for the core, which has no group, the version twice.
        name = f"{kind.lower()}-{group or version}-{version}.json"
        (folder / name).write_text(json.dumps(schema))


def _own_kinds(cluster: Cluster) -> Iterator[tuple[str, str, str, Schema]]:
    listed = json.loads(cluster.must("get", "--raw", "/openapi/v3"))["paths"]
    for path, where in listed.items():
        if path != "api/v1" and not (path.startswith("apis/") and path.count("/") == 2):
            continue
        components = json.loads(cluster.must("get", "--raw", where["serverRelativeURL"]))["components"]
        closed = {"schemas": {name: _closed(schema) for name, schema in components["schemas"].items()}}
        for name, schema in components["schemas"].items():
            for place in schema.get("x-kubernetes-group-version-kind", []):
                whole = {"$ref": f"#/components/schemas/{name}", "components": closed}
                yield place["group"], place["version"], place["kind"], whole


def _custom_kinds(cluster: Cluster) -> Iterator[tuple[str, str, str, Schema]]:
    for crd in json.loads(cluster.must("get", "customresourcedefinitions", "--output=json"))["items"]:
        spec = crd["spec"]
        for version in spec["versions"]:
            schema = _closed(version["schema"]["openAPIV3Schema"])
            # Every object has them, and a CRD need not repeat what is in them.
            schema["properties"] |= {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"type": "object"},
            }
            yield spec["group"], version["name"], spec["names"]["kind"], schema


def _closed(node: Any) -> Any:
    """OpenAPI as JSON Schema: nothing beside the named keys, null where it may be, a number or a text where both may be."""
    if isinstance(node, list):
        return [_closed(child) for child in node]
    if not isinstance(node, dict):
        return node
    result = {key: _closed(child) for key, child in node.items()}
    if isinstance(node.get("properties"), dict) and "additionalProperties" not in node:
        result["additionalProperties"] = bool(node.get("x-kubernetes-preserve-unknown-fields", False))
    if node.get("x-kubernetes-int-or-string") is True:
        result["type"] = ["integer", "string"]
    if node.get("nullable") is True and isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
    return result
