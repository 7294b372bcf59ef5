"""Rendered objects: their names, and what of one differs from another, path by path. Values of Secrets are never told."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: In the place of something that is not there.
ABSENT = object()
_SECRET_PARTS = ("data", "stringData")


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """One place of an object. `before` or `after` is `ABSENT` where it came or went."""

    path: str
    before: object
    after: object


def object_key(manifest: Mapping[str, Any]) -> str:
    """`Deployment serving-dev/lamplighter-gateway`; without a namespace where none is written."""
    metadata = manifest.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    place = "/".join(str(metadata[part]) for part in ("namespace", "name") if metadata.get(part))
    return f"{manifest.get('kind', '?')} {place}"


def masked(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The object, a Secret's values replaced by a piece of their digest: that one changed may be told, not what it is."""
    if manifest.get("kind") != "Secret":
        return manifest
    return {key: _digests(value) if key in _SECRET_PARTS else value for key, value in manifest.items()}


def edits(before: object, after: object, path: str = "") -> Iterator[Edit]:
    """What differs. Lists of things with names are compared by name, texts that hold JSON by what they say."""
    if before == after:
        return
    old, new = _opened(before), _opened(after)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}, key=str):
            yield from edits(old.get(key, ABSENT), new.get(key, ABSENT), f"{path}.{key}" if path else str(key))
        return
    if isinstance(old, list) and isinstance(new, list):
        if (old_named := _by_name(old)) is not None and (new_named := _by_name(new)) is not None:
            for name in [*old_named, *(name for name in new_named if name not in old_named)]:
                yield from edits(old_named.get(name, ABSENT), new_named.get(name, ABSENT), f"{path}[{name}]")
            return
        if len(old) == len(new):
            for index, (first, second) in enumerate(zip(old, new, strict=True)):
                yield from edits(first, second, f"{path}[{index}]")
            return
    yield Edit(path=path, before=before, after=after)


def _opened(value: object) -> object:
    """What a text holds when it is JSON, else the value."""
    if not (isinstance(value, str) and value[:1] in ("{", "[")):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _by_name(entries: Sequence[object]) -> dict[str, object] | None:
    """The entries by their names, None where they have none of their own."""
    named: dict[str, object] = {str(entry["name"]): entry for entry in entries if isinstance(entry, dict) and "name" in entry}
    return named if entries and len(named) == len(entries) else None


def _digests(values: object) -> object:
    if not isinstance(values, dict):
        return "(not told)"
    return {name: f"(sha256 {hashlib.sha256(str(text).encode()).hexdigest()[:8]})" for name, text in values.items()}
