"""Numbers and amounts of money: every way to write them read as a number, and the digits of other things left alone."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lamplighter_serving.extract.candidates.amounts import find_amounts
from lamplighter_serving.extract.candidates.candidate import Candidate, Kind
from lamplighter_serving.extract.candidates.dates import find_dates
from serving.extract.layout import view_of_rows

GROUPS = [" ", "\u00a0", "\u202f", "\u2009", ".", ",", "'", "’", ""]


def find(*rows: str, scanned: bool = False) -> list[Candidate]:
    view = view_of_rows(*rows, scanned=scanned)
    return list(find_amounts(view, list(find_dates(view))))


def read(*rows: str, scanned: bool = False) -> list[object]:
    return [candidate.value for candidate in find(*rows, scanned=scanned)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("1 234,50", 1234.5), ("1.234,50", 1234.5), ("1,234.50", 1234.5), ("1'234.50", 1234.5), ("1’234.50", 1234.5)),
        *(("1\u00a0234,50", 1234.5), ("1\u202f234,50", 1234.5), ("1234,50", 1234.5), ("1234.50", 1234.5), ("0,05", 0.05)),
        *(("12 500,- Kč", 12500), ("12 500,-- Kč", 12500), ("12.500,— €", 12500), ("1 000 000 Kč", 1000000)),
        *(("-1 000,00", -1000.0), ("– 1 000,00", -1000.0), ("\u22121 000,00", -1000.0), ("1.000,00- EUR", -1000.0)),
        *(("CZK1000,00", 1000.0), ("1000EUR", 1000), ("$5.00", 5.0), ("€5,00", 5.0), ("99 Kč/ks", 99)),
        *(("12 345 678 901,25", 12345678901.25), ("1.234.567,89", 1234567.89), ("1,234,567.89", 1234567.89)),
    ],
)
def test_an_amount_is_read_however_it_is_written(text: str, value: float) -> None:
    found = find(f"Celkem {text}")
    assert [(item.kind, item.value) for item in found] == [(Kind.AMOUNT, value)]


@given(
    st.integers(0, 10**14 - 1),
    st.sampled_from(GROUPS),
    st.sampled_from([".", ","]),
    st.sampled_from(["{}", "-{}", "\u2212{}", "{}-"]),
    st.sampled_from(["Celkem {} Kč", "Total EUR {}", "{}", "Σ: {} €"]),
)
def test_an_amount_formatted_by_python_is_found_and_read_back(
    cents: int, group: str, point: str, sign: str, around: str
) -> None:
    assume(group != point)
    plain = f"{cents // 100:,}".replace(",", group) + point + f"{cents % 100:02}"
    value = float(Decimal(cents) / 100)
    assert read(around.format(sign.format(plain))) == [-value if sign != "{}" else value]


@pytest.mark.parametrize(("text", "value"), [("(1,000.00)", -1000.0), ("($1,000.00)", -1000.0), ("$(1,000.00)", -1000.0)])
def test_parentheses_around_an_amount_with_a_decimal_point_are_a_minus(text: str, value: float) -> None:
    found = find(f"Credit  {text}")
    assert [(item.kind, item.value, item.text) for item in found] == [(Kind.AMOUNT, value, text.removeprefix("$"))]


@pytest.mark.parametrize("text", ["(vč. DPH 1 000,00)", "(1 000,00)", "(1,000.00 net)"])
def test_parentheses_of_a_remark_are_no_minus(text: str) -> None:
    assert read(f"Celkem {text}") == [1000.0]


def test_a_percentage_is_a_number_with_a_tag() -> None:
    found = find("DPH 21 %", "Sleva 12,50%")
    assert [(item.kind, item.value, item.text) for item in found] == [(Kind.NUMBER, 21, "21"), (Kind.NUMBER, 12.5, "12,50")]
    assert all(item.tags == {"percent"} for item in found)


def test_a_number_without_decimals_or_currency_is_no_money() -> None:
    assert [(item.kind, item.value) for item in find("Počet: 12", "Váha 1 234,5 kg")] == [
        (Kind.NUMBER, 12),
        (Kind.NUMBER, 1234.5),
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("FV-2026-001", "2026/001", "INV-1024", "A-12", "123456789/0800", "12:30", "1.2.3", "A4", "CZ27082440", "12ab34"),
        *("8/2026", "10-20", "12.3.2026", "12. března 2026", "x1000", "1234567890123456"),
    ],
)
def test_digits_of_something_else_are_no_number(text: str) -> None:
    assert read(f"Kód {text} konec") == []


@pytest.mark.parametrize(
    ("rows", "value"),
    [
        (["1.234", "5,50"], 1234),
        (["1.234", "5.50"], 1.234),
        (["1,234", "5.50"], 1234),
        (["1,234", "5,50"], 1.234),
        (["1.234", "7.654.321"], 1234),
        (["1,234", "7,654,321"], 1234),
        (["1.234"], 1234),
    ],
)
def test_three_digits_after_the_only_sign_are_what_the_document_makes_of_them(rows: list[str], value: float) -> None:
    assert read(*rows)[0] == value


@pytest.mark.parametrize("text", ["$1,234", "Total £ 1,234", "1,234 USD"])
def test_a_lone_comma_groups_where_money_is_written_with_a_decimal_point(text: str) -> None:
    assert read(text) == [1234]


def test_numbers_of_clauses_do_not_say_how_decimals_are_written() -> None:
    rows = ["1.1 Předmět", "2.3 Cena", "4.2 Sankce", "Cena díla je 50.000 Kč"]
    assert read(*rows)[-1] == 50000


def test_cells_of_a_row_are_no_number_together() -> None:
    # Two spaces are a column gap.
    assert read("1.  25 ks") == [1, 25]
    assert read("12  500,00 Kč") == [12, 500.0]


def test_a_space_beside_the_decimal_sign_is_read_on_scans_only() -> None:
    assert read("Celkem 1 234 , 50 Kč", scanned=True) == [1234.5]
    assert read("strany 1, 2 a 3") == [1, 2, 3]
    assert read("čl. 5, 14 dnů") == [5, 14]


def test_letters_that_look_like_digits_are_read_on_scans_only() -> None:
    assert read("Celkem 1 O00,5O", scanned=True) == [1000.5]
    assert read("Celkem 1O0,50") == []
