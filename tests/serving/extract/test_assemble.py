"""From decisions to the answer: it satisfies the schema or says what is missing, and every value has its place."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lamplighter_serving.extract.assemble import Answer, Items, assemble
from lamplighter_serving.extract.decide import Decision
from lamplighter_serving.extract.outcome import Scalar
from lamplighter_serving.extract.schema.parse import ArrayNode, ExtractionSchema, Leaf, parse_schema
from serving.extract.decisions import decision_of

TEXT = {"type": "string"}
TEXT_OR_NULL = {"type": ["string", "null"]}


def answer(
    properties: Mapping[str, object],
    found: Mapping[str, Scalar],
    rows: list[dict[str, Scalar]] | None = None,
    required: list[str] | None = None,
) -> Answer:
    """The answer to a schema for values by path; `rows` are the items of its only list."""
    parsed = parse_schema({"type": "object", "properties": properties, "required": required or []})
    decisions = {leaf: decision_of(leaf, found.get("/".join(leaf.path))) for leaf in parsed.leaves}
    items = {array: tuple(_item(array, row) for row in rows or []) for array in parsed.arrays}
    return assemble(parsed.root, decisions, items)


def _item(array: ArrayNode, row: Mapping[str, Scalar]) -> dict[Leaf, Decision]:
    leaves = [array.items] if isinstance(array.items, Leaf) else list(array.items.properties.values())
    return {leaf: decision_of(leaf, row.get(leaf.name)) for leaf in leaves if isinstance(leaf, Leaf)}


def object_of(properties: Mapping[str, object], *required: str, nullable: bool = False) -> dict[str, object]:
    kind: object = ["object", "null"] if nullable else "object"
    return {"type": kind, "properties": properties, "required": list(required)}


def test_values_stand_where_the_schema_nests_them_in_its_order() -> None:
    supplier = object_of({"name": TEXT, "id": TEXT})
    found = answer({"z": TEXT, "supplier": supplier, "a": TEXT}, {"a": "1", "supplier/id": "2", "supplier/name": "3", "z": "4"})
    assert list(found.data.items()) == [("z", "4"), ("supplier", {"name": "3", "id": "2"}), ("a", "1")]
    assert [(field.path, field.value) for field in found.fields] == [
        ("/z", "4"),
        ("/supplier/name", "3"),
        ("/supplier/id", "2"),
        ("/a", "1"),
    ]


def test_a_value_says_where_it_stands_and_a_null_that_it_stands_nowhere() -> None:
    first, second = answer({"a": TEXT_OR_NULL, "b": TEXT_OR_NULL}, {"a": "x"}).fields
    assert (first.page, first.text, first.box is None, first.score, first.prior) == (1, "x", False, 0.8, 0.9)
    assert (second.page, second.text, second.box, second.value) == (None, None, None, None)


def test_a_path_is_a_json_pointer() -> None:
    assert [field.path for field in answer({"a/b~c": TEXT}, {"a/b~c": "x"}).fields] == ["/a~1b~0c"]


@pytest.mark.parametrize(
    ("schema", "required", "data", "missing"),
    [
        (TEXT_OR_NULL, True, {"a": None}, ()),
        (TEXT_OR_NULL, False, {"a": None}, ()),
        (TEXT, False, {}, ()),
        (TEXT, True, {}, ("/a",)),
        (object_of({"b": TEXT}, "b"), False, {}, ()),
        (object_of({"b": TEXT}, "b"), True, {"a": {}}, ("/a/b",)),
        (object_of({"b": TEXT}, "b", nullable=True), False, {"a": None}, ()),
        (object_of({"b": TEXT}, "b", nullable=True), True, {"a": None}, ()),
        (object_of({"b": TEXT_OR_NULL}, "b"), True, {"a": {"b": None}}, ()),
        ({"type": "array", "items": TEXT}, False, {}, ()),
        ({"type": "array", "items": TEXT}, True, {"a": []}, ()),
        ({"type": "array", "items": TEXT, "minItems": 1}, True, {"a": []}, ("/a",)),
        ({"type": "array", "items": TEXT, "minItems": 1}, False, {}, ()),
        ({"type": ["array", "null"], "items": TEXT, "minItems": 1}, True, {"a": None}, ()),
        ({"type": ["array", "null"], "items": TEXT}, False, {"a": None}, ()),
    ],
)
def test_what_is_not_found_is_null_or_left_out_or_missing(
    schema: dict[str, object], required: bool, data: dict[str, object], missing: tuple[str, ...]
) -> None:
    found = answer({"a": schema, "other": TEXT_OR_NULL}, {}, required=["a"] if required else [])
    assert found.data == {**data, "other": None}
    assert found.missing == missing


def test_a_root_that_may_be_null_is_an_object_all_the_same() -> None:
    parsed = parse_schema({"type": ["object", "null"], "properties": {"a": TEXT_OR_NULL}})
    (leaf,) = parsed.leaves
    assert assemble(parsed.root, {leaf: decision_of(leaf, None)}, {}).data == {"a": None}


def test_an_object_with_one_value_found_must_have_the_others() -> None:
    supplier = object_of({"name": TEXT, "id": TEXT}, "name")
    assert answer({"supplier": supplier}, {"supplier/id": "1"}).missing == ("/supplier/name",)
    assert answer({"supplier": supplier}, {"supplier/name": "1"}).data == {"supplier": {"name": "1"}}


def test_rows_are_numbered_from_zero() -> None:
    rows = {"type": "array", "items": object_of({"text": TEXT, "note": TEXT, "unit": TEXT_OR_NULL}, "text")}
    found = answer({"rows": rows}, {}, [{"text": "a", "unit": "ks"}, {"text": "b", "note": "n"}])
    assert found.data == {"rows": [{"text": "a", "unit": "ks"}, {"text": "b", "note": "n", "unit": None}]}
    assert [field.path for field in found.fields] == [
        *("/rows/0/text", "/rows/0/unit"),
        *("/rows/1/text", "/rows/1/note", "/rows/1/unit"),
    ]


def test_a_row_without_what_it_must_have_is_named() -> None:
    rows = {"type": "array", "items": object_of({"text": TEXT, "note": TEXT}, "text")}
    assert answer({"rows": rows}, {}, [{"text": "a"}, {"note": "b"}]).missing == ("/rows/1/text",)


def test_fewer_rows_than_a_list_must_have_are_none() -> None:
    one = [{"a": "x"}]
    short = {"type": "array", "items": TEXT, "minItems": 2}
    assert answer({"a": short}, {}, one).data == {}
    assert answer({"a": {**short, "type": ["array", "null"]}}, {}, one, ["a"]).data == {"a": None}
    assert answer({"a": short}, {}, one, ["a"]).missing == ("/a",)


VALUES: Mapping[str, st.SearchStrategy[Scalar]] = {
    "string": st.sampled_from(["x", "yy"]),
    "number": st.sampled_from([0.5, 2]),
    "integer": st.integers(0, 9),
    "boolean": st.booleans(),
}
leaves = st.builds(
    lambda kind, nullable: {"type": [kind, "null"] if nullable else kind}, st.sampled_from([*VALUES]), st.booleans()
)


def objects_of(children: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def build(properties: dict[str, Any], required: set[str], nullable: bool) -> dict[str, object]:
        return object_of(properties, *sorted(required & set(properties)), nullable=nullable)

    names = st.sampled_from(["a", "b", "c"])
    return st.builds(build, st.dictionaries(names, children, min_size=1), st.sets(names), st.booleans())


def lists_of(items: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    kinds: st.SearchStrategy[object] = st.sampled_from(["array", ["array", "null"]])
    rows = items.map(lambda item: {**item, "type": "object"} if "properties" in item else item)
    return st.fixed_dictionaries({"type": kinds, "items": rows}, optional={"minItems": st.integers(0, 3)})


roots = objects_of(st.recursive(leaves | lists_of(leaves | objects_of(leaves)), objects_of, max_leaves=4))


@settings(max_examples=200)
@given(roots, st.data())
def test_an_answer_satisfies_the_schema_or_names_what_is_missing(schema: dict[str, Any], data: st.DataObject) -> None:
    parsed = parse_schema({**schema, "type": "object"})
    decisions = {leaf: data.draw(_decisions(leaf)) for leaf in parsed.leaves}
    built = assemble(parsed.root, decisions, _items(parsed, data))
    if not built.missing:
        assert Draft202012Validator(parsed.document).is_valid(built.data)
        # A null may also stand for a whole object or list; that one has no field.
        values = {path: value for path, value in _leaves_of(built.data, "") if value is not None}
        assert {field.path: field.value for field in built.fields if field.value is not None} == values


def _decisions(leaf: Leaf) -> st.SearchStrategy[Decision]:
    return (st.none() | VALUES[leaf.type]).map(lambda value: decision_of(leaf, value))


def _items(parsed: ExtractionSchema, data: st.DataObject) -> Items:
    return {
        array: tuple(
            {leaf: data.draw(_decisions(leaf)) for leaf in _item(array, {})} for _ in range(data.draw(st.integers(0, 3)))
        )
        for array in parsed.arrays
    }


def _leaves_of(value: object, path: str) -> Iterator[tuple[str, object]]:
    """Pointers of all scalars."""
    if isinstance(value, dict | list):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for name, child in steps:
            yield from _leaves_of(child, f"{path}/{name}")
    else:
        yield path, value
