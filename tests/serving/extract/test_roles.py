"""Whose block a line stands in."""

from lamplighter_serving.documents.page import Line
from lamplighter_serving.extract.scene.roles import find_blocks
from lamplighter_serving.extract.scene.view import view_of
from lamplighter_serving.extract.words.lexicon import load_lexicon
from serving.extract.layout import document_of, line_at, rows_of


def blocks_of(*lines: Line) -> dict[str, list[str]]:
    """The lines of each role's block, heading first."""
    view = view_of(document_of(lines))
    return {block.role: [view.lines[line].text for line in block.lines] for block in find_blocks(view, load_lexicon())}


def two_columns(left: list[str], right: list[str]) -> list[Line]:
    lines = [line_at(50, 50 + 12 * row, text) for row, text in enumerate(left)]
    lines += [line_at(320, 50 + 12 * row, text) for row, text in enumerate(right)]
    return sorted(lines, key=lambda line: (line.box.top, line.box.left))


def test_a_block_begins_at_its_heading() -> None:
    assert blocks_of(*rows_of("Faktura", "Dodavatel:", "Acme s.r.o.", "Praha")) == {
        "supplier": ["Dodavatel:", "Acme s.r.o.", "Praha"]
    }


def test_blocks_beside_each_other_keep_their_lines() -> None:
    lines = two_columns(["Dodavatel:", "Acme s.r.o.", "Praha"], ["Odběratel:", "Beta a.s.", "Brno"])
    assert blocks_of(*lines) == {
        "supplier": ["Dodavatel:", "Acme s.r.o.", "Praha"],
        "customer": ["Odběratel:", "Beta a.s.", "Brno"],
    }


def test_a_block_ends_where_the_next_begins_below() -> None:
    blocks = blocks_of(*rows_of("Seller", "Acme Ltd", "London", "Bill to", "Beta Inc", "Boston"))
    assert blocks == {"supplier": ["Seller", "Acme Ltd", "London"], "customer": ["Bill to", "Beta Inc", "Boston"]}


def test_a_block_ends_at_a_wide_gap() -> None:
    blocks = blocks_of(*rows_of("Lieferant", "Acme GmbH", "", "", "", "Rechnungsnummer 17"))
    assert blocks == {"supplier": ["Lieferant", "Acme GmbH"]}


def test_a_delivery_place_is_not_the_customer() -> None:
    blocks = blocks_of(*rows_of("Customer", "Beta Inc", "", "", "", "Ship to", "Gamma Inc"))
    assert blocks == {"customer": ["Customer", "Beta Inc"], "delivery-place": ["Ship to", "Gamma Inc"]}


def test_a_label_that_mentions_a_party_is_no_heading() -> None:
    assert blocks_of(*rows_of("Customer number: 17", "Datum dodání zákazníkovi: 12.3.2026")) == {}


def test_a_sentence_that_mentions_a_party_is_no_heading() -> None:
    assert blocks_of(*rows_of("Dodavatel se zavazuje dodat odběrateli zboží podle této smlouvy včas")) == {}


def test_the_second_company_number_is_another_partys() -> None:
    lines = rows_of("Dodavatel", "Acme s.r.o.", "IČO: 27082440", "", "Beta a.s.", "IČO: 45274649")
    assert blocks_of(*lines)["supplier"] == ["Dodavatel", "Acme s.r.o.", "IČO: 27082440"]


def test_letterheads_belong_to_nobody() -> None:
    assert blocks_of(*rows_of("Acme s.r.o.", "Praha", "Faktura")) == {}
