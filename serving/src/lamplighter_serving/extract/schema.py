"""The caller's JSON Schema as the extraction works with it: a tree of objects, lists and leaves. Each node equals only itself.

Supports a subset of draft 2020-12 (see serving/SCHEMA.md) and refuses everything else with the place of the keyword, so that a
client learns at submission and not from a failed job. Imports no engine: the gateway calls it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import best_match

from ..errors import SchemaRefused
from .outcome import Scalar
from .pattern import check_pattern
from .pointer import pointer_step
from .references import resolve

#: A schema larger than this is not a form anyone reads from a document.
MAX_SCHEMA_BYTES = 128 * 1024
#: Values that one extraction may ask for; each is weighed against every span of its kind.
MAX_LEAVES = 200
#: Objects within objects.
MAX_DEPTH = 8
MAX_ENUM_VALUES = 500
MAX_NAME_CHARACTERS = 128

#: What a keyword says about a value has no effect here; it may stand anywhere.
_ANNOTATIONS = frozenset(
    (
        *("$schema", "$id", "$comment", "$defs", "definitions"),
        *("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"),
    )
)
_KEYWORDS: Mapping[str, frozenset[str]] = {
    "object": frozenset({"type", "properties", "required", "additionalProperties"}),
    "array": frozenset({"type", "items", "minItems", "maxItems", "uniqueItems"}),
    "string": frozenset({"type", "enum", "const", "format", "pattern", "minLength", "maxLength"}),
    "number": frozenset({"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}),
    "boolean": frozenset({"type", "enum", "const"}),
}
_KEYWORDS = {**_KEYWORDS, "integer": _KEYWORDS["number"]}
_FORMATS = frozenset({"date", "email"})
_UNIONS = ("anyOf", "oneOf")
FORMAT_CHECKER = FormatChecker(sorted(_FORMATS))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Leaf:
    """One value. `type` is never null; `enum` leaves null out; `schema` is the leaf's own part of the schema."""

    path: tuple[str, ...]
    type: str
    nullable: bool
    title: str
    description: str
    within: tuple[str, ...]  # titles of the objects around it, outermost first
    format: str | None
    enum: tuple[Scalar, ...] | None
    schema: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The property's name."""
        return self.path[-1]

    def accepts(self, value: Scalar) -> bool:
        """Whether the value satisfies this leaf's part of the schema."""
        return Draft202012Validator(self.schema, format_checker=FORMAT_CHECKER).is_valid(value)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ObjectNode:
    """An object: its properties in the schema's order."""

    path: tuple[str, ...]
    nullable: bool
    title: str
    properties: Mapping[str, "Node"]
    required: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ArrayNode:
    """A list: of scalars, or of flat objects (the rows of a table)."""

    path: tuple[str, ...]
    nullable: bool
    title: str
    description: str
    items: "Leaf | ObjectNode"
    min_items: int
    max_items: int | None
    unique: bool


Node = Leaf | ObjectNode | ArrayNode


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractionSchema:
    """A checked schema. `document` is the schema with every reference resolved: what an answer is validated against."""

    root: ObjectNode
    document: Mapping[str, Any]

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """All values outside of lists, in the schema's order."""
        return tuple(_leaves(self.root))

    @property
    def arrays(self) -> tuple[ArrayNode, ...]:
        """All lists, in the schema's order."""
        return tuple(_arrays(self.root))


def parse_schema(schema: Mapping[str, object]) -> ExtractionSchema:
    """Checks a JSON Schema. Raises `SchemaRefused` with the JSON pointer of what is not supported."""
    if len(json.dumps(schema)) > MAX_SCHEMA_BYTES:
        raise SchemaRefused("", f"The schema is longer than {MAX_SCHEMA_BYTES} bytes.", hint="Ask for fewer values a job.")
    document = resolve(schema)
    _require_well_formed(document)
    root = _node(document, _Place(pointer="", path=(), within=(), depth=0))
    if not isinstance(root, ObjectNode):
        raise SchemaRefused("/type", "The schema's root is not an object.", hint='Set "type": "object" and name the values.')
    parsed = ExtractionSchema(root=root, document=document)
    leaves = len(parsed.leaves) + sum(
        1 if isinstance(array.items, Leaf) else len(array.items.properties) for array in parsed.arrays
    )
    if leaves > MAX_LEAVES:
        raise SchemaRefused("", f"The schema asks for {leaves} values; at most {MAX_LEAVES} are read in one job.")
    if leaves == 0:
        raise SchemaRefused("/properties", "The schema asks for no value.", hint="Add at least one property.")
    return parsed


def _require_well_formed(document: Mapping[str, Any]) -> None:
    validator = Draft202012Validator(Draft202012Validator.META_SCHEMA)
    error = best_match(validator.iter_errors(document))
    if error is not None:
        pointer = "".join(map(pointer_step, error.absolute_path))
        raise SchemaRefused(
            pointer, "This is not valid JSON Schema of draft 2020-12.", hint=f"The rule it breaks: {error.validator}."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    pointer: str
    path: tuple[str, ...]
    within: tuple[str, ...]
    depth: int
    in_array: bool = False

    def refuse(self, keyword: str, sentence: str, hint: str = "") -> SchemaRefused:
        pointer = self.pointer + pointer_step(keyword) if keyword else self.pointer
        return SchemaRefused(pointer, sentence, hint=hint)


def _node(raw: object, place: _Place) -> Node:
    if not isinstance(raw, Mapping):
        raise place.refuse("", "A schema must be a JSON object here; true and false say nothing about what to read.")
    nullable, schema, place = _without_null(raw, place)
    kind = _type(schema, place)
    unknown = sorted(set(schema) - _ANNOTATIONS - _KEYWORDS[kind])
    if unknown:
        supported = ", ".join(sorted(_KEYWORDS[kind] - {"type"}))
        raise place.refuse(unknown[0], f"{unknown[0]!r} is not supported for type {kind}.", hint=f"Supported: {supported}.")
    build: Mapping[str, Callable[[Mapping[str, Any], _Place, bool], Node]] = {"object": _object, "array": _array}
    return build[kind](schema, place, nullable) if kind in build else _leaf(schema, place, nullable, kind)


def _without_null(raw: Mapping[str, Any], place: _Place) -> tuple[bool, Mapping[str, Any], _Place]:
    """Whether null is allowed, and the schema of what else is: null in `type`, in `enum`, or as one half of a union."""
    for union in _UNIONS:
        if union in raw:
            return _without_null_union(raw, union, place)
    types = raw.get("type")
    nullable = isinstance(types, list) and "null" in types
    if "enum" in raw and isinstance(raw["enum"], list):
        nullable = (nullable or types is None) and None in raw["enum"]
    return nullable, raw, place


def _without_null_union(raw: Mapping[str, Any], union: str, place: _Place) -> tuple[bool, Mapping[str, Any], _Place]:
    options = raw[union]
    rest = (
        [(number, option) for number, option in enumerate(options) if option != {"type": "null"}]
        if isinstance(options, list)
        else []
    )
    if len(rest) != 1 or len(options) > 2 or not isinstance(rest[0][1], Mapping):
        raise place.refuse(union, f"{union} is supported only as one schema or null.", hint="Give the value one type.")
    outer = set(raw) - _ANNOTATIONS - {union}
    if outer:
        name = sorted(outer)[0]
        raise place.refuse(name, f"{name!r} beside {union} is not supported.", hint=f"Move it into the schema inside {union}.")
    number, inner = rest[0]
    annotations = {key: value for key, value in raw.items() if key in _ANNOTATIONS}
    inner_place = _moved(place, f"/{union}/{number}")
    inner_nullable, schema, inner_place = _without_null(inner, inner_place)
    return inner_nullable or len(options) == 2, {**schema, **annotations}, inner_place


def _type(schema: Mapping[str, Any], place: _Place) -> str:
    declared = schema.get("type", _implied_type(schema))
    types = [declared] if isinstance(declared, str) else declared
    if not isinstance(types, list) or not types:
        raise place.refuse("type", "A value needs a type.", hint=f"One of: {', '.join(_KEYWORDS)}.")
    kinds = [kind for kind in types if kind != "null"]
    for kind in kinds:
        if kind not in _KEYWORDS:
            raise place.refuse("type", f"{kind!r} is not a type of JSON Schema.", hint=f"One of: {', '.join(_KEYWORDS)}, null.")
    if set(kinds) == {"integer", "number"}:
        return "number"
    if len(kinds) != 1:
        raise place.refuse("type", "A value may have one type, and null beside it.", hint='For example ["string", "null"].')
    return str(kinds[0])


def _implied_type(schema: Mapping[str, Any]) -> object:
    """The type of an enum or const that names none; Pydantic and hand-written schemas leave it out."""
    values = schema.get("enum", [schema["const"]] if "const" in schema else [])
    kinds = {type(value) for value in values if value is not None} if isinstance(values, list) else set()
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    return names.get(next(iter(kinds))) if len(kinds) == 1 else None


def _object(schema: Mapping[str, Any], place: _Place, nullable: bool) -> ObjectNode:
    if place.depth >= MAX_DEPTH:
        raise place.refuse("", f"Objects stand more than {MAX_DEPTH} deep within each other.", hint="Make the answer flatter.")
    properties = schema.get("properties", {})
    if len(properties) > MAX_LEAVES:
        raise place.refuse(
            "properties", f"An object has {len(properties)} properties; at most {MAX_LEAVES} are read in one job."
        )
    if not isinstance(schema.get("additionalProperties", False), bool):
        raise place.refuse(
            "additionalProperties", "additionalProperties may only be true or false.", hint="Name every property."
        )
    required = schema.get("required", [])
    for name in required:
        if name not in properties:
            raise place.refuse("required", "required names a property that properties does not define.", hint="Define it.")
    title = _title(schema)
    within = place.within if place.depth == 0 else (*place.within, title)
    nodes: dict[str, Node] = {}
    for name, raw in properties.items():
        if not 0 < len(name) <= MAX_NAME_CHARACTERS:
            raise place.refuse("properties", f"A property's name has 1 to {MAX_NAME_CHARACTERS} characters.")
        pointer = place.pointer + "/properties" + pointer_step(name)
        nodes[name] = _node(
            raw,
            _Place(pointer=pointer, path=(*place.path, name), within=within, depth=place.depth + 1, in_array=place.in_array),
        )
    return ObjectNode(path=place.path, nullable=nullable, title=title, properties=nodes, required=frozenset(required))


def _array(schema: Mapping[str, Any], place: _Place, nullable: bool) -> ArrayNode:
    if place.in_array:
        raise place.refuse("type", "A list inside a list is not supported.", hint="Lists hold scalars or flat objects.")
    if "items" not in schema:
        raise place.refuse("items", "A list needs the schema of its items.", hint="Add items.")
    inner = _Place(pointer=f"{place.pointer}/items", path=place.path, within=place.within, depth=place.depth + 1, in_array=True)
    items = _node(schema["items"], inner)
    if isinstance(items, ArrayNode) or (
        isinstance(items, ObjectNode) and not all(isinstance(node, Leaf) for node in items.properties.values())
    ):
        raise inner.refuse("", "The rows of a list must be flat objects: no object or list inside.", hint="Flatten the row.")
    return ArrayNode(
        path=place.path,
        nullable=nullable,
        title=_title(schema),
        description=str(schema.get("description", "")),
        items=items,
        min_items=int(schema.get("minItems", 0)),
        max_items=schema.get("maxItems"),
        unique=schema.get("uniqueItems") is True,
    )


def _leaf(schema: Mapping[str, Any], place: _Place, nullable: bool, kind: str) -> Leaf:
    if "format" in schema and schema["format"] not in _FORMATS:
        raise place.refuse("format", "This format is not supported.", hint=f"Supported: {', '.join(sorted(_FORMATS))}.")
    if "pattern" in schema:
        check_pattern(schema["pattern"], f"{place.pointer}/pattern")
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if values is not None and not 0 < len(values) <= MAX_ENUM_VALUES:
        raise place.refuse("enum", f"An enum has 1 to {MAX_ENUM_VALUES} values.")
    if values is not None and any(isinstance(value, list | dict) for value in values):
        raise place.refuse("enum", "The values of an enum must be scalars.")
    return Leaf(
        path=place.path,
        type=kind,
        nullable=nullable,
        title=_title(schema),
        description=str(schema.get("description", "")),
        within=place.within,
        format=schema.get("format"),
        enum=None if values is None else tuple(value for value in values if value is not None),
        schema={key: value for key, value in schema.items() if key not in _ANNOTATIONS},
    )


def _title(schema: Mapping[str, Any]) -> str:
    return str(schema.get("title", ""))


def _moved(place: _Place, step: str) -> _Place:
    return replace(place, pointer=place.pointer + step)


def _leaves(node: Node) -> Iterator[Leaf]:
    if isinstance(node, Leaf):
        yield node
    elif isinstance(node, ObjectNode):
        for child in node.properties.values():
            yield from _leaves(child)


def _arrays(node: Node) -> Iterator[ArrayNode]:
    if isinstance(node, ArrayNode):
        yield node
    elif isinstance(node, ObjectNode):
        for child in node.properties.values():
            yield from _arrays(child)
