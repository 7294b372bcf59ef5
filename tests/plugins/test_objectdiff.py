"""Two renders compared: objects by kind and name, fields by path, secrets masked."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from lamplighter.domain.objectdiff import MASK, field_changes, object_diff


def thing(kind: str, name: str, **rest: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"name": name, "namespace": "n"}, **rest}


def paths(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [(one.path, one.before, one.after) for one in field_changes(before, after)]


def test_objects_are_the_same_by_kind_namespace_and_name() -> None:
    found = object_diff(
        [thing("A", "one"), thing("B", "two", x=1), thing("C", "gone")],
        [thing("B", "two", x=2), thing("A", "one"), thing("A", "new")],
    )
    assert (found.added, found.removed) == ((("A", "n", "new"),), (("C", "n", "gone"),))
    (changed,) = found.changed
    assert changed.key == ("B", "n", "two")
    assert [(one.path, one.before, one.after) for one in changed.fields] == [("x", "1", "2")]


def test_entries_with_names_are_the_same_by_name() -> None:
    before = {"containers": [{"name": "a", "image": "x"}, {"name": "b"}]}
    after = {"containers": [{"name": "b"}, {"name": "a", "image": "y"}]}
    assert paths(before, after) == [
        ("containers[a].image", '"x"', '"y"'),
        ("containers (order)", '["a", "b"]', '["b", "a"]'),
    ]


def test_a_number_and_the_same_number_as_text_differ() -> None:
    assert paths({"a": 1, "b": True}, {"a": "1", "b": 1}) == [("a", "1", '"1"'), ("b", "true", "1")]


def test_a_key_with_a_dot_is_quoted() -> None:
    assert paths({"m": {"a.b/c": 1}}, {"m": {}}) == [('m."a.b/c"', "1", None)]


def test_the_values_of_a_secret_are_masked_and_their_change_is_said() -> None:
    before, after = ({"kind": "Secret", "data": {"key": value}, "type": "Opaque"} for value in ("aHVudGVyMg==", "aHVudGVyMw=="))
    assert paths(before, after) == [("data.key", MASK, MASK)]
    assert paths({"kind": "Secret"}, before) == [("data", None, MASK), ("type", None, '"Opaque"')]


def test_a_variable_named_like_a_secret_is_masked_wherever_it_stands() -> None:
    before = {"env": [{"name": "DATABASE_PASSWORD", "value": "hunter2"}, {"name": "MODE", "value": "a"}]}
    after = {"env": [{"name": "DATABASE_PASSWORD", "value": "hunter3"}, {"name": "MODE", "value": "b"}]}
    assert paths(before, after) == [("env[DATABASE_PASSWORD].value", MASK, MASK), ("env[MODE].value", '"a"', '"b"')]
    assert "hunter" not in str(paths({}, after))


def test_a_document_in_a_text_is_compared_by_its_fields() -> None:
    before, after = ({"data": {"x.json": json.dumps({"a": value, "b": 1})}} for value in (1, 2))
    assert paths(before, after) == [('data."x.json".a', "1", "2")]
    assert paths({"x": '{"a": 1}'}, {"x": '{"a":1}'}) == [("x", '"{\\"a\\": 1}"', '"{\\"a\\":1}"')]
    assert paths({"x": "{a"}, {"x": "{b"}) == [("x", '"{a"', '"{b"')]


values = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=3),
    lambda below: some.lists(below, max_size=3) | some.dictionaries(some.text(max_size=3), below, max_size=3),
    max_leaves=12,
)
maps = some.dictionaries(some.sampled_from(["kind", "data", "spec", "name"]), values, max_size=4)


@given(maps)
def test_nothing_differs_from_itself(data: dict[str, Any]) -> None:
    assert paths(data, data) == []


@given(maps, some.text("0123456789", min_size=12, max_size=12))
def test_no_value_of_a_secret_ever_shows(data: dict[str, Any], secret: str) -> None:
    before = data | {"kind": "Secret", "data": {"key": secret}}
    after = data | {"kind": "Secret", "data": {"key": f"{secret}x", "more": [secret]}}
    assert secret not in str(paths(before, after))
