"""A value set in a file's text: comments and all other lines stay, and what cannot be changed by a line is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lamplighter.load.yamledit import NotEditable, with_value, without_value
from lamplighter.load.yamlfile import parse_yaml

TEXT = """\
# first
a:
  # about b
  b: 1  # why one
  c:
    d: "x"
# last
e: {f: 1}
"""


def test_a_value_is_replaced_and_its_comment_kept() -> None:
    assert with_value(TEXT, ("a", "b"), 2) == TEXT.replace("b: 1  # why", "b: 2  # why")


def test_a_new_value_goes_to_the_end_of_its_map() -> None:
    assert with_value(TEXT, ("a", "c", "g"), "y") == TEXT.replace('    d: "x"\n', '    d: "x"\n    g: "y"\n')
    assert with_value(TEXT, ("a", "h"), "word") == TEXT.replace('    d: "x"\n', '    d: "x"\n  h: word\n')


def test_maps_that_are_missing_are_made() -> None:
    assert with_value(TEXT, ("new", "o", "p"), 3) == TEXT + "new:\n  o:\n    p: 3\n"
    assert with_value("", ("a",), 1) == "a: 1\n"


def test_a_value_is_taken_out_with_its_line() -> None:
    assert without_value(TEXT, ("a", "b")) == TEXT.replace("  b: 1  # why one\n", "")
    assert without_value(TEXT, ("a", "z")) == TEXT


@pytest.mark.parametrize("path", [("e", "f"), ("e", "g"), ("a", "c"), ("e",), ("a", "b", "c")])
def test_what_is_not_a_line_of_its_own_is_refused(path: tuple[str, ...]) -> None:
    with pytest.raises(NotEditable):
        with_value(TEXT, path, 1)


@given(some.text(max_size=20), some.sampled_from([("a", "b"), ("a", "c", "d"), ("a", "new"), ("new", "new")]))
def test_whatever_is_set_is_read_back_and_nothing_else_changes(value: str, path: tuple[str, ...]) -> None:
    try:
        text = with_value(TEXT, path, value)
    except (NotEditable, ValueError):
        return  # what YAML cannot say
    data = parse_yaml(text.encode()).data
    expected = parse_yaml(TEXT.encode()).data
    at = expected
    for key in path[:-1]:
        at = at.setdefault(key, {})
    at[path[-1]] = value
    assert data == expected
    comments = [line for line in text.splitlines() if line.lstrip().startswith("#")]
    assert comments == ["# first", "  # about b", "# last"]
