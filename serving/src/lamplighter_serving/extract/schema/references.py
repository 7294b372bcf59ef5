"""Local references of a JSON Schema, replaced by what they name. Bounded: a schema can be small and its expansion endless."""

from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import unquote

from ...errors import SchemaRefused
from .pointer import pointer_step

#: Steps from the root, references followed included. Schemas by hand or by Pydantic stay far below.
MAX_NESTING = 40
#: Objects and lists of the schema once every reference is replaced.
MAX_PARTS = 5_000
#: Values of any kind in them: an enum that is referred to often is copied often.
MAX_VALUES = 20_000

_LOCAL = ("#/$defs/", "#/definitions/")


def resolve(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without `$ref`, `$defs` and `definitions`. Raises `SchemaRefused` for what is not local, and for recursion."""
    expansion = _Expansion(schema)
    resolved = expansion.expand(schema, "", ())
    assert isinstance(resolved, dict)
    return resolved


def source_pointer(schema: Mapping[str, Any], pointer: str) -> str:
    """Where the client wrote what stands at `pointer` in the resolved schema: in a definition, below a reference to it."""
    written, part = "", cast(object, schema)
    for step in pointer.split("/")[1:]:
        name = _unescaped(step)
        for _ in range(MAX_NESTING):  # one reference may lead to the next
            if not isinstance(part, Mapping) or not isinstance(part.get("$ref"), str) or name in part:
                break
            written, part = part["$ref"].removeprefix("#"), _target(schema, part["$ref"])
        written += f"/{step}"
        part = _child(part, name)
    return written


def _child(part: object, name: str) -> object:
    if isinstance(part, Mapping):
        return part.get(name)
    return part[int(name)] if isinstance(part, list) and name.isdecimal() and int(name) < len(part) else None


class _Expansion:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._parts = 0
        self._values = 0

    def expand(self, part: object, pointer: str, following: tuple[str, ...], nesting: int = 0) -> object:
        """One part with its references replaced. `following` are the references being replaced around it."""
        if not isinstance(part, Mapping | list):
            return part
        self._parts += 1
        self._values += len(part)
        if self._parts > MAX_PARTS:
            raise SchemaRefused("", f"The schema has more than {MAX_PARTS} parts once its references are replaced.")
        if self._values > MAX_VALUES:
            raise SchemaRefused("", f"The schema has more than {MAX_VALUES} values once its references are replaced.")
        if nesting > MAX_NESTING:
            raise SchemaRefused("", f"The schema is nested more than {MAX_NESTING} deep.", hint="Make the answer flatter.")
        if isinstance(part, list):
            return [
                self.expand(item, pointer + pointer_step(number), following, nesting + 1) for number, item in enumerate(part)
            ]
        if "$ref" in part and isinstance(part["$ref"], str):
            return self._replace(part, pointer, following, nesting)
        return {
            key: self.expand(value, pointer + pointer_step(key), following, nesting + 1) for key, value in _kept(part, pointer)
        }

    def _replace(self, part: Mapping[str, Any], pointer: str, following: tuple[str, ...], nesting: int) -> object:
        reference = part["$ref"]
        if reference in following:
            raise SchemaRefused(
                f"{pointer}/$ref", "The schema refers to itself, so an answer could be endless.", hint="Unroll it."
            )
        target = _target(self._root, reference)
        if target is None:
            raise SchemaRefused(
                f"{pointer}/$ref",
                "The reference names nothing in this schema's $defs.",
                hint="References may be #/$defs/NAME only.",
            )
        expanded = self.expand(target, pointer, (*following, reference), nesting + 1)
        beside = {key: value for key, value in _kept(part, pointer) if key != "$ref"}
        if not isinstance(expanded, dict):
            return expanded
        # What stands beside the reference is about this use of it: it wins.
        return {**expanded, **{key: self.expand(value, pointer, following, nesting + 1) for key, value in beside.items()}}


def _kept(part: Mapping[str, Any], pointer: str) -> list[tuple[str, Any]]:
    """What of a part stays: the definitions of the root are used where they are referred to, and nowhere else."""
    left_out = ("$defs", "definitions") if pointer == "" else ()
    return [(key, value) for key, value in part.items() if key not in left_out]


def _target(root: Mapping[str, Any], reference: str) -> object:
    """What a reference names; None when it is no definition of the root."""
    for start in _LOCAL:
        name = _unescaped(unquote(reference.removeprefix(start)))
        definitions = root.get(start[2:-1], {})
        if reference.startswith(start) and isinstance(definitions, Mapping) and name in definitions:
            return definitions[name]
    return None


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
