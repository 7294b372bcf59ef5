"""How well a label names what a field asks for."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.extract.prior.similarity import similarity
from lamplighter_serving.extract.prior.wish import wish_of
from lamplighter_serving.extract.scene.labels import Label
from lamplighter_serving.extract.words.lexicon import load_lexicon
from serving.extract.schemas import leaf_of

LEXICON = load_lexicon()
DUE = {"title": "Datum splatnosti", "format": "date"}
ISSUED = {"title": "Issue date", "format": "date"}


def likeness(field: dict[str, Any], label: str, place: str = "inside") -> float:
    wish = wish_of(leaf_of({"type": "string", **field}), LEXICON)
    return similarity(wish, Label(text=label, strength=1.0, line=0, place=place), LEXICON)


@pytest.mark.parametrize("label", ["Datum splatnosti:", "Splatnost", "Due date", "Fällig am", "Termin płatności"])
def test_a_label_in_any_language_names_what_is_asked_for_in_another(label: str) -> None:
    assert likeness(DUE, label) >= 0.9


@pytest.mark.parametrize("label", ["Datum vystavení", "Issue date", "DUZP"])
def test_a_label_of_another_thing_speaks_against_it(label: str) -> None:
    assert likeness(DUE, label) < 0


def test_a_bare_date_is_the_documents_own_rather_than_any_other() -> None:
    assert likeness(ISSUED, "Datum") > likeness(DUE, "Datum") > 0


def test_a_neighbour_serves_less_than_the_thing_itself() -> None:
    field = {"title": "IČO"}
    assert likeness(field, "IČO") > likeness(field, "DIČ") > 0


def test_the_name_of_the_document_straight_before_a_number_names_it() -> None:
    field = {"title": "Invoice number"}
    assert likeness(field, "Faktura") > 0.5
    assert likeness(field, "Faktura", "column") < 0.5


def test_words_in_common_say_something_where_the_vocabulary_says_nothing() -> None:
    field = {"title": "Výrobní šarže"}
    assert likeness(field, "Výrobní šarže") > likeness(field, "Šarže") > likeness(field, "Barva") == 0


def test_inflection_and_a_misread_letter_are_forgiven() -> None:
    assert likeness({"title": "Garantovaný výkon"}, "Garantovaneho vykonu") > 0.7


def test_general_words_in_common_say_little() -> None:
    field = {"title": "Číslo šarže"}
    assert likeness(field, "Číslo stroje") < likeness(field, "Šarže")


@given(st.sampled_from([DUE, ISSUED, {"title": "IČO"}, {"type": "number", "title": "Total"}, {}]), st.text(max_size=40))
def test_it_is_between_minus_one_and_one(field: dict[str, Any], label: str) -> None:
    assert -1.0 <= likeness(field, label) <= 1.0
