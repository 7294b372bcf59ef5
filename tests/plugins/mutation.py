"""Faults put into values files one at a time: a key dropped or misspelt, a value of another kind, one out of its range."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from charts.render import SERVING

Path = tuple[str | int, ...]

SCHEMA: dict[str, Any] = json.loads((SERVING / "values.schema.json").read_text())
DEFAULTS: dict[str, Any] = yaml.safe_load((SERVING / "values.yaml").read_text())
HUGE = 10**16


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutation:
    """One fault in one file's values."""

    kind: str
    path: Path
    values: Any

    def __str__(self) -> str:
        return f"{self.kind} {'.'.join(map(str, self.path))}"


def mutations(values: Any, *, below: Mapping[str, Any] | None = None) -> Iterator[Mutation]:
    """Every fault of a file's values, over those `below` them: what stands there may be left out here."""
    for path, value in places(values):
        node = node_of(SCHEMA, path)
        if isinstance(path[-1], str):
            if path[-1] in node_of(SCHEMA, path[:-1]).get("required", ()) and not has(DEFAULTS, path) and not has(below, path):
                yield Mutation(kind="drop", path=path, values=changed(values, path, drop=True))
            yield Mutation(kind="rename", path=path, values=changed(values, path, rename=misspelt(path[-1])))
        for wrong in of_another_kind(value):
            yield Mutation(kind="retype", path=path, values=changed(values, path, value=wrong))
        for wrong in out_of_range(value, node):
            yield Mutation(kind="range", path=path, values=changed(values, path, value=wrong))


def places(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every key and list position, with its value."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*path, key), child
        yield from places(child, (*path, key))


def has(values: Any, path: Path) -> bool:
    """Whether there is such a place."""
    for key in path:
        if not isinstance(values, dict) or key not in values:
            return False
        values = values[key]
    return True


def misspelt(key: str) -> str:
    """Two neighbouring letters exchanged, as fingers do; a letter doubled where that changes nothing."""
    middle = len(key) // 2
    swapped = key[: middle - 1] + key[middle] + key[middle - 1] + key[middle + 1 :] if len(key) > 1 else key
    return swapped if swapped != key else key + key[-1]


def of_another_kind(value: Any) -> list[Any]:
    """The same place with something else in it."""
    match value:
        case bool():
            return ["perhaps"]
        case int() | float():
            return ["many"]
        case str():
            return [{"a": 1}]
        case list():
            return ["a list"]
        case dict():
            return [["a map"]]
    return []


def out_of_range(value: Any, node: Mapping[str, Any]) -> list[Any]:
    """Numbers far off, and words that are not among the choices or do not have the form."""
    if isinstance(value, bool):
        return []
    if isinstance(value, int | float):
        return [-1, HUGE]
    wrong = "not! this?"
    misfit = "enum" in node or not re.search(node.get("pattern", ""), wrong)
    return [wrong] if isinstance(value, str) and misfit else []


def changed(values: Any, path: Path, *, value: Any = None, drop: bool = False, rename: str | None = None) -> Any:
    """A copy with one place changed. A renamed key keeps its value."""
    whole = copy.deepcopy(values)
    node = whole
    for key in path[:-1]:
        node = node[key]
    if drop or rename:
        kept = node.pop(path[-1])
        if rename:
            node[rename] = kept
    else:
        node[path[-1]] = value
    return whole


def node_of(schema: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """What the schema says of a place; empty where it says nothing."""
    node: Mapping[str, Any] = schema
    for key in path:
        node = resolved(schema, node)
        below = (
            node.get("items") if isinstance(key, int) else node.get("properties", {}).get(key, node.get("additionalProperties"))
        )
        node = below if isinstance(below, dict) else {}
    return resolved(schema, node)


def resolved(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The definition that a reference names."""
    name = node.get("$ref", "").rpartition("/")[2]
    found: Mapping[str, Any] = schema["definitions"][name] if name else node
    return found
