"""What the chart would run: the containers of its rendered pods, with the values only a cluster knows filled in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from charts.render import MINIMAL, ROOT, SERVING, Rendered, render

#: The invoice extractor of the demo, for the chart's smallest release has none.
CATALOG = json.loads((ROOT / "serving" / "src" / "lamplighter_serving" / "local" / "catalog.json").read_text())


@dataclass(frozen=True, kw_only=True)
class PodContainer:
    """The part of a pod's container that the image has to agree with."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


@cache
def rendered() -> Rendered:
    """The smallest release, with an extractor."""
    return render(SERVING, MINIMAL, over={"extractors": CATALOG["extractors"]})


def container_of(kind: str, name: str, *, database_url: str) -> PodContainer:
    """The first container of that object's pods."""
    (container,) = rendered().one(kind, name)["spec"]["template"]["spec"]["containers"]
    environment = {entry["name"]: _value(entry, container, database_url) for entry in container.get("env", ())}
    return PodContainer(arguments=tuple(container["args"]), environment=environment)


def catalog() -> str:
    """The catalog that the pods mount."""
    return str(rendered().one("ConfigMap", "lamplighter-catalog")["data"]["catalog.json"])


def _value(entry: Mapping[str, Any], container: Mapping[str, Any], database_url: str) -> str:
    match entry:
        case {"value": value}:
            return str(value)
        case {"valueFrom": {"secretKeyRef": _}}:
            return database_url
        case {"valueFrom": {"resourceFieldRef": {"resource": "requests.cpu"}}}:
            return str(container["resources"]["requests"]["cpu"])
        case _:
            raise AssertionError(f"a pod's variable has a source that this test does not know: {entry}")
