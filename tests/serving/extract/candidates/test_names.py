"""Names of organisations, told by their legal forms."""

import pytest

from lamplighter_serving.extract.candidates.names import find_names
from lamplighter_serving.extract.candidates.texts import find_texts
from serving.extract.layout import view_of_rows

NAMES = [
    *(
        "Acme s.r.o.",
        "Acme, s. r. o.",
        "Acme, a. s.",
        "Acme spol. s r.o.",
        "Acme GmbH",
        "Acme Sp. z o.o.",
        "Acme Ltd.",
        "Acme Inc",
    ),
    *(
        "Acme AG",
        "Acme S.p.A.",
        "Acme SARL",
        "Acme B.V.",
        "Acme Kft.",
        "Acme A/S",
        "Acme GmbH & Co. KG",
        "ACME S.R.O.",
        "ACME A.S.",
    ),
]


def read(row: str) -> list[object]:
    return [candidate.value for candidate in find_names(view_of_rows(row))]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_ends_with_its_legal_form(name: str) -> None:
    assert read(name) == [name]
    (line, *_) = find_texts(view_of_rows(name))
    assert line.tags == {"name"}


@pytest.mark.parametrize("text", ["jak se máš", "Agáta", "as above", "Incident", "Basa", "s.r.o."])
def test_a_text_without_a_name_before_a_legal_form_has_none(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("row", "names"),
    [
        ("Dodavatel: Acme s.r.o., IČO 27082440", ["Acme s.r.o."]),
        ("tuto smlouvu dnes uzavírá zde společnost Stavby Brno a Olomouc a.s. v Brně", ["Stavby Brno a Olomouc a.s."]),
        ("Acme s.r.o. a Beta a.s.", ["Acme s.r.o.", "Beta a.s."]),
        ("Acme s.r.o.  Beta a.s.", ["Acme s.r.o.", "Beta a.s."]),
    ],
)
def test_a_name_is_a_span_of_its_own_in_whatever_it_stands(row: str, names: list[str]) -> None:
    assert read(row) == names
