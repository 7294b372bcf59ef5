"""Some of the documents again, asked for the rows of their tables."""

from collections.abc import Sequence
from dataclasses import replace

from ..case import Truth
from . import czech, english, french, german, orders, polish
from .schemas import LINES
from .written import Written

Row = tuple[str, float | None, float | None, float | None]


def _rows(document: Written, rows: Sequence[Row]) -> Written:
    """The document with its rows as what is true of it."""
    truth: dict[str, Truth] = {}
    for number, row in enumerate(rows):
        for name, value in zip(("description", "quantity", "unit_price", "amount"), row, strict=True):
            truth[f"items/{number}/{name}"] = value
    truth[f"items/{len(rows)}/description"] = None
    truth[f"items/{len(rows)}/amount"] = None
    return replace(document, name=f"{document.name}-rows", schema=LINES, truth=truth, instructions="")


DOCUMENTS = (
    _rows(
        english.BRITISH,
        (
            ("Sewn binding, quarter cloth", 350, 6.4, 2240.0),
            ("Slipcases", 350, 2.15, 752.5),
            ("Carriage", 1, 85.0, 85.0),
        ),
    ),
    _rows(
        orders.ENGLISH,
        (
            ("Hi-lock pin HL18-6", 2000, 1.85, 3700.0),
            ("Collar HL70", 2000, 0.64, 1280.0),
            ("Certificate 3.1", 2, 45.0, 90.0),
        ),
    ),
    _rows(
        polish.VAT_INVOICE,
        (
            ("Papier kredowy 135 g", 60, 84.5, 5070.0),
            ("Karton 300 g", 12, 129.0, 1548.0),
        ),
    ),
    _rows(
        german.DIN,
        (
            ("Handlaufstützen Esche, geölt", 48, 21.5, 1032.0),
            ("Geländerpfosten", 6, 89.0, 534.0),
        ),
    ),
    _rows(
        french.TABLE,
        (
            ("Reliure cuir, dorure", 12, 145.0, 1740.0),
            ("Restauration de dos", 5, 78.5, 392.5),
        ),
    ),
    _rows(
        czech.TABLE,
        (
            ("Sklo float 4 mm", 38.4, 412.0, 15820.8),
            ("Izolační dvojsklo 4-16-4", 22.15, 1290.0, 28573.5),
            ("Zrcadlo 5 mm, broušené hrany", 6, 980.0, 5880.0),
            ("Doprava speciálním vozidlem", 1, 2100.0, 2100.0),
            ("Vratný obal – stojany", 2, 1500.0, 3000.0),
        ),
    ),
)
