"""Yes and no in several languages, where they stand alone."""

import pytest

from lamplighter_serving.extract.candidates.flags import find_flags
from lamplighter_serving.extract.candidates.texts import find_texts
from serving.extract.layout import view_of_rows


def read(row: str) -> list[object]:
    return [candidate.value for candidate in find_flags(find_texts(view_of_rows(row)))]


@pytest.mark.parametrize("word", ["yes", "YES", "Ano", "áno", "Ja", "tak", "oui", "sí", "☒", "✓", "[x]", "True"])
def test_a_yes_after_a_colon_or_in_a_cell_is_true(word: str) -> None:
    assert read(f"Plátce DPH: {word}") == [True]
    assert read(f"Plátce DPH  {word}") == [True]


@pytest.mark.parametrize("word", ["no", "Ne", "nein", "nie", "non", "não", "☐", "False"])
def test_a_no_after_a_colon_or_in_a_cell_is_false(word: str) -> None:
    assert read(f"Plátce DPH: {word}") == [False]


@pytest.mark.parametrize("row", ["Ano platíme", "Plátce DPH: ano i ne", "No. 12", "nevím", "Jana"])
def test_a_word_in_a_sentence_is_no_answer(row: str) -> None:
    assert read(row) == []
