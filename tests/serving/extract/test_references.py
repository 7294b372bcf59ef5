"""References of a schema: what they are replaced by, and that a small schema cannot become an endless one."""

import json
import time

import pytest

from lamplighter_serving.errors import SchemaRefused
from lamplighter_serving.extract.schema.references import MAX_NESTING, MAX_PARTS, MAX_VALUES, resolve, source_pointer

NAME = {"type": "string", "title": "Name"}


def refusal(schema: dict[str, object]) -> SchemaRefused:
    with pytest.raises(SchemaRefused) as caught:
        resolve(schema)
    return caught.value


@pytest.mark.parametrize("place", ["$defs", "definitions"])
def test_a_reference_is_replaced_by_what_it_names(place: str) -> None:
    schema = {"properties": {"a": {"$ref": f"#/{place}/Name"}}, place: {"Name": NAME}}
    assert resolve(schema) == {"properties": {"a": NAME}}


def test_a_root_that_is_a_reference_leaves_no_definitions_behind() -> None:
    schema = {"$ref": "#/$defs/Root", "$defs": {"Root": {"type": "object"}, "Unused": {"$ref": "#/$defs/Unused"}}}
    assert resolve(schema) == {"type": "object"}


def test_what_stands_beside_a_reference_wins() -> None:
    schema = {"properties": {"a": {"$ref": "#/$defs/Name", "title": "Supplier"}}, "$defs": {"Name": NAME}}
    assert resolve(schema) == {"properties": {"a": {"type": "string", "title": "Supplier"}}}


def test_a_reference_may_lead_to_another() -> None:
    schema = {"a": {"$ref": "#/$defs/A"}, "$defs": {"A": {"b": {"$ref": "#/$defs/Name"}}, "Name": NAME}}
    assert resolve(schema) == {"a": {"b": NAME}}


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("#/$defs/a~1b", "a/b"),
        ("#/$defs/a~0b", "a~b"),
        ("#/$defs/a~01b", "a~1b"),
        ("#/$defs/a%20b", "a b"),
        ("#/$defs/Č", "Č"),
    ],
)
def test_a_name_is_written_as_rfc_6901_says(reference: str, name: str) -> None:
    assert resolve({"a": {"$ref": reference}, "$defs": {name: NAME}}) == {"a": NAME}


def test_a_property_may_be_called_like_a_keyword() -> None:
    schema = {"properties": {"$ref": NAME, "$defs": NAME, "definitions": NAME}}
    assert resolve(schema) == schema


@pytest.mark.parametrize("reference", ["#/$defs/Nobody", "https://example.com/schema.json", "#", "#Name", "#/properties/a", ""])
def test_a_reference_to_anything_else_is_refused_where_it_stands(reference: str) -> None:
    refused = refusal({"properties": {"a/b": {"$ref": reference}}, "$defs": {"Name": NAME}})
    assert refused.path == "/properties/a~1b/$ref"


def test_a_schema_that_refers_to_itself_is_refused() -> None:
    schema = {"$ref": "#/$defs/A", "$defs": {"A": {"properties": {"a": {"$ref": "#/$defs/B"}}}, "B": {"$ref": "#/$defs/A"}}}
    assert "itself" in refusal(schema).sentence


def test_references_that_double_are_bounded() -> None:
    # Four to the power of fifteen objects, written in fifteen lines.
    definitions: dict[str, object] = {f"d{n}": {key: {"$ref": f"#/$defs/d{n + 1}"} for key in "abcd"} for n in range(15)}
    started = time.process_time()
    refused = refusal({"a": {"$ref": "#/$defs/d0"}, "$defs": {**definitions, "d15": {}}})
    assert str(MAX_PARTS) in refused.sentence
    assert time.process_time() - started < 2.0


def test_a_long_list_that_is_named_often_is_bounded() -> None:
    # Each use of the definition would copy twenty thousand values.
    schema = {"p": {f"p{n}": {"$ref": "#/$defs/E"} for n in range(1500)}, "$defs": {"E": {"enum": [1] * 20_000}}}
    started = time.process_time()
    assert str(MAX_VALUES) in refusal(schema).sentence
    assert time.process_time() - started < 2.0


def test_a_schema_nested_too_deeply_is_refused() -> None:
    nested: object = {}
    for _ in range(MAX_NESTING + 1):
        nested = [nested]
    assert str(MAX_NESTING) in refusal({"examples": nested}).sentence


def test_a_place_in_the_resolved_schema_is_named_as_the_client_wrote_it() -> None:
    schema = {
        "properties": {"supplier": {"anyOf": [{"$ref": "#/$defs/Party"}, {"type": "null"}]}, "total": {"type": "number"}},
        "$defs": {"Party": {"properties": {"name": {"$ref": "#/$defs/Name", "format": "uri"}}}, "Name": NAME},
    }
    assert source_pointer(schema, "/properties/total/type") == "/properties/total/type"
    within = "/properties/supplier/anyOf/0/properties/name"
    assert source_pointer(schema, within) == "/$defs/Party/properties/name"
    assert source_pointer(schema, f"{within}/type") == "/$defs/Name/type"
    # What stands beside the reference stands there.
    assert source_pointer(schema, f"{within}/format") == "/$defs/Party/properties/name/format"
    # A keyword that is missing is missing in the definition.
    assert source_pointer(schema, "/properties/supplier/anyOf/0/type") == "/$defs/Party/type"


def test_nothing_of_the_clients_schema_is_changed() -> None:
    schema = {"properties": {"a": {"$ref": "#/$defs/Name", "title": "x"}}, "$defs": {"Name": NAME}}
    before = json.dumps(schema)
    resolve(schema)
    assert json.dumps(schema) == before
