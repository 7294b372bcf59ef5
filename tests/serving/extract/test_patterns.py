"""Which regular expressions a schema may bring."""

import contextlib
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter_serving.errors import SchemaRefused
from lamplighter_serving.extract.schema.pattern import MAX_PATTERN_CHARACTERS, MAX_TEXT, check_pattern

POINTER = "/properties/number/pattern"


def refusal(pattern: str) -> SchemaRefused:
    with pytest.raises(SchemaRefused) as caught:
        check_pattern(pattern, POINTER)
    assert caught.value.path == POINTER
    return caught.value


@pytest.mark.parametrize(
    "pattern",
    [
        *(
            r"^\d{8}$",
            r"^CZ\d{8,10}$",
            r"^[A-Z]{2}\d{2}[0-9A-Z]{11,30}$",
            r"^[^@\s]+@[^@\s]+$",
            r"\d{4}-\d{2}",
            r"^(FV|OF)-\d+$",
        ),
        *(
            r"^[a-z]+(-[a-z]+)?$",
            r"^\d{1,3}( \d{3}){0,3}$",
            r"^.*$",
            "",
            r"^\$ [0-9]+\.[0-9]{2}$",
            r"^[\[\]&|~-]+$",
            r"^a\{,3}$",
        ),
        *(r"^\d{4}/\d+$", "^é+$", r"\bIČO\b", r"^a{300}$"),
    ],
)
def test_a_pattern_that_people_write_for_a_value_is_taken(pattern: str) -> None:
    check_pattern(pattern, POINTER)


@pytest.mark.parametrize(
    "pattern",
    [
        # Published as examples of catastrophic backtracking (OWASP "Regular expression Denial of Service", Davis et al. 2018).
        *(r"(a+)+$", r"^(a+)+$", r"([a-zA-Z]+)*$", r"(a|aa)+$", r"(a|a?)+$", r"(.*a){12}$", r"^(([a-z])+.)+[A-Z]([a-z])+$"),
        *(r"^(?:\s*)*$", r"^(\w+\s?)*$", r"(x+x+)+y", r"^(.*?,){11}P", r"a*a*a*a*b", r"^(?:a?){40}a{40}$", r".*.*=.*"),
        # A repeat longer than any text we match must not make the bound of what stands beside it smaller.
        *(r"^(?:a{300}|)(b+)+$", r"^(?:(b+)+$|a{300})", r"^(?:(b+)+$|a{300,400})"),
    ],
)
def test_a_pattern_that_could_take_ages_is_refused_with_the_way_out(pattern: str) -> None:
    assert "Anchor it" in refusal(pattern).hint


@pytest.mark.parametrize(
    "pattern",
    [
        *(r"^(?=a)b$", r"^(?!a)b$", r"(?<=a)b", r"^(a)\1$", r"^(?i:a)$", r"(?i)^a$", r"^(?-i:a)$", r"^a++$", r"^(?>a)$"),
        *(r"\Aa", r"a\Z", r"^(?P<x>a)$", r"^(?P<x>a)(?P=x)$", r"^a(?#comment)$", r"^a{,3}$", r"^(a)?(?(1)b|c)$"),
        *("^[[a]$", "^[]a]$", "^[^]a]$", "^[a--b]$", "^[a&&b]$", "^[a||b]$", "^[a~~b]$"),
    ],
)
def test_what_python_reads_unlike_javascript_is_refused(pattern: str) -> None:
    refusal(pattern)


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2,1}", r"\p{L}", "*a", r"\u{1F600}", "a**", r"\8", "(" * 150])
def test_what_is_no_regular_expression_is_refused(pattern: str) -> None:
    refusal(pattern)


def test_a_pattern_longer_than_anyone_writes_is_refused_with_both_numbers() -> None:
    check_pattern("a" * MAX_PATTERN_CHARACTERS, POINTER)
    assert "201" in refusal("a" * 201).sentence
    assert MAX_PATTERN_CHARACTERS == 200


atoms = st.sampled_from(["a", "b", "[ab]", ".", r"\d", r"\w", "(a)", "(?:b)", "", "^", "$"])


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeats = st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{300}", "{0,30}", "*?", "+?"])
    return st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, repeats).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    )


@settings(max_examples=150)
@given(st.recursive(atoms, _grown, max_leaves=8), st.booleans())
def test_a_pattern_that_is_taken_ends_soon_on_a_hostile_text(body: str, anchored: bool) -> None:
    pattern = f"^{body}c$" if anchored else f"{body}c"
    try:
        check_pattern(pattern, POINTER)
    except SchemaRefused:
        return
    compiled = re.compile(pattern)
    started = time.process_time()
    for hostile in ("a" * MAX_TEXT, "ab" * (MAX_TEXT // 2), "1" * MAX_TEXT):
        compiled.search(hostile)
    # The bound is a fifth of a second a text; a loaded machine gets ten times that.
    assert time.process_time() - started < 6.0


@given(st.text(max_size=40))
def test_whatever_a_pattern_is_it_is_refused_or_runs(pattern: str) -> None:
    with contextlib.suppress(SchemaRefused):
        check_pattern(pattern, POINTER)
        re.compile(pattern)
