"""What differs between two renders: objects by kind and name, and in each the fields, with what is secret masked."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: What stands for a value that is not to be shown.
MASK = "(not shown)"
ABSENT = None
#: Environment variables whose value, if somebody wrote one, is not shown.
_SECRET_NAME = re.compile(r"password|passwd|secret|token|credential|api_?key|private", re.IGNORECASE)

#: Kind, namespace and name: what makes an object the same one in two renders.
Key = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldChange:
    """One field: what it was and what it is, as JSON text; None where it is not there."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectChange:
    """An object that both renders have, with its fields that differ."""

    key: Key
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectDiff:
    """Everything that differs between two renders."""

    added: tuple[Key, ...] = ()
    removed: tuple[Key, ...] = ()
    changed: tuple[ObjectChange, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether both render the same."""
        return not (self.added or self.removed or self.changed)


def object_diff(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> ObjectDiff:
    """From one render to another, in the order of kind and name."""
    old, new = ({_key(thing): thing for thing in things} for things in (before, after))
    changes = {key: tuple(field_changes(old[key], new[key])) for key in sorted(old.keys() & new.keys())}
    return ObjectDiff(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(ObjectChange(key=key, fields=fields) for key, fields in changes.items() if fields),
    )


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[FieldChange]:
    """The fields that differ. Values of Secrets, and of variables named like one, are masked but not left out."""
    secret = "Secret" in (before.get("kind"), after.get("kind"))
    for key in sorted({*before, *after}):
        hide = secret and key in ("data", "stringData")
        yield from _changes(before.get(key), after.get(key), key, hide=hide)


def _changes(before: Any, after: Any, path: str, *, hide: bool) -> Iterator[FieldChange]:
    if before == after and type(before) is type(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        secret = _hides(before) or _hides(after)
        for key in sorted({*before, *after}):
            at = f'{path}."{key}"' if "." in key or "/" in key else f"{path}.{key}"
            yield from _changes(before.get(key), after.get(key), at, hide=hide or (secret and key == "value"))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _list_changes(before, after, path, hide=hide)
    elif (texts := _documents(before, after)) and not hide:
        yield from _changes(*texts, path, hide=hide)
    else:
        yield _change(before, after, path, hide=hide)


def _documents(before: Any, after: Any) -> tuple[Any, Any] | None:
    """Two texts that are JSON documents, as a ConfigMap holds one: then their fields differ, not the whole text."""
    if not all(isinstance(text, str) and text.lstrip().startswith("{") for text in (before, after)):
        return None
    try:
        documents = json.loads(before), json.loads(after)
    except ValueError:
        return None
    return documents if documents[0] != documents[1] else None


def _list_changes(before: list[Any], after: list[Any], path: str, *, hide: bool) -> Iterator[FieldChange]:
    """Entries with names of their own, such as containers, are the same ones by name; others by place."""
    old, new = _named(before), _named(after)
    if old is not None and new is not None:
        for name in sorted({*old, *new}):
            yield from _changes(old.get(name), new.get(name), f"{path}[{name}]", hide=hide)
        if list(old) != list(new) and old.keys() == new.keys():
            yield _change(list(old), list(new), f"{path} (order)", hide=hide)
        return
    for index in range(max(len(before), len(after))):
        pair = [things[index] if index < len(things) else ABSENT for things in (before, after)]
        yield from _changes(pair[0], pair[1], f"{path}[{index}]", hide=hide)


def _named(items: list[Any]) -> dict[str, Any] | None:
    names = [item["name"] for item in items if isinstance(item, dict) and isinstance(item.get("name"), str)]
    return dict(zip(names, items, strict=True)) if len(set(names)) == len(items) else None


def _hides(entry: Mapping[str, Any]) -> bool:
    return isinstance(entry.get("name"), str) and bool(_SECRET_NAME.search(entry["name"]))


def _change(before: Any, after: Any, path: str, *, hide: bool) -> FieldChange:
    return FieldChange(path=path, before=_shown(before, hide=hide), after=_shown(after, hide=hide))


def _shown(value: Any, *, hide: bool) -> str | None:
    """JSON text, with what is secret inside a whole block masked too."""
    if value is ABSENT:
        return None
    return MASK if hide else json.dumps(_masked(value), ensure_ascii=False, sort_keys=True, default=str)


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        hidden = _hides(value)
        return {key: MASK if hidden and key == "value" else _masked(child) for key, child in value.items()}
    return value


def _key(thing: Mapping[str, Any]) -> Key:
    metadata = thing.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return str(thing.get("kind", "")), str(metadata.get("namespace", "")), str(metadata.get("name", ""))
