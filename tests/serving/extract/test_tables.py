"""Tables of any shape and size: real PDFs in three languages, tables made at random, and documents meant to take long.

The PDFs are drawn by reportlab and read by the reader that jobs use; their truths are the rows that were drawn.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.page import Box, Document, Line, Page, TextSource, Word
from lamplighter_serving.documents.reader import DocumentReader
from lamplighter_serving.extract.decide import Decision
from lamplighter_serving.extract.rows.find import find_items
from lamplighter_serving.extract.scene.scene import read_scene
from lamplighter_serving.extract.schema.parse import Leaf, parse_schema

FONT = "DejaVuSans"
pdfmetrics.registerFont(TTFont(FONT, "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"))

NUMBER = {"type": ["number", "null"]}
FIELDS: Mapping[str, Any] = {"description": {"type": "string"}, "quantity": NUMBER, "unit_price": NUMBER, "total": NUMBER}

Found = tuple[Mapping[Leaf, Decision], ...]


def find(document: Document, fields: Mapping[str, Any] = FIELDS, required: Sequence[str] = ("description",)) -> Found:
    rows = {"type": "array", "items": {"type": "object", "properties": dict(fields), "required": list(required)}}
    schema = parse_schema({"type": "object", "properties": {"lines": rows}})
    return find_items(schema.arrays[0], read_scene(document))


def values(found: Found) -> list[tuple[object, ...]]:
    return [tuple(decision.option.value if decision.option else None for decision in row.values()) for row in found]


def drawn(*pages: Sequence[tuple[float, float, str]]) -> Document:
    """A PDF, read. Pieces have a left edge (a right edge when negative), a distance from the top, and a text."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    for page in pages:
        canvas.setFont(FONT, 9)
        for at, top, text in page:
            if at < 0:
                canvas.drawRightString(-at, 842 - top, text)
            else:
                canvas.drawString(at, 842 - top, text)
        canvas.showPage()
    canvas.save()
    return asyncio.run(_read(out.getvalue()))


async def _read(data: bytes) -> Document:
    reader = DocumentReader(DocumentLimits(), processes=1)
    try:
        return await reader.read(data)
    finally:
        await reader.close()


def test_a_czech_invoice_over_two_pages() -> None:
    head = [
        (40, 200, "Označení položky"),
        (-300, 200, "Množství"),
        (310, 200, "MJ"),
        (-400, 194, "Cena za"),
        (-400, 205, "jednotku"),
    ]
    head = [*head, (-460, 200, "DPH %"), (-550, 200, "Celkem bez DPH")]
    first = [
        (40, 60, "FAKTURA – daňový doklad č. 2026017"),
        (40, 90, "Dodavatel: Truhlářství Novák s.r.o., IČO 45317054"),
        (310, 90, "Datum vystavení: 3. 11. 2026"),
        *head,
        *((40, 222, "1. Stůl dubový"), (-300, 222, "2"), (310, 222, "ks"), (-400, 222, "6 200,00"), (-460, 222, "21")),
        *((-550, 222, "12 400,00"), (40, 233, "olejovaný, 180 × 90 cm")),
        *((40, 248, "2. Židle dubová"), (-300, 248, "6"), (310, 248, "ks"), (-400, 248, "1 350,00"), (-460, 248, "21")),
        (-550, 248, "8 100,00"),
    ]
    second = [
        *((40, 60, "Faktura č. 2026017"), (-550, 60, "strana 2")),
        *((40, 100, "3. Doprava a montáž"), (-300, 100, "8"), (310, 100, "hod"), (-400, 100, "212,50"), (-460, 100, "21")),
        (-550, 100, "1 700,00"),
        *((40, 120, "Celkem bez DPH"), (-550, 120, "22 200,00")),
        *((40, 134, "DPH 21 %"), (-550, 134, "4 662,00")),
        *((40, 148, "Celkem k úhradě"), (-550, 148, "26 862,00 Kč")),
    ]

    fields = {**FIELDS, "unit": {"type": "string"}, "vat_rate": NUMBER}
    assert values(find(drawn(first, second), fields)) == [
        ("Stůl dubový olejovaný, 180 × 90 cm", 2, 6200.0, 12400.0, "ks", 21),
        ("Židle dubová", 6, 1350.0, 8100.0, "ks", 21),
        ("Doprava a montáž", 8, 212.5, 1700.0, "hod", 21),
    ]


def test_a_german_invoice_with_positions_and_currency_signs() -> None:
    head = [
        (40, 200, "Pos."),
        (75, 200, "Bezeichnung"),
        (-330, 200, "Menge"),
        (-430, 200, "Einzelpreis"),
        (-540, 200, "Gesamtpreis"),
    ]
    rows = [
        *((40, 216, "1"), (75, 216, "Eichentisch"), (-330, 216, "2 Stk"), (-430, 216, "400,00 €"), (-540, 216, "800,00 €")),
        *(
            (40, 232, "2"),
            (75, 232, "Stuhl mit Armlehnen"),
            (-330, 232, "12 Stk"),
            (-430, 232, "1.075,50 €"),
            (-540, 232, "12.906,00 €"),
        ),
        *((75, 256, "Zwischensumme netto"), (-540, 256, "13.706,00 €")),
        *((75, 270, "zzgl. 19 % MwSt."), (-540, 270, "2.604,14 €")),
        *((75, 284, "Rechnungsbetrag"), (-540, 284, "16.310,14 €")),
        (40, 320, "Bitte überweisen Sie den Betrag innerhalb von 14 Tagen auf das unten genannte Konto."),
    ]

    assert values(find(drawn([*head, *rows]))) == [
        ("Eichentisch", 2, 400.0, 800.0),
        ("Stuhl mit Armlehnen", 12, 1075.5, 12906.0),
    ]


def test_an_english_bank_statement() -> None:
    fields = {
        "date": {"type": "string", "format": "date"},
        "description": {"type": "string"},
        "amount": {"type": "number"},
        "balance": {"type": "number"},
    }
    head = [(40, 200, "Date"), (110, 200, "Description"), (-440, 200, "Amount (GBP)"), (-550, 200, "Balance (GBP)")]
    rows = [
        *((40, 216, "01/02/2026"), (110, 216, "Rent February"), (-440, 216, "-900.00"), (-550, 216, "1,100.00")),
        *((40, 232, "13/02/2026"), (110, 232, "Salary ACME Ltd"), (-440, 232, "2,500.00"), (-550, 232, "3,600.00")),
        *(
            (110, 243, "ref. 2026/02"),
            (40, 259, "14/02/2026"),
            (110, 259, "Groceries"),
            (-440, 259, "-80.25"),
            (-550, 259, "3,519.75"),
        ),
    ]

    found = find(drawn([(40, 100, "Statement of account 12345678"), *head, *rows]), fields, ("date", "amount"))

    assert values(found) == [
        ("2026-02-01", "Rent February", -900.0, 1100.0),
        ("2026-02-13", "Salary ACME Ltd ref. 2026/02", 2500.0, 3600.0),
        ("2026-02-14", "Groceries", -80.25, 3519.75),
    ]


HEADINGS = {"description": "Description", "quantity": "Quantity", "unit_price": "Unit price", "total": "Total"}
NAMES = tuple(HEADINGS)
WIDTH = {"description": 200.0, "quantity": 70.0, "unit_price": 90.0, "total": 100.0}
WORDS = ("Oak", "desk", "Chair", "Wax", "shelf", "Lamp", "blue", "cable", "Oiled", "board")

#: Words, quantity, price in cents, and whether the price is left out.
Row = tuple[str, int, int, bool]

ROWS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
        st.integers(1, 99),
        st.integers(100, 99_999),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def table(rows: Sequence[Row], order: Sequence[str], wraps: Sequence[bool] = (), top: float = 100.0) -> Document:
    """Words left-aligned, figures right-aligned, columns in the given order; a row wraps where `wraps` says so."""
    lefts: dict[str, float] = {}
    at = 40.0
    for name in order:
        lefts[name] = at
        at += WIDTH[name] + 15
    lines = [placed(HEADINGS[name], name, lefts, top) for name in order]
    for number, (words, quantity, price, without) in enumerate(rows):
        top += 14
        texts = {"description": words, "quantity": str(quantity), "unit_price": "" if without else money(price)}
        texts["total"] = money(quantity * price)
        lines += [placed(texts[name], name, lefts, top) for name in order if texts[name]]
        if number < len(wraps) and wraps[number]:
            top += 12
            lines.append(placed("more of it", "description", lefts, top))
    page = Page(number=1, width=595, height=842, lines=tuple(lines), source=TextSource.TEXT_LAYER)
    return Document(media_type="application/pdf", pages=(page,))


def placed(text: str, name: str, lefts: Mapping[str, float], top: float) -> Line:
    width = 5.0 * len(text)
    left = lefts[name] if name == "description" else lefts[name] + WIDTH[name] - width
    words = []
    for part in text.split():
        words.append(Word(text=part, box=Box(left=left, top=top, right=left + 5.0 * len(part), bottom=top + 10)))
        left += 5.0 * len(part) + 3
    return Line(words=tuple(words))


@settings(max_examples=60)
@given(ROWS, st.permutations(NAMES), st.lists(st.booleans(), max_size=12))
def test_a_table_gives_its_rows_whatever_the_order_of_its_columns(rows: list[Row], order: list[str], wraps: list[bool]) -> None:
    truth = [
        (
            words + (" more of it" if number < len(wraps) and wraps[number] else ""),
            quantity,
            None if without else price / 100,
            quantity * price / 100,
        )
        for number, (words, quantity, price, without) in enumerate(rows)
    ]

    assert values(find(table(rows, order, wraps))) == truth


TEXTS = st.one_of(
    st.sampled_from(
        ["Description", "Quantity", "Unit price", "Total", "VAT 21 %", "Celkem", "2 ks", "1 500,00 Kč", "12.3.2026"]
    ),
    st.sampled_from([*WORDS, "–", "$", "a)", "1.", "12", "0,5", "7.30", "-4,00", "Subtotal", "x@firma.example"]),
    st.text(alphabet="abc 123.,:%-", min_size=1, max_size=12),
)
SCATTERED = st.lists(st.tuples(TEXTS, st.integers(0, 11), st.integers(0, 9), st.integers(1, 2)), max_size=40)


@settings(max_examples=100)
@given(SCATTERED)
def test_whatever_stands_on_the_pages_every_value_is_of_it_and_no_line_serves_two_rows(
    scattered: list[tuple[str, int, int, int]],
) -> None:
    pages = []
    for number in (1, 2):
        spots = sorted(
            {(row, column): text for text, row, column, page in scattered if page == number and text.split()}.items()
        )
        lines = tuple(
            placed(text, "description", {"description": 40.0 + 60 * column}, 60.0 + 14 * row) for (row, column), text in spots
        )
        pages.append(Page(number=number, width=700, height=842, lines=lines, source=TextSource.TEXT_LAYER))
    document = Document(media_type="application/pdf", pages=tuple(pages))
    stands = [line.text for page in document.pages for line in page.lines]

    found = find(document)

    owners: dict[int, int] = {}
    for number, row in enumerate(found):
        for decision in row.values():
            if decision.option is None:
                continue
            candidate = decision.option.candidate
            assert decision.leaf.accepts(decision.option.value)
            assert owners.setdefault(candidate.line, number) == number
            assert stands_from(candidate.text, stands[candidate.line :])


def stands_from(text: str, lines: Sequence[str]) -> bool:
    """Whether a text begins on the first of these lines and goes on, word after word, on later ones."""
    left = text.split()
    for number, line in enumerate(lines):
        taken = next((count for count in range(len(left), 0, -1) if " ".join(left[:count]) in line), 0)
        if number == 0 and not taken:
            return False
        left = left[taken:]
    return not left


def test_all_orders_of_columns_give_one_result() -> None:
    rows: list[Row] = [("Oak desk", 2, 40_000, False), ("Chair", 6, 7_550, False), ("Setup fee", 1, 5_000, True)]

    results = [values(find(table(rows, order))) for order in permutations(NAMES)]

    assert results == [results[0]] * 24
    assert results[0] == [("Oak desk", 2, 400.0, 800.0), ("Chair", 6, 75.5, 453.0), ("Setup fee", 1, None, 50.0)]


def many(pages: int, lines_of_page: Callable[[int], Sequence[Line]]) -> Document:
    made = (
        Page(number=number, width=595, height=842, lines=tuple(lines_of_page(number)), source=TextSource.TEXT_LAYER)
        for number in range(1, pages + 1)
    )
    return Document(media_type="application/pdf", pages=tuple(made))


def grid(number: int, texts: Sequence[str], rows: int) -> list[Line]:
    """Rows of as many cells as there are texts, right-aligned every 120 points."""
    return [
        placed(text.format(row=number * rows + row), "total", {"total": 120.0 * place - 60}, 40.0 + 13 * row)
        for row in range(rows)
        for place, text in enumerate(texts)
    ]


def calls(document: Document) -> tuple[int, int]:
    """How many Python functions `find_items` calls, and how many items it finds."""
    rows = {"type": "array", "items": {"type": "object", "properties": dict(FIELDS), "required": ["description", "total"]}}
    array = parse_schema({"type": "object", "properties": {"lines": rows}}).arrays[0]
    scene = read_scene(document)
    count = 0

    def counted(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        found = find_items(array, scene)
    finally:
        sys.setprofile(before)
    return count, len(found)


ITEM_CELLS = ("Part number {row}", "2", "10.00", "20.00")
SHAPES: Mapping[str, Sequence[str]] = {
    "items": ITEM_CELLS,
    "headings": ("Description", "Quantity", "Unit price", "Total"),
    "words": ("alpha {row}", "beta {row}", "gamma {row}", "delta {row}"),
    "numbers": ("{row}", "1{row}.50", "2{row},00", "{row} 000"),
    "sums": ("Total {row}", "Subtotal", "VAT", "{row}.00"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_pages_take_about_twice_the_work(shape: str) -> None:
    head = grid(0, SHAPES["headings"], 1)

    def page(number: int) -> Sequence[Line]:
        body = grid(number, SHAPES[shape], 15)
        return [*head, *[moved(line, 13.0) for line in body]] if number == 1 else body

    less, more = (calls(many(pages, page))[0] for pages in (8, 16))

    assert more <= 2.3 * less + 5_000


def moved(line: Line, down: float) -> Line:
    words = tuple(
        Word(text=word.text, box=Box(left=box.left, top=box.top + down, right=box.right, bottom=box.bottom + down))
        for word in line.words
        for box in (word.box,)
    )
    return Line(words=words)


def test_one_row_of_a_thousand_cells_is_no_table() -> None:
    cells = [placed("1.00", "description", {"description": 30.0 * place}, 100.0) for place in range(1000)]

    count, found = calls(many(1, lambda _: cells))

    assert found == 0
    assert count < 100_000


@pytest.mark.slow
def test_a_table_of_two_hundred_pages_is_read_whole_in_bounded_work() -> None:
    head = grid(0, SHAPES["headings"], 1)
    document = many(200, lambda number: [*head, *[moved(line, 13.0) for line in grid(number, ITEM_CELLS, 15)]])

    count, found = calls(document)

    # 200 pages of 15 rows in 60 lines. Measured: 204 calls a line, most of them to validate values by JSON Schema.
    assert found == 3000
    assert count < 300 * 200 * 60
