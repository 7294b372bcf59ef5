"""Words as they are compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.extract.schema.pointer import pointer_step
from lamplighter_serving.extract.words.folding import fold, name_tokens, tokens


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ČÍSLO Účtu", "cislo uctu"),
        ("Straße", "strasse"),
        ("ŁÓDŹ", "lodz"),
        ("Ø Æ đ", "o ae d"),
        ("n° 5", "n 5"),
        ("№ 5", "# 5"),
        ("ﬁrma", "firma"),
        ("１２", "12"),
    ],
)
def test_case_and_diacritics_fall_away(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=30))
def test_what_is_folded_stays_so(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(categories=["Lu", "Ll"], max_codepoint=0x17F), max_size=30))
def test_a_letter_and_its_parts_are_one(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_words_are_letters_and_digits_and_the_signs_that_stand_for_words() -> None:
    assert tokens("Datum (vystavení): č.12/2026 #5 – 21 %") == ("datum", "vystaveni", "c", "12", "2026", "#", "5", "21", "%")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        *[(name, ("invoice", "number")) for name in ("invoiceNumber", "invoice_number", "invoice-number", "InvoiceNumber")],
        ("IBANNumber", ("iban", "number")),
        ("line2Total", ("line2", "total")),
        ("datumÚhrady", ("datum", "uhrady")),
        ("celkováČástka", ("celkova", "castka")),
        ("číslo_faktury", ("cislo", "faktury")),
        ("", ()),
    ],
)
def test_a_property_is_named_in_words_however_it_is_written(name: str, words: tuple[str, ...]) -> None:
    assert name_tokens(name) == words


@given(st.text(max_size=20))
def test_a_step_of_a_pointer_can_be_read_back(name: str) -> None:
    step = pointer_step(name)
    assert step.startswith("/")
    assert "/" not in step[1:]
    # RFC 6901: first ~1, then ~0.
    assert step[1:].replace("~1", "/").replace("~0", "~") == name


def test_a_number_is_a_step_too() -> None:
    assert pointer_step(0) == "/0"
