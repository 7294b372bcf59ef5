"""Currencies by code, sign and word."""

import pytest

from lamplighter_serving.extract.candidates.currencies import CODES, currency_spans, find_currencies
from serving.extract.layout import view_of_rows


def read(*rows: str) -> list[object]:
    return [candidate.value for candidate in find_currencies(view_of_rows(*rows))]


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_code_beside_a_number_names_its_currency(code: str) -> None:
    assert read(f"Total 100 {code}") == read(f"{code}100") == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        *(("100 Kč", "CZK"), ("100 korun českých", "CZK"), ("€100", "EUR"), ("100 Euro", "EUR"), ("100 eur", "EUR")),
        *(("$100", "USD"), ("US$ 100", "USD"), ("A$100", "AUD"), ("100 US Dollars", "USD"), ("£100", "GBP"), ("100 zł", "PLN")),
        *(("100 Ft", "HUF"), ("SFr 100", "CHF"), ("100 Schweizer Franken", "CHF"), ("100 lei", "RON"), ("100 лв", "BGN")),
        *(("Ke\u030c 5, K\u010d 6", "CZK"), ("100 zlotych", "PLN"), ("₴100", "UAH"), ("100 DANSKE KRONER", "DKK")),
    ],
)
def test_a_sign_or_a_word_names_its_currency(text: str, code: str) -> None:
    assert read(text) == [code]


@pytest.mark.parametrize("text", ["100 kr", "Eurostar", "kcal", "XEURO", "NEUR", "50 fte", "lei e lui", "12 fruit", "zloba"])
def test_what_only_looks_like_a_currency_names_none(text: str) -> None:
    assert read(text) == []


def test_the_longer_sign_wins() -> None:
    assert list(currency_spans("US$ 5")) == [(0, 3, "USD")]


def test_offsets_hold_where_folding_would_lengthen_the_text() -> None:
    # ß folds to two letters, İ to one letter and a mark.
    text = "Straße İ 5 €"
    assert list(currency_spans(text)) == [(text.index("€"), len(text), "EUR")]
