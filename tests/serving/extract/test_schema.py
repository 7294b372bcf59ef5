"""What a client's JSON Schema becomes: leaves, objects and lists, each with what the extraction needs to know of it."""

import datetime
import enum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, create_model

from lamplighter_serving.errors import SchemaRefused
from lamplighter_serving.extract.schema.parse import FORMAT_CHECKER, ArrayNode, Leaf, ObjectNode, parse_schema
from serving.extract.schemas import leaf_of, with_property


def test_leaves_stand_in_the_order_of_the_schema_with_their_paths() -> None:
    schema = {
        "type": "object",
        "properties": {
            "z": {"type": "string"},
            "supplier": {
                "type": "object",
                "title": "Dodavatel",
                "properties": {"b": {"type": "string"}, "a": {"type": "number"}},
            },
        },
    }
    leaves = parse_schema(schema).leaves
    assert [leaf.path for leaf in leaves] == [("z",), ("supplier", "b"), ("supplier", "a")]
    assert [leaf.name for leaf in leaves] == ["z", "b", "a"]
    assert [leaf.within for leaf in leaves] == [(), ("Dodavatel",), ("Dodavatel",)]


def test_a_leaf_knows_its_title_description_format_and_own_rules() -> None:
    leaf = leaf_of(
        {"type": "string", "format": "date", "title": "Datum", "description": "Kdy", "default": "x", "minLength": 10}
    )
    assert (leaf.title, leaf.description, leaf.format) == ("Datum", "Kdy", "date")
    assert leaf.schema == {"type": "string", "format": "date", "minLength": 10}


@pytest.mark.parametrize(
    ("schema", "kind", "nullable", "enum"),
    [
        ({"type": "string"}, "string", False, None),
        ({"type": ["string", "null"]}, "string", True, None),
        ({"type": ["null", "integer"]}, "integer", True, None),
        ({"type": ["integer", "number"]}, "number", False, None),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "string", True, None),
        ({"oneOf": [{"type": "null"}, {"type": "boolean"}]}, "boolean", True, None),
        ({"anyOf": [{"type": "number"}]}, "number", False, None),
        ({"anyOf": [{"type": ["string", "null"]}, {"type": "null"}]}, "string", True, None),
        ({"enum": ["a", "b"]}, "string", False, ("a", "b")),
        ({"enum": ["a", None]}, "string", True, ("a",)),
        ({"type": ["string", "null"], "enum": ["a"]}, "string", False, ("a",)),
        ({"type": "string", "enum": ["a", None]}, "string", False, ("a",)),
        ({"const": 5}, "integer", False, (5,)),
        ({"enum": [1.5, 2.5]}, "number", False, (1.5, 2.5)),
        ({"enum": [True]}, "boolean", False, (True,)),
        ({"anyOf": [{"enum": ["a"]}, {"type": "null"}]}, "string", True, ("a",)),
        ({"type": ["string", "null"], "const": "a"}, "string", False, ("a",)),
        ({"type": ["string", "null"], "const": None}, "string", True, ()),
        # Null satisfies both, and oneOf wants exactly one.
        ({"oneOf": [{"type": ["string", "null"]}, {"type": "null"}]}, "string", False, None),
    ],
)
def test_a_leaf_knows_its_type_whether_null_will_do_and_its_values(
    schema: dict[str, Any], kind: str, nullable: bool, enum: tuple[object, ...] | None
) -> None:
    leaf = leaf_of(schema)
    assert (leaf.type, leaf.nullable, leaf.enum) == (kind, nullable, enum)


def test_a_title_beside_a_union_is_the_values_own() -> None:
    leaf = leaf_of({"anyOf": [{"type": "string", "title": "Inner"}, {"type": "null"}], "title": "Outer", "default": None})
    assert leaf.title == "Outer"


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "string", "format": "date"}, "2026-03-12", "12.3.2026"),
        ({"type": "string", "format": "email"}, "a@b.cz", "b.cz"),
        ({"type": "string", "pattern": r"^\d{8}$"}, "27082440", "2708244"),
        ({"type": "string", "minLength": 2, "maxLength": 3}, "abc", "abcd"),
        ({"type": "number", "minimum": 0, "exclusiveMaximum": 10}, 0, 10),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 10}, 10, 0),
        ({"type": "number", "multipleOf": 0.5}, 1.5, 1.2),
        ({"type": "integer"}, 5, 5.5),
        ({"enum": ["a"]}, "a", "b"),
        ({"const": True}, True, False),
    ],
)
def test_a_leaf_accepts_what_its_own_part_of_the_schema_accepts(schema: dict[str, Any], good: Any, bad: Any) -> None:
    leaf = leaf_of(schema)
    assert leaf.accepts(good)
    assert not leaf.accepts(bad)


def test_a_leaf_with_a_pattern_takes_no_text_longer_than_a_pattern_is_tried_on() -> None:
    leaf = leaf_of({"type": "string", "pattern": "a"})
    assert leaf.accepts("a" * 256)
    assert not leaf.accepts("a" * 257)


def test_a_list_knows_its_items_and_bounds() -> None:
    rows = {"type": "object", "properties": {"text": {"type": "string"}}, "title": "Row"}
    schema = with_property(
        {"type": ["array", "null"], "items": rows, "minItems": 1.0, "maxItems": 9.0, "uniqueItems": True, "title": "Rows"}
    )
    (array,) = parse_schema(schema).arrays
    assert (array.nullable, array.title, array.unique) == (True, "Rows", True)
    assert (array.min_items, array.max_items) == (1, 9)
    assert isinstance(array.max_items, int)
    assert isinstance(array.items, ObjectNode)
    assert parse_schema(schema).leaves == ()


def test_two_nodes_that_look_alike_are_two() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    first, second = parse_schema(schema).leaves
    assert first != second
    assert len({first: 1, second: 2}) == 2


def test_what_an_answer_is_validated_against_has_no_references() -> None:
    schema = with_property({"$ref": "#/$defs/A"}, **{"$defs": {"A": {"type": "string"}}})
    assert parse_schema(schema).document == with_property({"type": "string"})


class Currency(enum.StrEnum):
    CZK = "CZK"
    EUR = "EUR"


class Party(BaseModel):
    """Who sells or buys."""

    name: str
    company_id: Annotated[str, Field(pattern=r"^\d{8}$")] | None = None


class Row(BaseModel):
    description: str
    quantity: float = Field(gt=0)
    vat_rate: Literal[0, 12, 21] | None = None


class Invoice(BaseModel):
    number: str = Field(title="Invoice number", description="Číslo faktury", max_length=40, examples=["2026001"])
    kind: Literal["invoice"] = "invoice"
    issued: datetime.date
    due: datetime.date | None = None
    currency: Currency | None = None
    total: float = Field(ge=0, deprecated=True)
    count: int | None
    paid: bool = False
    supplier: Party
    customer: Party | None = None
    rows: list[Row] = Field(min_length=1)
    notes: set[str] | None = None


@pytest.mark.parametrize("extra", ["ignore", "forbid", "allow"])
def test_what_pydantic_makes_of_a_model_is_taken(extra: Literal["ignore", "forbid", "allow"]) -> None:
    model = create_model("Strict", __base__=Invoice)
    model.model_config["extra"] = extra
    model.model_rebuild(force=True)
    parsed = parse_schema(model.model_json_schema())
    nullable = {"/".join(leaf.path): leaf.nullable for leaf in parsed.leaves}
    assert nullable == {
        **dict.fromkeys(["number", "kind", "issued", "total", "paid", "supplier/name", "customer/name"], False),
        **dict.fromkeys(["due", "currency", "count", "supplier/company_id", "customer/company_id"], True),
    }
    rows, notes = parsed.arrays
    assert isinstance(rows.items, ObjectNode)
    rate = rows.items.properties["vat_rate"]
    assert isinstance(rate, Leaf)
    assert (rate.nullable, rate.enum, rows.min_items) == (True, (0, 12, 21), 1)
    assert isinstance(notes, ArrayNode)
    assert (notes.nullable, notes.unique) == (True, True)


scalars = st.sampled_from(["a", "2026-03-12", "a@b.cz", 1, 2.5, True, None])
kinds = st.sampled_from(["string", "number", "integer", "boolean"])
plain = st.fixed_dictionaries(
    {"type": st.one_of(kinds, kinds.map(lambda kind: [kind, "null"]), st.just(["integer", "number"]))},
    optional={
        "enum": st.lists(scalars, min_size=1, max_size=4),
        "const": scalars,
        "format": st.sampled_from(["date", "email"]),
        "pattern": st.sampled_from(["^a$", "2"]),
        "minLength": st.integers(0, 3),
        "maximum": st.integers(0, 3),
        "title": st.just("T"),
    },
)
untyped = st.fixed_dictionaries({"enum": st.lists(scalars, min_size=1, max_size=3)}) | st.fixed_dictionaries({"const": scalars})
described = st.recursive(
    plain | untyped,
    lambda inner: st.builds(
        lambda union, option, null, title: {union: [option, *[{"type": "null"}] * null], "title": title},
        st.sampled_from(["anyOf", "oneOf"]),
        inner,
        st.integers(0, 1),
        st.just("U"),
    ),
    max_leaves=2,
)


@settings(max_examples=200)
@given(described)
@example({"type": ["string", "null"], "enum": [None], "const": "a"})
def test_a_leaf_takes_exactly_what_its_schema_takes(schema: dict[str, Any]) -> None:
    try:
        leaf = leaf_of(schema)
    except SchemaRefused:
        assume(False)
    validator = Draft202012Validator(schema, format_checker=FORMAT_CHECKER)
    assert leaf.nullable == validator.is_valid(None)
    for value in ("a", "2026-03-12", "a@b.cz", "bb", 1, 2.5, 7, True, False):
        # A union keeps its null apart; what else it takes is the leaf's.
        assert leaf.accepts(value) == validator.is_valid(value)
    assert parse_schema(with_property(schema)).document == with_property(schema)
