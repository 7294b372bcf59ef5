"""Local references of a JSON Schema, replaced by what they name. Bounded: a schema can be small and its expansion endless."""

from collections.abc import Mapping
from typing import Any

from ..errors import SchemaRefused
from .pointer import pointer_step

#: Steps from the root, references followed included. Schemas by hand or by Pydantic stay far below.
MAX_NESTING = 40
#: Objects and lists of the schema once every reference is replaced.
MAX_PARTS = 5_000

_LOCAL = ("#/$defs/", "#/definitions/")


def resolve(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema without `$ref`, `$defs` and `definitions`. Raises `SchemaRefused` for what is not local, and for recursion."""
    expansion = _Expansion(schema)
    resolved = expansion.expand(schema, "", ())
    assert isinstance(resolved, dict)
    return resolved


class _Expansion:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._parts = 0

    def expand(self, part: object, pointer: str, following: tuple[str, ...], nesting: int = 0) -> object:
        """One part with its references replaced. `following` are the references being replaced around it."""
        if not isinstance(part, Mapping | list):
            return part
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise SchemaRefused("", f"The schema has more than {MAX_PARTS} parts once its references are replaced.")
        if nesting > MAX_NESTING:
            raise SchemaRefused("", f"The schema is nested more than {MAX_NESTING} deep.", hint="Make the answer flatter.")
        if isinstance(part, list):
            return [
                self.expand(item, pointer + pointer_step(number), following, nesting + 1) for number, item in enumerate(part)
            ]
        if "$ref" in part and isinstance(part["$ref"], str):
            return self._replace(part, pointer, following, nesting)
        definitions = ("$defs", "definitions") if pointer == "" else ()
        return {
            key: self.expand(value, pointer + pointer_step(key), following, nesting + 1)
            for key, value in part.items()
            if key not in definitions
        }

    def _replace(self, part: Mapping[str, Any], pointer: str, following: tuple[str, ...], nesting: int) -> object:
        reference = part["$ref"]
        if reference in following:
            raise SchemaRefused(
                f"{pointer}/$ref", "The schema refers to itself, so an answer could be endless.", hint="Unroll it."
            )
        target = self._target(reference, pointer)
        expanded = self.expand(target, pointer, (*following, reference), nesting + 1)
        beside = {key: value for key, value in part.items() if key != "$ref"}
        if not isinstance(expanded, dict):
            return expanded
        # What stands beside the reference is about this use of it: it wins.
        return {**expanded, **{key: self.expand(value, pointer, following, nesting + 1) for key, value in beside.items()}}

    def _target(self, reference: str, pointer: str) -> object:
        for start in _LOCAL:
            name = reference.removeprefix(start).replace("~1", "/").replace("~0", "~")
            definitions = self._root.get(start[2:-1], {})
            if reference.startswith(start) and isinstance(definitions, Mapping) and name in definitions:
                return definitions[name]
        raise SchemaRefused(
            f"{pointer}/$ref",
            "The reference names nothing in this schema's $defs.",
            hint="References may be #/$defs/NAME only.",
        )
