"""Which keywords of JSON Schema a client may use, by the type they stand beside, and what each may hold.

`serving/SCHEMA.md` says the same in words. What a keyword holds is checked here rather than against the meta-schema of draft
2020-12: that takes two milliseconds a value of the schema, and the gateway does nothing else meanwhile.
"""

from collections.abc import Callable, Mapping

from .place import Place

#: They may stand anywhere and rule nothing out. (Definitions stand at the root, and are gone by then.)
ANNOTATIONS = frozenset(
    (
        *("$schema", "$id", "$comment"),
        *("title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"),
    )
)
_NUMBER = frozenset({"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
KEYWORDS: Mapping[str, frozenset[str]] = {
    "object": frozenset({"type", "properties", "required", "additionalProperties"}),
    "array": frozenset({"type", "items", "minItems", "maxItems", "uniqueItems"}),
    "string": frozenset({"type", "enum", "const", "format", "pattern", "minLength", "maxLength"}),
    "number": _NUMBER,
    "boolean": frozenset({"type", "enum", "const"}),
    "integer": _NUMBER,
}
FORMATS = frozenset({"date", "email"})
UNIONS = ("anyOf", "oneOf")
#: Every keyword that may stand somewhere.
ANY_KEYWORD = ANNOTATIONS.union(*KEYWORDS.values(), UNIONS)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _base_address(value: object) -> bool:
    return isinstance(value, str) and "#" not in value.removesuffix("#")


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _positive(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 and value % 1 == 0


def _list(value: object) -> bool:
    return isinstance(value, list)


def _names(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value)) and len(set(value)) == len(value)


def _types(value: object) -> bool:
    return isinstance(value, str) or (_names(value) and value != [])


def _object(value: object) -> bool:
    return isinstance(value, Mapping)


_MUST_BE: Mapping[str, tuple[Callable[[object], bool], frozenset[str]]] = {
    "text": (_text, frozenset({"$schema", "$comment", "title", "description", "format", "pattern"})),
    "an address without a fragment": (_base_address, frozenset({"$id"})),
    "true or false": (_flag, frozenset({"deprecated", "readOnly", "writeOnly", "uniqueItems"})),
    "a number": (_number, frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})),
    "a number above 0": (_positive, frozenset({"multipleOf"})),
    "a whole number from 0 up": (_count, frozenset({"minLength", "maxLength", "minItems", "maxItems"})),
    "a list": (_list, frozenset({"enum", "examples", *UNIONS})),
    "a list of different names": (_names, frozenset({"required"})),
    "the name of a type, or a list of different ones": (_types, frozenset({"type"})),
    "an object": (_object, frozenset({"properties"})),
}


def require_well_formed(schema: Mapping[str, object], place: Place) -> None:
    """Raises `SchemaRefused` for a keyword that no type has, and for one that holds what it may not."""
    for keyword in sorted(schema.keys() - ANY_KEYWORD):
        raise place.refuse(keyword, f"{keyword!r} is not supported.", hint="serving/SCHEMA.md lists the keywords that are.")
    for words, (fits, keywords) in _MUST_BE.items():
        for keyword in sorted(keywords & schema.keys()):
            if not fits(schema[keyword]):
                raise place.refuse(keyword, f"{keyword} must be {words}.")
