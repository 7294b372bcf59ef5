"""Lists of objects that are no items: rates, transactions, people, parties, items told in a text. Truths are read off grids."""

from serving.extract.papers import DESK_ITEM, document, item, items, rows


def test_rates_of_tax_come_from_their_own_table_and_not_from_the_items() -> None:
    properties = {
        "rate": {"type": "number", "title": "VAT rate"},
        "base": {"type": "number", "title": "VAT base"},
        "tax": {"type": "number"},
    }
    made = document(
        [
            [("Description", 40), ("Qty", -300), ("Unit price", -370), ("VAT %", -430), ("Net", -540)],
            [("Oak desk", 40), ("2", -300), ("400.00", -370), ("20", -430), ("800.00", -540)],
            [("Book", 40), ("1", -300), ("10.00", -370), ("5", -430), ("10.00", -540)],
            [],
            [],
            [("VAT rate", 40), ("Net amount", -300), ("VAT", -430)],
            [("20 %", 40), ("800.00", -300), ("160.00", -430)],
            [("5 %", 40), ("10.00", -300), ("0.50", -430)],
            [("Total", 40), ("810.00", -300), ("160.50", -430)],
        ]
    )

    assert items(made, rows("rate", "base", "tax", properties=properties)) == [
        {"rate": 20, "base": 800.0, "tax": 160.0},
        {"rate": 5, "base": 10.0, "tax": 0.5},
    ]


def test_transactions_of_a_statement_have_dates() -> None:
    properties = {
        "date": {"type": "string", "format": "date"},
        "text": {"type": "string", "title": "Description"},
        "amount": {"type": "number"},
        "balance": {"type": "number"},
    }
    made = document(
        [
            [("Date", 40), ("Description", 110), ("Amount", -420), ("Balance", -540)],
            [("01.02.2026", 40), ("Rent", 110), ("-900,00", -420), ("1 100,00", -540)],
            [("03.02.2026", 40), ("Salary", 110), ("2 500,00", -420), ("3 600,00", -540)],
        ]
    )

    assert items(made, rows("date", "amount", properties=properties)) == [
        {"date": "2026-02-01", "text": "Rent", "amount": -900.0, "balance": 1100.0},
        {"date": "2026-02-03", "text": "Salary", "amount": 2500.0, "balance": 3600.0},
    ]


def test_a_table_of_words_has_a_row_for_each_line() -> None:
    properties = {
        "name": {"type": "string"},
        "email": {"type": "string", "format": "email"},
        "role": {"type": "string", "enum": ["buyer", "cook"]},
    }
    made = document(
        [
            [("Name", 40), ("E-mail", 200), ("Role", 400)],
            [("Jan Novák", 40), ("jan@firma.example", 200), ("Cook", 400)],
            [("Eva Malá", 40), ("eva@firma.example", 200), ("Buyer", 400)],
        ]
    )

    assert items(made, rows("name", properties=properties)) == [
        {"name": "Jan Novák", "email": "jan@firma.example", "role": "cook"},
        {"name": "Eva Malá", "email": "eva@firma.example", "role": "buyer"},
    ]


def test_items_written_out_as_text_are_found_by_arithmetic() -> None:
    made = document(
        [
            [("For your order we charge:", 40)],
            [("- Oak desk, 2 pcs at 400.00 EUR", 40), ("800.00 EUR", -540)],
            [("- Lamp 36 W, 6 pcs at 75.50 EUR", 40), ("453.00 EUR", -540)],
            [("Total to pay", 40), ("1 253.00 EUR", -540)],
        ]
    )

    assert items(made, rows("description")) == [DESK_ITEM, item("Lamp 36 W", 6, 75.5, 453.0)]


PARTY = {"role": {"type": "string"}, "name": {"type": "string"}, "company_id": {"type": ["string", "null"]}}


def test_the_parties_of_a_contract_are_its_blocks() -> None:
    made = document(
        [
            [("Kupní smlouva", 40)],
            [],
            [("Prodávající:", 40), ("Kupující:", 320)],
            [("Truhlářství Novák s.r.o.", 40), ("Pila Vysočina a.s.", 320)],
            [("Lipová 14, 602 00 Brno", 40), ("Nová 3, 586 01 Jihlava", 320)],
            [("IČO: 45317054", 40), ("IČO: 27074358", 320)],
        ]
    )

    assert items(made, {"x-name": "parties", **rows("name", properties=PARTY)}) == [
        {"role": "Prodávající", "name": "Truhlářství Novák s.r.o.", "company_id": "45317054"},
        {"role": "Kupující", "name": "Pila Vysočina a.s.", "company_id": "27074358"},
    ]
