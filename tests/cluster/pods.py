"""The pods that an object would make: one for each pod template in it, wherever its kind keeps them."""

from collections.abc import Iterator
from typing import Any


def pods_of(thing: dict[str, Any]) -> list[dict[str, Any]]:
    """Deployments and Jobs have one template, a LeaderWorkerSet has two, a RayService one for each group; a Pod is its own."""
    templates = [thing] if thing["kind"] == "Pod" else list(_templates(thing.get("spec")))
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**_kept(template.get("metadata") or {}), "name": f"{thing['kind'].lower()}-{number}"},
            "spec": _with_claims(template["spec"], thing.get("spec", {}).get("volumeClaimTemplates", [])),
        }
        for number, template in enumerate(templates)
    ]


def _templates(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, list):
        for child in node:
            yield from _templates(child)
    if not isinstance(node, dict):
        return
    for child in node.values():
        spec = child.get("spec") if isinstance(child, dict) else None
        if isinstance(spec, dict) and "containers" in spec:
            yield child
        else:
            yield from _templates(child)


def _with_claims(spec: dict[str, Any], claims: list[dict[str, Any]]) -> dict[str, Any]:
    """As the StatefulSet controller adds a volume for each claim it makes."""
    names = [claim["metadata"]["name"] for claim in claims]
    volumes = [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in names]
    return {**spec, "volumes": [*spec.get("volumes", []), *volumes]} if volumes else spec


def _kept(metadata: dict[str, Any]) -> dict[str, Any]:
    return {key: metadata[key] for key in ("labels", "annotations") if key in metadata}
