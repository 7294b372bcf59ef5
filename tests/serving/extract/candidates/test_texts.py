"""Texts: cells, and what follows a colon."""

import pytest

from lamplighter_serving.extract.candidates.texts import find_texts
from serving.extract.layout import view_of_rows


def read(row: str) -> list[object]:
    return [candidate.value for candidate in find_texts(view_of_rows(row))]


def test_a_line_is_a_text() -> None:
    assert read("Lipová 12") == ["Lipová 12"]


def test_what_follows_the_last_colon_is_a_text_of_its_own() -> None:
    assert read("Dodavatel: Název: Acme") == ["Dodavatel: Název: Acme", "Acme"]


def test_what_stands_before_a_comma_or_a_dash_is_a_text_of_its_own() -> None:
    assert read("Dodavatel: Acme, Lipová 12, Praha") == ["Dodavatel: Acme, Lipová 12, Praha", "Acme, Lipová 12, Praha", "Acme"]
    assert read("Acme – Praha") == ["Acme – Praha", "Acme"]


def test_a_time_and_an_address_of_the_web_have_no_label() -> None:
    assert read("14:30 https://acme.cz") == ["14:30 https://acme.cz"]


def test_cells_are_texts_of_their_own() -> None:
    assert read("Acme s.r.o.  Praha") == ["Acme s.r.o.", "Praha"]


def test_commas_and_spaces_around_a_text_are_not_part_of_it() -> None:
    assert read(", Acme;") == ["Acme"]


@pytest.mark.parametrize("row", [", ;", ";", "Název: ,"])
def test_a_text_of_nothing_but_commas_is_none(row: str) -> None:
    assert "" not in read(row)


def test_a_line_longer_than_a_name_is_none() -> None:
    assert read("x" * 161) == []
