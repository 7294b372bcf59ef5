"""Identifiers: taken whole, without labels, and tagged by the check digits that fit, which are calculated here by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.extract.candidates.candidate import Candidate, Kind
from lamplighter_serving.extract.candidates.identifiers import find_identifiers
from serving.extract.layout import view_of_rows

LABELS = frozenset({"NIP ", "KRS "})


def find(*rows: str, kind: Kind = Kind.IDENTIFIER) -> list[Candidate]:
    found = find_identifiers(view_of_rows(*rows), {}, LABELS.__contains__)
    return [candidate for candidate in found if candidate.kind is kind]


def read(*rows: str) -> list[object]:
    return [candidate.value for candidate in find(*rows)]


def ico_check_digit(first_seven: str) -> int:
    """Weights 8 to 2; the check digit makes the sum a multiple of 11 (Czech Statistical Office). None begins with 9."""
    total = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), first_seven, strict=True))
    return (11 - total % 11) % 10


#: The digits before the check digit.
first_sevens = st.integers(0, 8_999_999).map("{:07}".format)


def nip_check_digit(first_nine: str) -> int:
    """The weighted sum modulo 11; 10 is never given out (Polish Ministry of Finance)."""
    return sum(weight * int(digit) for weight, digit in zip((6, 5, 7, 2, 3, 4, 5, 6, 7), first_nine, strict=True)) % 11


def iban_of(country: str, account: str) -> str:
    """ISO 13616: the number with country and 00 moved to its end, letters as 10 to 35, is taken modulo 97."""
    digits = "".join(str(int(character, 36)) for character in f"{account}{country}00")
    return f"{country}{98 - int(digits) % 97:02}{account}"


@given(first_sevens, st.integers(0, 9))
def test_an_ico_is_a_company_number_when_its_check_digit_fits(first_seven: str, last: int) -> None:
    (candidate,) = find(f"IČO: {first_seven}{last}")
    assert candidate.value == f"{first_seven}{last}"
    assert ("company-id" in candidate.tags) == (last == ico_check_digit(first_seven))


@given(first_sevens, st.integers(0, 9), st.sampled_from(["DIČ: {}", "DIČ {} Praha"]))
def test_a_dic_of_a_company_is_a_vat_number_when_its_check_digit_fits(first_seven: str, last: int, around: str) -> None:
    (candidate,) = find(around.format(f"CZ{first_seven}{last}"))
    assert candidate.value == f"CZ{first_seven}{last}"
    assert ("vat-id" in candidate.tags) == (last == ico_check_digit(first_seven))


@given(st.integers(10**8, 10**9 - 1).map(str), st.integers(0, 9))
def test_a_nip_is_a_tax_number_when_its_check_digit_fits(first_nine: str, last: int) -> None:
    (candidate,) = find(f"NIP {first_nine}{last}")
    assert candidate.value == f"{first_nine}{last}"
    if nip_check_digit(first_nine) == last:
        assert "tax-id" in candidate.tags


@given(
    st.integers(0, 10**12 - 1).map("08000000{:012}".format),
    st.sampled_from(["IBAN: {}", "IBAN {} BIC: GIBACZPX", "{} CZK", "Konto {}, Praha"]),
)
def test_an_iban_in_groups_is_one_number_and_ends_where_it_ends(account: str, around: str) -> None:
    number = iban_of("CZ", account)
    groups = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    assert number in read(around.format(groups))
    assert number in read(around.format(number))


@pytest.mark.parametrize(
    "number", ["DE89 3704 0044 0532 0130 00", "GB82 WEST 1234 5698 7654 32", "FR14 2004 1010 0505 0001 3M02 606"]
)
def test_published_ibans_are_ibans(number: str) -> None:
    (candidate,) = find(f"IBAN {number}")
    assert candidate.value == number.replace(" ", "")
    assert "iban" in candidate.tags


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Faktura č. FV-2026/001", ["FV-2026/001"]),
        ("Faktura č.2026001", ["2026001"]),
        ("Invoice No.2026-01", ["2026-01"]),
        ("Variabilní symbol: 2026123", ["2026123"]),
        ("Účet 19-2000145399/0800", ["19-2000145399/0800"]),
        ("Účet 19 - 2000145399 / 0800", ["19-2000145399/0800"]),
        ("IČO 270 82 440", ["27082440"]),
        ("DIČ CZ 27082440", ["CZ27082440"]),
        ("NIP 525 234 40 78", ["5252344078"]),
        ("HRB 1234", ["HRB1234"]),
        ("Tel.: +420 224 123 456", ["+420 224 123 456"]),
        ("bez čísla", []),
        ("a", []),
        ("7" * 41, []),
    ],
)
def test_an_identifier_is_taken_whole_and_without_its_label(text: str, values: list[str]) -> None:
    assert read(text) == values


def test_a_telephone_number_is_tagged() -> None:
    assert [item.tags for item in find("Tel.: +420 224 123 456")] == [frozenset({"phone"})]


@pytest.mark.parametrize("address", ["ucetni@firma.cz", "jan.novak+faktury@sub.firma-a.co.uk", "a_b@c.eu"])
def test_an_address_of_mail_is_one_and_no_number_is_read_from_it(address: str) -> None:
    row = f"E-mail: {address}, {address}."
    assert [item.value for item in find(row, kind=Kind.EMAIL)] == [address, address]
    assert read(row) == []


@pytest.mark.parametrize("text", ["@firma.cz", "jan@", "jan@firma", "jan @ firma.cz"])
def test_what_is_no_address_of_mail_is_none(text: str) -> None:
    assert find(text, kind=Kind.EMAIL) == []


def test_what_is_a_date_or_money_is_no_identifier() -> None:
    view = view_of_rows("12.3.2026 FV1")
    assert [item.value for item in find_identifiers(view, {0: [(0, 9)]}, LABELS.__contains__)] == ["FV1"]
