"""Lines and their order, from words placed by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.documents.layout import lines_of
from lamplighter_serving.documents.page import Box, Word

SIZE = 10.0
LETTER = 6.0


def word(text: str, left: float, top: float, size: float = SIZE) -> Word:
    return Word(text=text, box=Box(left=left, top=top, right=left + LETTER * size / SIZE * len(text), bottom=top + size))


def sentence(text: str, left: float, top: float) -> list[Word]:
    words = []
    for part in text.split():
        words.append(word(part, left, top))
        left = words[-1].box.right + 3
    return words


def texts(words: list[Word]) -> list[str]:
    return [line.text for line in lines_of(words)]


def test_two_columns_stay_two_lines_and_are_read_row_by_row() -> None:
    words = [
        *sentence("Dodavatel:", 40, 100),
        *sentence("Odběratel:", 310, 100),
        *sentence("Kovářství Řehoř s.r.o.", 40, 115),
        *sentence("Žďárské strojírny a.s.", 310, 114),
    ]

    assert texts(words) == ["Dodavatel:", "Odběratel:", "Kovářství Řehoř s.r.o.", "Žďárské strojírny a.s."]


def test_a_label_and_its_value_far_right_are_two_lines_of_one_row() -> None:
    words = [*sentence("Celkem k úhradě", 40, 500), *sentence("26 862,00 Kč", 480, 501), *sentence("Datum", 40, 520)]

    assert texts(words) == ["Celkem k úhradě", "26 862,00 Kč", "Datum"]


def test_cells_of_a_table_are_lines_of_their_own() -> None:
    words = [word(cell, left, 300) for cell, left in (("12", 290), ("1,50", 340), ("21", 400), ("18,00", 460))]

    assert texts(words) == ["12", "1,50", "21", "18,00"]


def test_justified_words_are_one_line() -> None:
    first = word("This", 40, 100)
    second = word("text", first.box.right + 8, 100)  # 0.8 of its height

    assert texts([first, second]) == ["This text"]


def test_a_large_amount_joins_the_small_words_beside_it() -> None:
    small = word("Celkem", 40, 106, size=8)
    large = word("862,00", small.box.right + 4, 100, size=16)

    assert texts([large, small]) == ["Celkem 862,00"]


def test_small_marks_belong_to_their_line() -> None:
    # OCR gives a hyphen the box of its ink: 4 points wide, 1 point high.
    hyphen = Word(text="-", box=Box(left=71, top=105, right=75, bottom=106))

    assert texts([word("Praha", 38, 100), hyphen, word("Libeň", 79, 100)]) == ["Praha - Libeň"]


def test_text_running_up_the_margin_takes_no_line_with_it() -> None:
    upright = Word(text="Registered", box=Box(left=20, top=100, right=30, bottom=300))

    assert set(texts([upright, *sentence("Faktura 1", 34, 200)])) == {"Registered", "Faktura 1"}


@pytest.mark.parametrize("degrees", [-2.0, -1.0, 1.0, 2.0])
def test_a_skewed_scan_gives_whole_lines(degrees: float) -> None:
    rows = [
        "Smluvní strany se dohodly na tomto znění smlouvy o dílo",
        "které nabývá účinnosti dnem podpisu obou smluvních stran",
    ]
    words = []
    for number, row in enumerate(rows):
        for placed in sentence(row, 40, 100 + 14 * number):
            drop = math.tan(math.radians(degrees)) * placed.box.left
            words.append(word(placed.text, placed.box.left, placed.box.top + drop))

    assert texts(words) == rows


placed_words = st.lists(
    st.builds(
        word,
        st.text("abc", min_size=1, max_size=8),
        st.floats(0, 600),
        st.floats(0, 800),
        st.floats(1, 40),
    ),
    max_size=60,
)


@given(placed_words, st.randoms(use_true_random=False))
def test_every_word_is_in_exactly_one_line_whatever_the_order_given(words: list[Word], random) -> None:
    lines = lines_of(words)
    shuffled = list(words)
    random.shuffle(shuffled)

    key = repr
    assert sorted((found for line in lines for found in line.words), key=key) == sorted(words, key=key)
    assert all(line.words for line in lines)
    assert lines_of(shuffled) == lines


@given(placed_words)
def test_words_of_a_line_go_from_left_to_right(words: list[Word]) -> None:
    for line in lines_of(words):
        lefts = [found.box.left for found in line.words]
        assert lefts == sorted(lefts)
