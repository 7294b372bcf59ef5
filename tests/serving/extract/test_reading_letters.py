"""Documents without labels where one expects them: letters, and sentences that date and sum up."""

import asyncio
from typing import Any

import pytest

from lamplighter_serving.extract.request import parse_request
from lamplighter_serving.extract.run import extract
from lamplighter_serving.extract.scene.addressee import find_addressee
from lamplighter_serving.extract.scene.view import view_of
from serving.extract.opinionated import OpinionatedEngine, document

ISSUED = {"type": ["string", "null"], "format": "date", "title": "Issue date"}
SUPPLIER = {"type": ["string", "null"], "title": "Supplier company ID", "description": "IČO dodavatele"}
TO_PAY = {"type": ["number", "null"], "title": "Total amount", "description": "Amount to pay"}

LETTER = """Datelná sítě a servery a.s.
Sokolská 1449/42, 760 01 Zlín

                                        {name}
                                        {street}
                                        {town}
                                        IČO 44329661

Faktura č. FV-2026-0600



Datelná sítě a servery a.s., IČO 15028232
"""
CZECH = LETTER.format(name="Mlékárna Bystřička a.s.", street="Lipová 440/38", town="460 01 Liberec")


def read(text: str, **properties: Any) -> dict[str, object]:
    """What label and layout alone make of a document."""
    request = parse_request({"schema": {"type": "object", "properties": properties}, "ablation": "prior"})
    return dict(asyncio.run(extract(document(text), request, OpinionatedEngine())).data)


@pytest.mark.parametrize(
    "town",
    [
        *("460 01 Liberec", "46001 Liberec 1", "CZ-460 01 Liberec", "10115 Berlin", "D-10115 Berlin", "1010 Wien"),
        *("31-146 Kraków", "1012 AB Amsterdam", "69003 Lyon", "London EC1A 1BB", "Springfield, IL 62704"),
    ],
)
def test_a_block_of_name_street_and_town_below_the_letterhead_is_the_addressee(town: str) -> None:
    view = view_of(document(LETTER.format(name="Acme", street="1 Some Street", town=town)))
    assert [view.lines[number].text for number in find_addressee(view, frozenset())][:3] == ["Acme", "1 Some Street", town]


def test_the_letterhead_itself_is_nobody_one_writes_to() -> None:
    view = view_of(document("Acme s.r.o.\nLipová 440/38\n460 01 Liberec\n\nFaktura č. 17\n"))
    assert find_addressee(view, frozenset()) == ()


def test_a_block_that_a_heading_owns_is_left_to_it() -> None:
    view = view_of(document(CZECH))
    lines = find_addressee(view, frozenset())
    assert find_addressee(view, frozenset(lines[:1])) == ()


def test_the_number_of_the_addressee_is_not_the_suppliers() -> None:
    assert read(CZECH, supplier_id=SUPPLIER) == {"supplier_id": "15028232"}


@pytest.mark.parametrize(
    ("line", "date"),
    [
        ("Fattura n. 87/2026 del 21/03/2026", "2026-03-21"),
        ("Rechnung Nr. RE-455 vom 03.02.2026", "2026-02-03"),
        ("Faktura č. 2026017 ze dne 3. 11. 2026", "2026-11-03"),
        ("Invoice 20931 dated 12 March 2026", "2026-03-12"),
        ("Facture n° 2026-118 du 5 mai 2026", "2026-05-05"),
        ("Faktura nr FV/12/2026 z dnia 12.03.2026", "2026-03-12"),
    ],
)
def test_a_date_after_the_number_of_the_document_is_its_date(line: str, date: str) -> None:
    other = "Termín plnění: 1. 1. 2020\n"
    assert read(f"{line}\n\n{other}", issued=ISSUED) == {"issued": date}


def test_a_date_after_the_number_of_an_order_is_the_orders() -> None:
    assert read("Objednávka č. OBJ-7781 ze dne 2. 1. 2026\nVystaveno: 15. 1. 2026\n", issued=ISSUED) == {"issued": "2026-01-15"}


@pytest.mark.parametrize(
    "line", ["Lyon, le 5 mai 2026", "Berlin, den 5. Mai 2026", "London, 5 May 2026", "V Praze dne 5. 5. 2026"]
)
def test_a_letter_is_dated_after_its_place(line: str) -> None:
    assert read(f"{line}\n\nDodáno: 1. 4. 2026\n", issued=ISSUED) == {"issued": "2026-05-05"}


def test_where_something_was_paid_in_advance_the_total_is_not_what_is_to_pay() -> None:
    text = "Total HT    180,00 €\nTVA 5,5 %     9,90 €\nTotal TTC   189,90 €\nAcompte versé 50,00 €\nNet à payer 139,90 €\n"
    assert read(text, total=TO_PAY) == {"total": 139.9}


def test_a_total_below_a_column_of_net_amounts_is_the_rows() -> None:
    text = (
        "Désignation        Qté     Total HT\n"
        "Pain                40        84,00\n"
        "Croissants         120        96,00\n"
        "TVA 5,5 %                      9,90\n"
        "Total TTC                    189,90\n"
    )
    assert read(text, total=TO_PAY) == {"total": 189.9}


def test_capitals_before_a_number_are_its_label_or_its_country() -> None:
    number = {"type": ["string", "null"], "title": "Supplier tax number", "description": "NIP, DIČ, VAT ID of the supplier"}
    assert read("Sprzedawca: Kolor S.A., NIP 5252344078\n", number=number) == {"number": "5252344078"}
    assert read("Dodavatel: Kolor s.r.o., DIČ CZ 27082440\n", number=number) == {"number": "CZ27082440"}
