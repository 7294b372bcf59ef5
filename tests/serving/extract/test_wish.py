"""What a field of the schema asks for."""

from typing import Any

import pytest

from lamplighter_serving.extract.candidates.candidate import Kind
from lamplighter_serving.extract.prior.wish import Wish, wish_of
from lamplighter_serving.extract.schema.parse import parse_schema
from lamplighter_serving.extract.words.lexicon import load_lexicon
from serving.extract.schemas import leaf_of

MONEY = frozenset({Kind.AMOUNT, Kind.NUMBER})


def wish(name: str, **schema: Any) -> Wish:
    return wish_of(leaf_of({"type": "string", **schema}, name), load_lexicon())


@pytest.mark.parametrize(
    ("name", "schema", "kinds", "concept"),
    [
        ("invoiceNumber", {}, {Kind.IDENTIFIER}, "document-number"),
        ("x", {"title": "Variabilní symbol"}, {Kind.IDENTIFIER}, "variable-symbol"),
        ("x", {"title": "IČO"}, {Kind.IDENTIFIER}, "company-id"),
        ("due_date", {"format": "date"}, {Kind.DATE}, "due"),
        ("x", {"title": "Datum vystavení"}, {Kind.DATE}, "issued"),
        ("x", {"type": "number", "title": "Celkem k úhradě"}, MONEY, "payable"),
        ("total", {"type": "integer"}, MONEY, "total"),
        ("x", {"title": "Měna"}, {Kind.CURRENCY}, "currency"),
        ("x", {"title": "E-mail"}, {Kind.EMAIL}, "email"),
        ("x", {"format": "email"}, {Kind.EMAIL}, None),
        ("x", {"enum": ["CZK", "EUR"]}, {Kind.CURRENCY}, None),
        ("x", {"enum": ["hotově", "kartou"]}, {Kind.TEXT}, None),
        ("paid", {"type": "boolean"}, {Kind.FLAG}, None),
        ("remark", {}, {Kind.TEXT, Kind.IDENTIFIER, Kind.DATE}, None),
        ("x", {"description": "Číslo faktury"}, {Kind.IDENTIFIER}, "document-number"),
    ],
)
def test_words_and_form_of_a_field_say_what_could_serve_it(
    name: str, schema: dict[str, Any], kinds: set[Kind], concept: str | None
) -> None:
    asked = wish(name, **schema)
    assert asked.kinds == kinds
    assert concept is None or asked.concepts.get(concept, 0.0) > 0.9


def test_the_title_says_more_than_the_description() -> None:
    asked = wish("x", title="Datum splatnosti", description="Nikoli datum vystavení")
    assert "due" in asked.concepts
    assert asked.concepts.get("issued", 0.0) < asked.concepts["due"]


@pytest.mark.parametrize(
    ("schema", "role"),
    [
        ({"title": "Dodavatel", "properties": {"number": {"type": "string", "title": "IČO"}}}, "supplier"),
        ({"title": "Bill to", "properties": {"number": {"type": "string"}}}, "customer"),
        ({"properties": {"number": {"type": "string", "title": "Název odběratele"}}}, "customer"),
        ({"properties": {"number": {"type": "string", "title": "IČO"}}}, None),
    ],
)
def test_the_party_is_named_by_the_field_or_by_what_is_around_it(schema: dict[str, Any], role: str | None) -> None:
    parsed = parse_schema({"type": "object", "properties": {"x": {"type": "object", **schema}}})
    assert wish_of(parsed.leaves[0], load_lexicon()).role == role


def test_the_party_may_be_named_by_the_property_alone() -> None:
    parsed = parse_schema(
        {"type": "object", "properties": {"supplier": {"type": "object", "properties": {"number": {"type": "string"}}}}}
    )
    assert wish_of(parsed.leaves[0], load_lexicon()).role == "supplier"


def test_phrases_are_what_a_label_might_say_word_for_word() -> None:
    asked = wish(
        "delivery_terms", title="Dodací podmínky", description="Incoterms, parita dodání; viz smlouvu o obchodních podmínkách"
    )
    assert asked.phrases == (
        ("dodaci", "podminky"),
        ("delivery", "terms"),
        ("incoterms",),
        ("parita", "dodani"),
        ("viz", "smlouvu", "o", "obchodnich", "podminkach"),
    )
