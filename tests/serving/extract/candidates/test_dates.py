"""Dates: every form of them read as ISO 8601, and what looks like a date left alone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.extract.candidates.dates import find_dates
from serving.extract.layout import view_of_rows

#: Names of the months as a date is written in the language (Unicode CLDR, format wide).
MONTHS = {
    "cs": "ledna února března dubna května června července srpna září října listopadu prosince",
    "sk": "januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra",
    "pl": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "en": "January February March April May June July August September October November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "ro": "ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie",
}
DATE_OF_LANGUAGE = {
    "cs": "{d}. {month} {y}",
    "sk": "{d}. {month} {y}",
    "de": "{d}. {month} {y}",
    "en": "{month} {d}, {y}",
    "es": "{d} de {month} de {y}",
    "pt": "{d} de {month} de {y}",
}
NUMERIC = [
    *("{d}.{m}.{y}", "{d}. {m}. {y}", "{d:02}.{m:02}.{y}", "{d:02}.{m:02}.{yy:02}", "{d}. {m}. {yy:02}"),
    *("{y}-{m:02}-{d:02}", "{y}/{m:02}/{d:02}", "{y}.{m:02}.{d:02}", "{y}. {m:02}. {d:02}."),
]


def read(*rows: str, scanned: bool = False) -> list[object]:
    return [candidate.value for candidate in find_dates(view_of_rows(*rows, scanned=scanned))]


@pytest.mark.parametrize(
    "text",
    [
        *("12. března 2026", "12.3.2026", "12. 3. 26", "12.03.2026", "12/3/2026 ", "12.III.2026", "12. III. 2026"),
        *("12 March 2026", "12th of March 2026", "March 12, 2026", "Mar. 12 2026", "12-Mar-2026", "12MAR2026", "12 Mar '26"),
        *("12. März 2026", "12. Mrz. 2026", "12 marca 2026", "12 mars 2026", "12 de marzo de 2026", "12 marzo 2026"),
        *("2026-03-12", "2026-03-12T10:30", "2026/03/12", "2026. 03. 12.", "12/MAR/2026"),
        *("12.\u00a03.\u00a02026", "12.\u202f3.\u202f2026", "(12.3.2026)", "12.3.2026,", "12.3.2026 14:05"),
    ],
)
def test_the_twelfth_of_march_is_read_however_it_is_written(text: str) -> None:
    assert read(f"Datum: {text}") == ["2026-03-12"]


def test_the_first_of_a_month_has_its_own_ordinals() -> None:
    assert read("1er mars 2026", "1st May 2026") == ["2026-03-01", "2026-05-01"]


@given(st.dates(date(1980, 1, 1), date(2079, 12, 31)), st.sampled_from(NUMERIC))
def test_a_date_in_figures_is_found_and_read_back(day: date, form: str) -> None:
    text = form.format(d=day.day, m=day.month, y=day.year, yy=day.year % 100)
    assert read(f"Datum {text} Praha") == [day.isoformat()]


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.sampled_from(sorted(MONTHS)))
def test_a_date_with_the_name_of_its_month_is_found_and_read_back(day: date, language: str) -> None:
    month = MONTHS[language].split()[day.month - 1]
    text = DATE_OF_LANGUAGE.get(language, "{d} {month} {y}").format(d=day.day, month=month, y=day.year)
    assert read(f"· {text} ·") == [day.isoformat()]


@pytest.mark.parametrize(
    "text",
    [
        *("31.2.2026", "29.2.2025", "0.1.2026", "32. ledna 2026", "2026-13-01", "30.30.2026", "12. foo 2026", "1.1.1899"),
        *("1.1.2200", "192.168.1.26", "1.2.3.4", "12.3.20261", "112.3.2026", "FV-2026-03-12", "2026-03-12-7", "RE2026-03-12"),
        *("12.3.", "3/2026", "14:30:26", "1,2,26", "12 ks 50"),
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert read(f"Kód {text}") == []


def test_two_digits_of_a_year_are_of_this_century_up_to_79() -> None:
    assert read("1.1.00", "1.1.79", "1.1.80", "1.1.99") == ["2000-01-01", "2079-01-01", "1980-01-01", "1999-01-01"]


def test_a_number_before_a_date_does_not_hide_it() -> None:
    assert read("Objednáno 5 ks 12. března 2026") == ["2026-03-12"]


def test_cells_of_a_row_are_no_date_together() -> None:
    # Two spaces are a column gap.
    assert read("12.  3.  2026", "5  May  2026") == []


def test_a_date_on_a_scan_is_read_through_letters_that_look_like_digits() -> None:
    assert read("Datum: I2.O3.2O26", scanned=True) == ["2026-03-12"]
    assert read("Datum: I2.O3.2O26") == []


def test_a_date_with_slashes_begins_with_the_day_unless_the_document_is_american() -> None:
    assert read("03/04/2026") == ["2026-04-03"]
    assert read("03/04/2026", "Total: $ 120.00") == ["2026-03-04"]
    assert read("03/04/2026", "Total: 120.00 USD") == ["2026-03-04"]


@pytest.mark.parametrize("other", ["VAT $ 20.00", "€ 120", "Total $ 120,00", "ABN 51 824 753 556 $ 5", "£ 5 or $ 6"])
def test_a_dollar_beside_what_other_countries_write_is_not_american(other: str) -> None:
    assert read("03/04/2026", "Total: $ 120.00", other) == ["2026-04-03"]


def test_a_date_that_can_only_be_read_one_way_decides_for_the_others() -> None:
    assert read("03/04/2026", "due 03/14/2026") == ["2026-03-04", "2026-03-14"]
    assert read("03/04/2026", "due 14/03/2026", "Total: $ 120.00") == ["2026-04-03", "2026-03-14"]


def test_points_are_never_american() -> None:
    assert read("03.04.2026", "due 03/14/2026") == ["2026-04-03", "2026-03-14"]


def test_a_month_above_twelve_is_a_day() -> None:
    assert read("14/03/2026", "03/14/2026", "Total: $ 1.00") == ["2026-03-14", "2026-03-14"]
