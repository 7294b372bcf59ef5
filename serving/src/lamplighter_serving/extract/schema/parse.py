"""The caller's JSON Schema as the extraction works with it: a tree of objects, lists and leaves. Each node equals only itself.

Supports a subset of draft 2020-12 (see serving/SCHEMA.md) and refuses everything else with the place of the keyword, so that a
client learns at submission and not from a failed job. Imports no engine: the gateway calls it.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from ...errors import SchemaRefused
from ..outcome import Scalar
from .keywords import ANNOTATIONS, FORMATS, KEYWORDS
from .pattern import MAX_TEXT, check_pattern
from .place import Place
from .pointer import pointer_step
from .references import resolve, source_pointer
from .typed import type_of, without_null

#: A schema larger than this is not a form anyone reads from a document.
MAX_SCHEMA_BYTES = 128 * 1024
#: Values that one extraction may ask for; each is weighed against every span of its kind.
MAX_LEAVES = 200
#: Objects within objects.
MAX_DEPTH = 8
MAX_ENUM_VALUES = 500
MAX_NAME_CHARACTERS = 128

FORMAT_CHECKER = FormatChecker(sorted(FORMATS))


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
        if "pattern" in self.schema and isinstance(value, str) and len(value) > MAX_TEXT:
            return False  # the pattern's bound holds for texts up to that length
        return _validator(self).is_valid(value)


@lru_cache(maxsize=1024)
def _validator(leaf: Leaf) -> Draft202012Validator:
    """Made once a leaf: it is asked about every candidate, and making it costs more than asking."""
    return Draft202012Validator(leaf.schema, format_checker=FORMAT_CHECKER)


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
    _require_short(schema)
    try:
        document = resolve(schema)
        root = _node(document, Place())
    except SchemaRefused as refused:
        # The parts below a reference are looked at where it stands; the client wrote them where it points to.
        raise SchemaRefused(source_pointer(schema, refused.path), refused.sentence, hint=refused.hint) from refused
    if not isinstance(root, ObjectNode):
        raise SchemaRefused("/type", "The schema's root is not an object.", hint='Set "type": "object" and name the values.')
    parsed = ExtractionSchema(root=root, document=document)
    _require_bounded(parsed)
    return parsed


def _require_short(schema: Mapping[str, object]) -> None:
    try:
        length = len(json.dumps(schema))
    except RecursionError as error:
        raise SchemaRefused("", "The schema is nested too deeply to be read.", hint="Make the answer flatter.") from error
    if length > MAX_SCHEMA_BYTES:
        raise SchemaRefused(
            "", f"The schema is {length} bytes long; at most {MAX_SCHEMA_BYTES} are read.", hint="Ask for fewer values a job."
        )


def _require_bounded(parsed: ExtractionSchema) -> None:
    """Between one and `MAX_LEAVES` values: those outside of lists, and one for each column of a list."""
    leaves = len(parsed.leaves) + sum(
        1 if isinstance(array.items, Leaf) else len(array.items.properties) for array in parsed.arrays
    )
    if leaves > MAX_LEAVES:
        raise SchemaRefused("", f"The schema asks for {leaves} values; at most {MAX_LEAVES} are read in one job.")
    if leaves == 0:
        raise SchemaRefused("/properties", "The schema asks for no value.", hint="Add at least one property.")


def _node(raw: object, place: Place) -> Node:
    if not isinstance(raw, Mapping):
        raise place.refuse("", "A schema must be a JSON object here; true and false say nothing about what to read.")
    nullable, schema, place = without_null(raw, place)
    kind = type_of(schema, place)
    unknown = sorted(set(schema) - ANNOTATIONS - KEYWORDS[kind])
    if unknown:
        supported = ", ".join(sorted(KEYWORDS[kind] - {"type"}))
        raise place.refuse(unknown[0], f"{unknown[0]!r} is not supported for type {kind}.", hint=f"Supported: {supported}.")
    build: Mapping[str, Callable[[Mapping[str, Any], Place, bool], Node]] = {"object": _object, "array": _array}
    return build[kind](schema, place, nullable) if kind in build else _leaf(schema, place, nullable, kind)


def _object(schema: Mapping[str, Any], place: Place, nullable: bool) -> ObjectNode:
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
            Place(pointer=pointer, path=(*place.path, name), within=within, depth=place.depth + 1, in_array=place.in_array),
        )
    return ObjectNode(path=place.path, nullable=nullable, title=title, properties=nodes, required=frozenset(required))


def _array(schema: Mapping[str, Any], place: Place, nullable: bool) -> ArrayNode:
    if place.in_array:
        raise place.refuse("type", "A list inside a list is not supported.", hint="Lists hold scalars or flat objects.")
    if "items" not in schema:
        raise place.refuse("items", "A list needs the schema of its items.", hint="Add items.")
    inner = Place(pointer=f"{place.pointer}/items", path=place.path, within=place.within, depth=place.depth + 1, in_array=True)
    items = _node(schema["items"], inner)
    if isinstance(items, ArrayNode) or (
        isinstance(items, ObjectNode) and not all(isinstance(node, Leaf) for node in items.properties.values())
    ):
        raise inner.refuse("", "The rows of a list must be flat objects: no object or list inside.", hint="Flatten the row.")
    least, most = int(schema.get("minItems", 0)), schema.get("maxItems")
    if most is not None and least > most:
        raise place.refuse("minItems", f"minItems is {least} and maxItems {int(most)}: no list has both.")
    return ArrayNode(
        path=place.path,
        nullable=nullable,
        title=_title(schema),
        description=str(schema.get("description", "")),
        items=items,
        min_items=least,
        max_items=None if most is None else int(most),
        unique=schema.get("uniqueItems") is True,
    )


def _leaf(schema: Mapping[str, Any], place: Place, nullable: bool, kind: str) -> Leaf:
    if "format" in schema and schema["format"] not in FORMATS:
        raise place.refuse("format", "This format is not supported.", hint=f"Supported: {', '.join(sorted(FORMATS))}.")
    if "pattern" in schema:
        check_pattern(schema["pattern"], f"{place.pointer}/pattern")
    values = schema.get("enum", [schema["const"]] if "const" in schema else None)
    if values is not None and not 0 < len(values) <= MAX_ENUM_VALUES:
        raise place.refuse("enum", f"An enum has {len(values)} values; it may have 1 to {MAX_ENUM_VALUES}.")
    if values is not None and any(isinstance(value, list | dict) for value in values):
        keyword = "enum" if "enum" in schema else "const"
        raise place.refuse(keyword, f"{keyword} may hold only text, numbers, booleans and null.")
    return Leaf(
        path=place.path,
        type=kind,
        nullable=nullable,
        title=_title(schema),
        description=str(schema.get("description", "")),
        within=place.within,
        format=schema.get("format"),
        enum=None if values is None else tuple(value for value in values if value is not None),
        schema={key: value for key, value in schema.items() if key not in ANNOTATIONS},
    )


def _title(schema: Mapping[str, Any]) -> str:
    return str(schema.get("title", ""))


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
