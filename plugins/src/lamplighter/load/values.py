"""Values of several files, merged as Helm merges them: maps merge, everything else is replaced, null takes a default away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..findings import Path, Places


@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    """One values file: its name relative to the root, its data (a map) and the line of each value."""

    file: str
    data: Mapping[str, Any]
    lines: Mapping[Path, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Values:
    """The merged values, and where each comes from."""

    data: dict[str, Any]
    places: Places


def merge(defaults: Layer, layers: Sequence[Layer]) -> Values:
    """The chart's defaults with the given files over them, the last one strongest."""
    given: dict[str, Any] = {}
    for layer in layers:
        given = _overlay(given, layer.data)
    files = [(layer.file, layer.lines) for layer in (defaults, *layers)]
    return Values(data=_coalesce(defaults.data, given), places=Places(files))


def _overlay(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`above` wins; a null of it stays, to take away a default later."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _overlay(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def _coalesce(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults where nothing is given. A given null removes the default and itself; without a default it stays a null."""
    merged = {key: value for key, value in defaults.items() if key not in given}
    for key, value in given.items():
        default = defaults.get(key)
        if key in defaults and value is None:
            continue
        merged[key] = _coalesce(default, value) if isinstance(default, dict) and isinstance(value, dict) else value
    return merged
