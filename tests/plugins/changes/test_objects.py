"""What differs between two objects, path by path."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lamplighter.changes.compare import compare
from lamplighter.changes.objects import ABSENT, Edit, edits, masked, object_key
from lamplighter.changes.side import Side

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def paths(before: Any, after: Any) -> list[str]:
    return [edit.path for edit in edits(before, after)]


def test_things_with_names_are_compared_by_name_wherever_they_stand() -> None:
    before = {"containers": [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}]}
    after = {"containers": [{"name": "b", "image": "b:2"}, {"name": "a", "image": "a:1"}]}
    assert list(edits(before, after)) == [Edit(path="containers[b].image", before="b:1", after="b:2")]


def test_a_text_that_holds_json_is_compared_by_what_it_says() -> None:
    before, after = ({"data": {"catalog.json": json.dumps({"a": 1, "b": 2}, indent=indent)}} for indent in (None, 2))
    assert paths(before, after) == []
    changed = {"data": {"catalog.json": json.dumps({"a": 1, "b": 3})}}
    assert paths(before, changed) == ["data.catalog.json.b"]


def test_what_comes_and_what_goes_is_told_as_such() -> None:
    assert list(edits({"a": 1}, {"b": 2})) == [
        Edit(path="a", before=1, after=ABSENT),
        Edit(path="b", before=ABSENT, after=2),
    ]


def test_a_secret_is_told_to_have_changed_and_never_what_it_is() -> None:
    def secret(value: str) -> dict[str, Any]:
        return {"kind": "Secret", "metadata": {"name": "s"}, "data": {"password": value}, "stringData": ["odd"]}

    key = object_key(secret("x"))
    change = compare("dev", Side(objects={key: secret("hunter2")}), Side(objects={key: secret("hunter3")}))
    ((path,),) = ([edit.path for edit in found] for found in change.changed.values())
    assert path == "data.password"
    assert "hunter" not in repr(change.changed)
    assert "odd" not in repr(masked(secret("x")))


@given(_JSON)
def test_nothing_differs_from_itself(value: Any) -> None:
    assert list(edits(value, value)) == []


@given(_JSON, _JSON)
def test_whatever_differs_is_told(before: Any, after: Any) -> None:
    # Two texts may hold the same JSON; compared as data they are the same.
    if before != after and not isinstance(before, str) and not isinstance(after, str):
        assert paths({"x": before}, {"x": after}) or str(before) != str(after)
