"""The one type that a part of a schema gives its value, and whether null will do. Knows the ways to say so only."""

from collections.abc import Mapping
from typing import Any

from .keywords import ANNOTATIONS, KEYWORDS, UNIONS, require_well_formed
from .place import Place

_NULL = {"type": "null"}


def without_null(raw: Mapping[str, Any], place: Place) -> tuple[bool, Mapping[str, Any], Place]:
    """Whether null is allowed, and the schema of what else is: null in `type`, in `enum`, or as one half of a union.

    Raises `SchemaRefused`, also for keywords that nothing has.
    """
    require_well_formed(raw, place)
    for union in UNIONS:
        if union in raw:
            return _without_null_union(raw, union, place)
    types = raw.get("type")
    nullable = isinstance(types, list) and "null" in types
    if "enum" in raw:
        nullable = (nullable or types is None) and None in raw["enum"]
    if "const" in raw:
        nullable = nullable and raw["const"] is None
    return nullable, raw, place


def _without_null_union(raw: Mapping[str, Any], union: str, place: Place) -> tuple[bool, Mapping[str, Any], Place]:
    options = raw[union]
    rest = [(number, option) for number, option in enumerate(options) if option != _NULL]
    if len(rest) != 1 or len(options) > 2 or not isinstance(rest[0][1], Mapping):
        raise place.refuse(union, f"{union} is supported only as one schema or null.", hint="Give the value one type.")
    outer = set(raw) - ANNOTATIONS - {union}
    if outer:
        name = sorted(outer)[0]
        raise place.refuse(name, f"{name!r} beside {union} is not supported.", hint=f"Move it into the schema inside {union}.")
    number, inner = rest[0]
    annotations = {key: value for key, value in raw.items() if key in ANNOTATIONS}
    inner_nullable, schema, inner_place = without_null(inner, place.moved(f"/{union}/{number}"))
    with_null = len(options) == 2
    # oneOf wants exactly one: null that satisfies both halves satisfies it no more.
    nullable = inner_nullable != with_null if union == "oneOf" else inner_nullable or with_null
    return nullable, {**schema, **annotations}, inner_place


def type_of(schema: Mapping[str, Any], place: Place) -> str:
    """The type, null left out. Raises `SchemaRefused` for none and for several."""
    declared = schema.get("type", _implied_type(schema))
    types = declared if isinstance(declared, list) else [declared]
    if types == [None]:
        raise place.refuse("type", "A value needs a type.", hint=f"One of: {', '.join(KEYWORDS)}.")
    kinds = [kind for kind in types if kind != "null"]
    for kind in kinds:
        if kind not in KEYWORDS:
            raise place.refuse("type", f"{kind!r} is not a type of JSON Schema.", hint=f"One of: {', '.join(KEYWORDS)}, null.")
    if set(kinds) == {"integer", "number"}:
        return "number"
    if len(kinds) != 1:
        raise place.refuse("type", "A value may have one type, and null beside it.", hint='For example ["string", "null"].')
    return str(kinds[0])


def _implied_type(schema: Mapping[str, Any]) -> object:
    """The type of an enum or const that names none; Pydantic and hand-written schemas leave it out."""
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    kinds = {type(value) for value in values if value is not None}
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    return names.get(next(iter(kinds))) if len(kinds) == 1 else None
