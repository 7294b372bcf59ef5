"""Values files as Helm reads them, with lines; what readers could take differently is refused at its line."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lamplighter.load.yamlfile import MOST_BYTES, YamlRefused, parse_yaml


def refusal(content: bytes) -> YamlRefused:
    with pytest.raises(YamlRefused) as caught:
        parse_yaml(content)
    return caught.value


def test_every_value_knows_its_line() -> None:
    parsed = parse_yaml(b"a:\n  b: 1\n\n  c:\n    - x\n    - {d: 2}\n")
    assert parsed.data == {"a": {"b": 1, "c": ["x", {"d": 2}]}}
    assert parsed.lines == {
        ("a",): 1,
        ("a", "b"): 2,
        ("a", "c"): 4,
        ("a", "c", 0): 5,
        ("a", "c", 1): 6,
        ("a", "c", 1, "d"): 6,
    }


def test_an_empty_file_is_an_empty_map() -> None:
    assert parse_yaml(b"# nothing\n").data == {}


def data_or_refusal(content: bytes) -> object:
    try:
        return parse_yaml(content).data
    except YamlRefused as refused:
        return refused


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        (b"a: 1\nb: 2\na: 3\n", 3, 'the key "a" stands here a second time; the first is in line 1'),
        (b"a:\n  b: 1\n  b: 2\n", 3, "a second time"),
        (b"a: 1\nb: \xff\n", 2, "is not UTF-8"),
        (b"a: [1\nb: 2\n", 2, "this is not YAML"),
        (b"a: 1\n---\nb: 2\n", 2, "this is not YAML"),
        (b"base: &base {a: 1}\nother:\n  <<: *base\n", 3, "merge keys"),
        (b"a: 1\nyes: 2\n", 2, "the key yes is not text for every reader"),
        (b"1: a\n", 1, "the key 1 is not text"),
        (b"? [a]\n: 1\n", 1, "a key is a list or a map"),
        (b"a: .nan\n", 1, "is not a number JSON has"),
        (b"a: 1\nb: !!binary aGk=\n", 2, "the tag tag:yaml.org,2002:binary"),
        (b"a: !secret {b: 1}\n", 1, "the tag !secret"),
        (b"a: &a [*a]\n", 1, "holds itself"),
        (b"a: " + b"[" * 500 + b"]" * 500, 1, "nested deeper than 64 levels"),
        (b"a: " + b"{b: " * 20000, 1, "this is not YAML"),
        (b"#" * (MOST_BYTES + 1), 1, f"the file has {MOST_BYTES + 1} bytes; values have at most {MOST_BYTES}"),
    ],
)
def test_what_cannot_be_taken_is_refused_at_its_line(content: bytes, line: int, sentence: str) -> None:
    refused = refusal(content)
    assert sentence in refused.sentence
    assert refused.line == line


def test_anchors_that_explode_are_refused_before_they_do() -> None:
    # Nine levels of nine references each: 9^9 = 387 million values from 300 bytes.
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    assert "makes more than 200000 values, anchors expanded" in refusal("\n".join(lines).encode()).sentence


def test_a_plain_anchor_may_be_used_again() -> None:
    assert parse_yaml(b"a: &a {b: 1}\nc: *a\n").data == {"a": {"b": 1}, "c": {"b": 1}}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=8), below, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(st.text(min_size=1, max_size=8), json_values, max_size=5))
def test_what_is_written_in_quotes_is_read_back(values: dict[str, object]) -> None:
    content = yaml.safe_dump(values, default_style='"', allow_unicode=True).encode()
    # default_style quotes numbers too, with a tag for their type: those are refused.
    read = data_or_refusal(content)
    assert read == values or (isinstance(read, YamlRefused) and "tag" in read.sentence)


@given(st.binary(max_size=300))
def test_any_bytes_are_data_or_a_refusal(content: bytes) -> None:
    read = data_or_refusal(content)
    assert not isinstance(read, YamlRefused) or (read.line >= 1 and read.sentence)
