"""Texts and JSON as both stores keep them."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.queue.text import json_text, searchable, storable

#: Any code point, halves of surrogate pairs and NUL too.
TEXTS = st.text(st.characters(codec=None, exclude_categories=()))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(text=TEXTS)
def test_a_storable_text_is_utf_8_without_nul_and_stays_as_it_is(text: str) -> None:
    kept = storable(text)
    assert b"\x00" not in kept.encode("utf-8")
    assert storable(kept) == kept


@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\x00")))
def test_a_text_that_can_be_kept_is_kept(text: str) -> None:
    assert storable(text) == text


def test_each_half_of_a_pair_becomes_a_question_mark_and_nul_disappears() -> None:
    assert storable("a\x00b\ud800c\udfffd") == "ab?c?d"


@given(text=TEXTS)
def test_what_a_search_sees_does_not_depend_on_case_or_on_the_form_of_accents(text: str) -> None:
    seen = searchable(text)
    assert searchable(storable(text)) == seen
    assert searchable(unicodedata.normalize("NFC", storable(text))) == seen
    assert "\x00" not in seen.encode().decode()


def test_a_search_sees_no_case_in_any_alphabet() -> None:
    for upper, lower in [("ÚČTENKA", "účtenka"), ("ΣΊΣΥΦΟΣ", "σίσυφος"), ("СЧЁТ", "счёт"), ("STRASSE", "straße")]:
        assert searchable(upper) == searchable(lower)


@given(value=st.dictionaries(TEXTS, JSON, max_size=4))
def test_json_is_ascii_and_reads_back_with_every_character_and_the_order_of_keys(value: dict[str, object]) -> None:
    text = json_text(value)
    assert text.isascii()
    assert "\x00" not in text
    back = json.loads(text)
    assert back == value
    assert list(back) == list(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_json_cannot_say_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        json_text({"a": [value]})
