"""What is written as YAML is read back as the same data, by our reader and by a second one."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter.load.yamlfile import parse_yaml
from lamplighter.load.yamltext import yaml_text

#: Words that readers of YAML 1.1 and 1.2 take differently.
TRAPS = [
    "y",
    "no",
    "On",
    "null",
    "~",
    "",
    "1e3",
    "0o7",
    "012",
    "12:30",
    "2001-01-01",
    ".5",
    "-",
    "a: b",
    "a #b",
    " a",
    "<<",
    "é",
    "\x85",
]

#: Whole numbers that a float holds exactly; beyond them readers differ.
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.sampled_from(TRAPS) | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
data = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(texts, below, max_size=4),
    max_leaves=12,
)


@settings(max_examples=400)
@given(st.dictionaries(texts, data, max_size=5))
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    text = yaml_text(value)
    assert parse_yaml(text.encode()).data == value
    assert yaml.safe_load(text) == value


@pytest.mark.parametrize("text", TRAPS)
def test_text_stays_text_for_pythons_reader_too(text: str) -> None:
    assert yaml.safe_load(yaml_text({"key": text, "list": [text]})) == {"key": text, "list": [text]}


def test_it_looks_as_a_person_would_write_it() -> None:
    value = {
        "source": {"repo": "Qwen/Qwen3-8B-AWQ", "file": ""},
        "layers": [1, 2],
        "nested": [{"a": 1}],
        "none": {},
        "on": True,
    }
    assert yaml_text(value) == (
        'source:\n  repo: Qwen/Qwen3-8B-AWQ\n  file: ""\nlayers: [1, 2]\nnested:\n  -\n    a: 1\nnone: {}\n"on": true\n'
    )


def test_a_long_list_stands_in_lines() -> None:
    text = yaml_text({"names": [f"model.layers.{number}.mlp" for number in range(30)]})
    assert max(map(len, text.splitlines())) <= 128
    assert len(text.splitlines()) == 31


@pytest.mark.parametrize("value", [float("inf"), float("nan"), "\ud800", b"bytes", {1, 2}])
def test_what_yaml_values_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        yaml_text({"key": value})
