"""Rendered manifests as data, and the images in them: of containers, and of volumes that are images."""

from collections.abc import Iterator
from typing import Any

import yaml

from ..domain.image import ImageUse

#: libyaml's, eight times as fast, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Lists of a pod's spec whose entries name an image.
CONTAINERS = ("containers", "initContainers", "ephemeralContainers")


def manifests_of(text: str) -> list[dict[str, Any]]:
    """The objects of a render."""
    return [thing for thing in yaml.load_all(text, Loader=_LOADER) if isinstance(thing, dict)]


def image_uses(manifests: str) -> list[ImageUse]:
    """Every image once, by its reference. Objects of operators may use more, which those choose."""
    users: dict[str, list[str]] = {}
    for thing in manifests_of(manifests):
        for reference in _references(thing):
            user = f"{thing.get('kind')} {thing.get('metadata', {}).get('name')}"
            users.setdefault(reference, [])
            if user not in users[reference]:
                users[reference].append(user)
    return [ImageUse(reference=reference, used_by=tuple(names)) for reference, names in sorted(users.items())]


def _references(node: Any) -> Iterator[str]:
    """Wherever a pod's spec stands: in a pod, in a template, in a template of a template."""
    if isinstance(node, list):
        for child in node:
            yield from _references(child)
    if not isinstance(node, dict):
        return
    for key in CONTAINERS:
        for container in _maps(node.get(key)):
            if isinstance(container.get("image"), str):
                yield container["image"]
    for volume in _maps(node.get("volumes")):
        image = volume.get("image")
        if isinstance(image, dict) and isinstance(image.get("reference"), str):
            yield image["reference"]
    for child in node.values():
        yield from _references(child)


def _maps(value: Any) -> Iterator[dict[str, Any]]:
    return (entry for entry in value if isinstance(entry, dict)) if isinstance(value, list) else iter(())
