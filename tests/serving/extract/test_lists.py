"""Lists of single values of the caller's schema, found in documents set by hand. Truths are read off the lines below."""

import pytest

from serving.extract.papers import CHAIR, DESK, HEADING, Line, document, items, line, scalars

CONTACTS = document(
    [
        [("Contact: jan@firma.example", 40)],
        [("Second contact: eva@firma.example, jan@firma.example", 40)],
        [("Issue date: 01.02.2026", 40), ("Due date: 15.02.2026", 300)],
        [("Referring to invoices: 2026001, 2026002, 2026003", 40)],
        [("Amount due: 1 500,00 EUR", 40)],
    ]
)


def test_all_mail_addresses_are_found_once_in_reading_order() -> None:
    found = items(CONTACTS, scalars("emails", type="string", format="email"))

    assert [row["emails"] for row in found] == ["jan@firma.example", "eva@firma.example"]


def test_all_dates_are_found_whatever_they_are_dates_of() -> None:
    found = items(CONTACTS, scalars("dates", type="string", format="date"))

    assert [row["dates"] for row in found] == ["2026-02-01", "2026-02-15"]


def test_dates_of_one_meaning_are_those_whose_label_says_it() -> None:
    found = items(CONTACTS, scalars("due_dates", type="string", format="date"))

    assert [row["due_dates"] for row in found] == ["2026-02-15"]


def test_numbers_behind_one_label_are_all_found() -> None:
    found = items(CONTACTS, scalars("invoice_numbers", type="string"))

    assert [row["invoice_numbers"] for row in found] == ["2026001", "2026002", "2026003"]


def test_the_best_are_kept_where_the_schema_allows_fewer() -> None:
    found = items(CONTACTS, scalars("emails", type="string", format="email", maxItems=1))

    assert len(found) == 1


def test_weaker_values_fill_up_a_list_that_needs_more() -> None:
    made = document([[("Date: 01.02.2026", 40)], [("Due date: 15.02.2026", 40)], [("Thank you.", 40)]])

    found = items(made, scalars("due_dates", type="string", format="date", minItems=2))

    # A plain date may be of anything.
    assert [row["due_dates"] for row in found] == ["2026-02-01", "2026-02-15"]
    assert len(items(made, scalars("due_dates", type="string", format="date"))) == 1


@pytest.mark.parametrize(
    "lines",
    [
        [[("Attendees: Jan Novák, Eva Malá and Petr Zíka", 40)]],
        [[("Attendees:", 40), ("Jan Novák, Eva Malá, Petr Zíka", 140)]],
        [[("Attendees", 40)], [("- Jan Novák", 40)], [("- Eva Malá", 40)], [("- Petr Zíka", 40)], [], [("Place: Brno", 40)]],
        [[("Attendees:", 40)], [("1. Jan Novák", 40)], [("2. Eva Malá", 40)], [("3. Petr Zíka", 40)], [("Place: Brno", 40)]],
    ],
)
def test_names_enumerated_under_the_name_of_the_list_are_its_items(lines: list[Line]) -> None:
    found = items(document([[("Minutes", 40)], *lines]), scalars("attendees", type="string"))

    assert [row["attendees"] for row in found] == ["Jan Novák", "Eva Malá", "Petr Zíka"]


def test_a_list_of_words_may_be_a_column_of_a_table() -> None:
    found = items(
        document([HEADING, DESK, line("oiled"), CHAIR, line("Total", total="9.00")]), scalars("descriptions", type="string")
    )

    assert [row["descriptions"] for row in found] == ["Oak desk oiled", "Chair"]


def test_a_list_without_evidence_is_empty() -> None:
    assert items(CONTACTS, scalars("ibans", type="string", title="IBAN")) == []
    assert items(document([HEADING, DESK]), scalars("emails", type="string", format="email")) == []
