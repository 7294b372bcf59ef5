"""The held-out corpus says the truth: every value stands on its page, and every answer would be legal."""

import re
from io import BytesIO

import pypdfium2
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from bench.corpus.case import Case
from bench.corpus.heldout import heldout
from lamplighter_serving.extract.request import parse_request

CASES = heldout("text")
#: Currencies by what stands on paper.
SIGNS = {
    "CZK": ("Kč", "CZK"),
    "EUR": ("€", "EUR", "eur"),
    "USD": ("$",),
    "GBP": ("£", "GBP"),
    "PLN": ("zł", "PLN"),
    "CHF": ("CHF",),
}


def text_of(case: Case) -> str:
    document = pypdfium2.PdfDocument(BytesIO(case.data))
    try:
        return "".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def stands(value: object, text: str) -> bool:
    """Whether a value is written somewhere in the text, white space aside; of a date its day and its year must be there."""
    plain = re.sub(r"\s", "", text)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        year, _, day = (int(part) for part in value.split("-"))
        return f"{day}" in plain and f"{year}"[2:] in plain
    if isinstance(value, int | float):
        whole, cents = f"{abs(value):.2f}".split(".")
        digits = re.sub(r"(?<=\d)[.,'’](?=\d)", "", plain)
        return (f"{whole}{cents}" if value % 1 else whole) in digits
    return any(re.sub(r"\s", "", form) in plain for form in SIGNS.get(str(value), (str(value),)))


def test_corpus_has_many_makers_and_no_name_twice() -> None:
    names = [case.name for case in CASES]
    assert len(names) == len(set(names)) >= 30
    assert {name[:2] for name in names} == {"cs", "sk", "en", "de", "pl", "fr", "es", "it"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_true_value_stands_on_the_page(case: Case) -> None:
    text = text_of(case)
    for field, truth in case.truth.items():
        for value in truth if isinstance(truth, tuple) else (truth,):
            assert value is None or stands(value, text), (field, value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_truth_is_legal_and_complete_in_a_schema_that_the_product_takes(case: Case) -> None:
    schema = parse_request({"schema": case.schema}).schema
    for leaf in schema.leaves:
        path = "/".join(leaf.path)
        truth = case.truth.get(path)
        for value in truth if isinstance(truth, tuple) else (truth,):
            assert Draft202012Validator(leaf.schema, format_checker=FormatChecker(["date"])).is_valid(value), (path, value)
