"""Plain texts: encodings, and characters on the grid."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.documents import plain
from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.errors import DocumentError

PANGRAM = "Příliš žluťoučký kůň úpěl ďábelské ódy. ŠŤÁVA, ŽEŤ, Ťuhýk"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1250", "iso8859-2"])
def test_czech_is_read_in_every_encoding_it_comes_in(encoding: str) -> None:
    assert plain.decode(PANGRAM.encode(encoding)) == PANGRAM


@given(st.text(st.characters(codec="utf-8", exclude_characters="\ufeff")))
def test_utf_8_is_always_taken_for_utf_8(text: str) -> None:
    assert plain.decode(text.encode()) == text


def test_bytes_that_break_the_promised_encoding_are_damaged() -> None:
    with pytest.raises(DocumentError) as caught:
        plain.decode("\ufeffPříliš".encode() + b"\xff")

    assert caught.value.code == "document-damaged"


def test_one_broken_character_does_not_garble_the_others() -> None:
    with pytest.raises(DocumentError) as caught:
        plain.decode(PANGRAM.encode() + b"\xc5")

    assert "utf-8" in caught.value.sentence


def test_a_line_too_long_for_a_page_is_broken_between_words() -> None:
    (page,) = plain.pages_of(b"eight by " * 200, DocumentLimits())

    assert [word.text for word in page.words] == ["eight", "by"] * 200


def test_a_word_longer_than_a_row_goes_on_in_the_next() -> None:
    (page,) = plain.pages_of(b"x" * (plain.MOST_COLUMNS + 1), DocumentLimits())

    assert [len(word.text) for word in page.words] == [plain.MOST_COLUMNS, 1]


def test_a_word_stands_at_its_column_and_line() -> None:
    (page,) = plain.pages_of(b"first\n\n    third line", DocumentLimits())

    third = page.words[1]
    # 4 columns of 6 points and 2 lines of 12 points inside margins of 36 points.
    assert (third.text, third.box.left, third.box.top) == ("third", 36 + 4 * 6, 36 + 2 * 12)
    assert third.box.right == 36 + 9 * 6


def test_columns_made_with_tabs_line_up() -> None:
    (page,) = plain.pages_of(b"a\tx\nlonger\ty", DocumentLimits())

    by_text = {word.text: word.box.left for word in page.words}
    assert by_text["x"] == by_text["y"]


def test_a_long_line_makes_wide_pages_and_a_very_long_one_goes_on_below() -> None:
    (wide,) = plain.pages_of(b"x" * 150, DocumentLimits())
    (wrapped,) = plain.pages_of(b"x" * 300, DocumentLimits())

    assert wide.width == 2 * 36 + 150 * 6
    assert [len(word.text) for word in wrapped.words] == [240, 60]


def test_a_long_text_has_several_pages() -> None:
    pages = list(plain.pages_of(b"line\n" * 100, DocumentLimits()))

    assert [len(page.words) for page in pages] == [64, 36]
    assert [page.number for page in pages] == [1, 2]
