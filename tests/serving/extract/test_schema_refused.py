"""What a client's schema may not say, and that the refusal names the very keyword."""

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lamplighter_serving.errors import SchemaRefused
from lamplighter_serving.extract.schema.parse import (
    MAX_DEPTH,
    MAX_ENUM_VALUES,
    MAX_LEAVES,
    MAX_NAME_CHARACTERS,
    MAX_SCHEMA_BYTES,
    parse_schema,
)
from serving.extract.schemas import with_property

STRING = {"type": "string"}


def refusal(schema: dict[str, Any]) -> SchemaRefused:
    with pytest.raises(SchemaRefused) as caught:
        parse_schema(schema)
    return caught.value


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (True, ""),
        ({}, "/type"),
        ({"type": "text"}, "/type"),
        ({"type": "null"}, "/type"),
        ({"type": ["string", "number"]}, "/type"),
        ({"const": None}, "/type"),
        ({"enum": ["a", 1]}, "/type"),
        # Keywords of no type we read, whether or not a type stands beside them.
        *[({keyword: value, **typed}, f"/{keyword}") for keyword, value in {
            "allOf": [STRING], "not": STRING, "if": STRING, "then": STRING, "else": STRING, "$anchor": "x",
            "$dynamicRef": "#x", "$vocabulary": {}, "contentEncoding": "base64",
        }.items() for typed in ({}, STRING)],
        ({"type": "string", "minimum": 1}, "/minimum"),
        ({"type": "number", "minLength": 1}, "/minLength"),
        ({"type": "boolean", "pattern": "a"}, "/pattern"),
        ({"type": "string", "format": "date-time"}, "/format"),
        ({"type": "string", "format": "uri"}, "/format"),
        ({"type": "string", "pattern": "(a+)+$"}, "/pattern"),
        ({"type": "string", "x-display": 1}, "/x-display"),
        ({"enum": []}, "/type"),
        ({"type": "string", "enum": []}, "/enum"),
        ({"type": "string", "enum": ["a", {}]}, "/enum"),
        ({"type": "string", "const": []}, "/const"),
        ({"type": "string", "enum": [str(n) for n in range(MAX_ENUM_VALUES + 1)]}, "/enum"),
        ({"anyOf": [STRING, {"type": "number"}]}, "/anyOf"),
        ({"anyOf": [STRING, {"type": "number"}, {"type": "null"}]}, "/anyOf"),
        ({"oneOf": [{"type": "null"}]}, "/oneOf"),
        ({"anyOf": [STRING, {"type": "null"}], "minLength": 1}, "/minLength"),
        ({"anyOf": [STRING, {"type": "null"}], "oneOf": [STRING]}, "/oneOf"),
        ({"anyOf": [{"type": "null"}, {"type": "string", "minimum": 1}]}, "/anyOf/1/minimum"),
        ({"anyOf": [{"type": "null"}, {"anyOf": [{"type": "string", "format": "uri"}]}]}, "/anyOf/1/anyOf/0/format"),
        ({"type": "array"}, "/items"),
        ({"type": "array", "items": {"type": "array", "items": STRING}}, "/items/type"),
        ({"type": "array", "items": STRING, "prefixItems": [STRING]}, "/prefixItems"),
        ({"type": "array", "items": STRING, "contains": STRING}, "/contains"),
        ({"type": "array", "items": with_property(with_property(STRING))}, "/items"),
        ({"type": "array", "items": with_property({"type": "array", "items": STRING})}, "/items/properties/a/type"),
        ({"type": "array", "items": {"type": "string", "format": "uri"}}, "/items/format"),
        ({"type": "array", "items": STRING, "minItems": 3, "maxItems": 2}, "/minItems"),
        ({"type": "object", "patternProperties": {}}, "/patternProperties"),
        ({"type": "object", "minProperties": 1}, "/minProperties"),
        ({"type": "object", "additionalProperties": STRING}, "/additionalProperties"),
        ({"type": "object", "properties": {"b": STRING}, "required": ["c"]}, "/required"),
        ({"type": "object", "properties": {"": STRING}}, "/properties"),
        ({"type": "object", "properties": {"x" * (MAX_NAME_CHARACTERS + 1): STRING}}, "/properties"),
        ({"type": "object", "properties": {f"p{n}": STRING for n in range(MAX_LEAVES + 1)}}, "/properties"),
        ({"type": "string", "$defs": {}}, "/$defs"),
        # Not JSON Schema at all.
        ({"type": "string", "minLength": -1}, "/minLength"),
        ({"type": "string", "minLength": "1"}, "/minLength"),
        ({"type": "number", "multipleOf": 0}, "/multipleOf"),
        ({"type": "object", "properties": []}, "/properties"),
        ({"type": "object", "required": "a"}, "/required"),
        ({"type": "object", "required": ["a", "a"]}, "/required"),
        ({"type": "object", "required": [5]}, "/required"),
        ({"type": ["string", "string"]}, "/type"),
        ({"type": 5}, "/type"),
        ({"type": []}, "/type"),
        ({"type": "string", "maxLength": 1.5}, "/maxLength"),
        ({"type": "string", "maxLength": True}, "/maxLength"),
        ({"type": "number", "minimum": True}, "/minimum"),
        ({"type": "string", "pattern": 5}, "/pattern"),
        ({"type": "string", "format": {}}, "/format"),
        ({"type": "string", "enum": "a"}, "/enum"),
        ({"type": "array", "items": STRING, "uniqueItems": 1}, "/uniqueItems"),
        ({"type": "array", "items": True}, "/items"),
        ({"type": "array", "items": [STRING]}, "/items"),
        ({"anyOf": STRING}, "/anyOf"),
        ({"type": "string", "title": 5}, "/title"),
        ({"anyOf": [STRING], "title": 5}, "/title"),
        ({"anyOf": [{"anyOf": [STRING], "title": 5}], "title": "x"}, "/anyOf/0/title"),
        ({"type": "string", "$id": "a#b"}, "/$id"),
        ({"type": "string", "examples": "a"}, "/examples"),
        ({"type": "string", "deprecated": "yes"}, "/deprecated"),
        ({"$ref": 5}, "/$ref"),
        ({"$ref": "#/$defs/Nobody"}, "/$ref"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_refused_at_its_keyword(schema: Any, pointer: str) -> None:
    refused = refusal(with_property(schema))
    assert refused.path == f"/properties/a{pointer}"
    assert refused.sentence.endswith(".")


def test_a_refusal_inside_a_definition_names_the_definition() -> None:
    schema = with_property(
        {"$ref": "#/$defs/Party"}, **{"$defs": {"Party": with_property({"type": "string", "format": "uri"})}}
    )
    assert refusal(schema).path == "/$defs/Party/properties/a/format"


def test_an_unknown_keyword_is_answered_with_those_that_are_known() -> None:
    refused = refusal(with_property({"type": "boolean", "minimum": 1}))
    assert "const, enum" in refused.hint


@pytest.mark.parametrize("schema", [STRING, {"type": "array", "items": STRING}, {}, {"$ref": "#"}])
def test_a_root_that_is_no_object_is_refused(schema: dict[str, Any]) -> None:
    assert refusal(schema).path in ("/type", "/$ref")


@pytest.mark.parametrize("properties", [{}, {"a": {"type": "object"}}, {"a": {"type": "array", "items": {"type": "object"}}}])
def test_a_schema_that_asks_for_nothing_is_refused(properties: dict[str, Any]) -> None:
    assert refusal({"type": "object", "properties": properties}).path == "/properties"


def test_objects_may_stand_so_deep_and_no_deeper() -> None:
    schema: dict[str, Any] = with_property(STRING)
    for _ in range(MAX_DEPTH - 1):
        schema = with_property(schema)
    parse_schema(schema)
    assert str(MAX_DEPTH) in refusal(with_property(schema)).sentence


def test_values_are_counted_over_objects_and_rows() -> None:
    half = {f"p{n}": STRING for n in range(MAX_LEAVES // 2)}
    rows = {"type": "array", "items": {"type": "object", "properties": half}}
    parse_schema({"type": "object", "properties": {**half, "rows": rows, **{}}})
    refused = refusal({"type": "object", "properties": {**half, "one_more": STRING, "rows": rows}})
    assert (refused.path, f"{MAX_LEAVES + 1} values" in refused.sentence) == ("", True)


def test_a_schema_longer_than_a_form_is_refused() -> None:
    refused = refusal(with_property({"type": "string", "description": "x" * MAX_SCHEMA_BYTES}))
    assert str(MAX_SCHEMA_BYTES) in refused.sentence


def test_the_longest_schema_takes_no_time_worth_noticing() -> None:
    # The gateway does nothing else meanwhile. About 5 ms here; the bound leaves room for a loaded machine.
    leaf = {"type": ["string", "null"], "title": "Title", "description": "What it is", "enum": ["a", "b", None], "maxLength": 9}
    started = time.process_time()
    parse_schema({"type": "object", "properties": {f"p{n}": leaf for n in range(MAX_LEAVES)}})
    assert time.process_time() - started < 0.2


def test_no_depth_of_nesting_does_more_than_refuse() -> None:
    nested: Any = []
    for _ in range(975):
        nested = [nested]
    refusal(with_property({"type": "string", "default": nested}))


keywords = st.sampled_from(
    [
        *("type", "properties", "items", "required", "enum", "const", "format", "pattern", "minLength", "maxItems", "minimum"),
        *(
            "multipleOf",
            "anyOf",
            "oneOf",
            "allOf",
            "not",
            "$ref",
            "$defs",
            "$id",
            "$schema",
            "definitions",
            "title",
            "description",
        ),
        *("default", "additionalProperties", "uniqueItems", "a", "b"),
    ]
)
words = st.sampled_from(
    [
        *("object", "array", "string", "number", "integer", "boolean", "null", "date", "email", "uri", "^a+$", "(a+)+$", "[["),
        *("#/$defs/a", "#/definitions/a", "#", "http://[", "a"),
    ]
)
scalars = st.none() | st.booleans() | st.integers(-3, 600) | st.floats(allow_nan=False) | words | st.text(max_size=4)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keywords, inner, max_size=5),
    max_leaves=14,
)
#: Rather like a schema, so that the deeper checks are reached too.
schema_like = st.recursive(
    st.fixed_dictionaries({"type": words}, optional={"enum": st.lists(scalars, max_size=3), "format": words, "title": values}),
    lambda inner: st.one_of(
        st.builds(with_property, inner, required=st.booleans()),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}, optional={"maxItems": scalars, "minItems": scalars}),
        st.fixed_dictionaries({"anyOf": st.lists(inner | st.just({"type": "null"}), max_size=3)}, optional={"title": words}),
        st.fixed_dictionaries({"$ref": words}, optional={"$defs": st.dictionaries(keywords, inner, max_size=2)}),
        st.tuples(inner, st.dictionaries(keywords, values, max_size=2)).map(lambda pair: {**pair[0], **pair[1]}),
    ),
    max_leaves=6,
)
roots = st.one_of(
    st.dictionaries(keywords, values, max_size=6),
    schema_like,
    st.builds(
        lambda schema, definition: with_property(schema, **{"$defs": {"a": definition}}), schema_like | values, schema_like
    ),
)


@settings(max_examples=300)
@given(roots, st.lists(values, max_size=3))
def test_any_json_is_refused_or_becomes_a_schema_that_validates(schema: dict[str, Any], answers: list[Any]) -> None:
    try:
        parsed = parse_schema(schema)
    except SchemaRefused:
        return
    Draft202012Validator.check_schema(parsed.document)
    json.dumps(parsed.document)
    validator = Draft202012Validator(parsed.document)
    for answer in [{}, {"a": None}, {"a": "x"}, {"a": [1]}, {"a": {"a": 1}}, *answers]:
        validator.is_valid(answer)
    for leaf in parsed.leaves:
        for answer in ("x", 1, 1.5, True):
            leaf.accepts(answer)
