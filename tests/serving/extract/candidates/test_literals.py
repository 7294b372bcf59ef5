"""The values of an enum where they stand in a document."""

from lamplighter_serving.extract.candidates.literals import find_literals
from serving.extract.layout import view_of_rows


def read(row: str, *values: str) -> list[tuple[object, str]]:
    return [(candidate.value, candidate.text) for candidate in find_literals(view_of_rows(row), values)]


def test_a_value_is_found_whatever_its_case_and_diacritics() -> None:
    assert read("Platba PŘEVODEM na účet", "prevodem", "hotově") == [("prevodem", "PŘEVODEM")]


def test_a_value_of_several_words_is_found_as_whole_words() -> None:
    assert read("forma: bank transfer today", "bank transfer", "bank trans") == [("bank transfer", "bank transfer")]


def test_punctuation_around_a_word_does_not_hide_it() -> None:
    assert read("Typ: (opravná), daňový", "opravná") == [("opravná", "(opravná),")]


def test_a_value_inside_a_word_is_not_there() -> None:
    assert read("hotovost", "hotov") == []


def test_a_value_without_any_word_is_never_found() -> None:
    assert read("a - b", "-", "") == []


def test_a_no_break_space_inside_a_word_of_the_text_layer_moves_nothing() -> None:
    assert read("č.\u00a01 platba kartou", "kartou") == [("kartou", "kartou")]
