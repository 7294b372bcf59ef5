"""From rendered manifests to their objects, and to the images in them: of containers, and of volumes that are images."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..domain.image import ImageUse
from ..errors import HelmFailed
from .yamlfile import YamlRefused, parse_yaml

#: Lists of a pod's spec whose entries name an image.
CONTAINERS = ("containers", "initContainers", "ephemeralContainers")

#: What Helm writes above each object.
_SOURCE = re.compile(r"^# Source: (\S+)$", re.MULTILINE)
_DOCUMENT = re.compile(r"^---\s*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedObject:
    """One object. `template` is its file as Helm names it (`lamplighter-serving/templates/…`), empty where Helm says none."""

    data: Mapping[str, Any]
    template: str

    @property
    def api_version(self) -> str:
        """Such as `apps/v1`; empty where it has none."""
        return str(self.data.get("apiVersion", ""))

    @property
    def kind(self) -> str:
        """Such as `Deployment`; empty where it has none."""
        return str(self.data.get("kind", ""))

    @property
    def name(self) -> str:
        """Its own name; empty where it has none."""
        metadata = self.data.get("metadata")
        return str(metadata.get("name", "")) if isinstance(metadata, dict) else ""

    @property
    def name_text(self) -> str:
        """Kind and name, for a sentence."""
        return f"{self.kind or 'an object'} {self.name}".strip()


def rendered_objects(manifests: str) -> tuple[RenderedObject, ...]:
    """The objects in their order. Raises `HelmFailed` for what is no map: a template that writes something else."""
    objects = []
    for text in _DOCUMENT.split(manifests):
        source = _SOURCE.search(text)
        template = source[1] if source else ""
        try:
            data = parse_yaml(text.encode()).data
        except YamlRefused as refusal:
            raise HelmFailed(f"{template or 'a template'} renders what cannot be read: {refusal.sentence}.") from refusal
        if data is not None and not isinstance(data, dict):
            raise HelmFailed(f"{template or 'a template'} renders a document that is no object.")
        if data:
            objects.append(RenderedObject(data=data, template=template))
    return tuple(objects)


def image_uses(objects: Iterable[RenderedObject]) -> list[ImageUse]:
    """Every image once, by its reference. Objects of operators may use more, which those choose."""
    users: dict[str, list[str]] = {}
    for thing in objects:
        for reference in _references(thing.data):
            users.setdefault(reference, [])
            if thing.name_text not in users[reference]:
                users[reference].append(thing.name_text)
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
