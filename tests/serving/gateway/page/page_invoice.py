"""An invoice of two pages drawn for the tests of the page, and the result a worker would give for it.

Where each value stands is known from how it was drawn, so a box on the page has an independent truth.
"""

from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from lamplighter_serving.queue.job import JsonObject

WIDTH, HEIGHT = 595.0, 842.0  # A4 in points
FONT = "DejaVuSans"
FONT_FILE = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
#: Share of the font's size above and below the base line.
ASCENT, DESCENT = 0.93, 0.24

HEAD = ((48, 70, 20, "FAKTURA"), (48, 92, 10, "daňový doklad"))
SUPPLIER = ((48, 140, 8, "Dodavatel"), (48, 156, 11, "Truhlářství Novák s.r.o."), (48, 172, 10, "Lipová 14, 602 00 Brno"))
CUSTOMER = ((330, 140, 8, "Odběratel"), (330, 156, 11, "Městská knihovna Tišnov"), (330, 172, 10, "nám. Míru 4, 666 01 Tišnov"))
ITEMS = ("Stůl dubový 180 × 90 cm", "Židle dubová, 6 ks", "Doprava a montáž")
AMOUNTS = ("12 400,00", "8 100,00", "1 700,00")

#: Path, label, value in the document, value in the result; page 2 holds the last two.
TYPED = (
    ("/invoice_number", "Číslo faktury", "2026-0117", "2026-0117"),
    ("/issue_date", "Datum vystavení", "3. 11. 2026", "2026-11-03"),
    ("/due_date", "Datum splatnosti", "17. 11. 2026", "2026-11-17"),
    ("/supplier_id", "IČO", "45317054", "45317054"),
)
TOTAL = ("/total_amount", "Celkem k úhradě", "26 862,00 Kč", 26862.0)


@dataclass(kw_only=True)
class _Drawing:
    canvas: Canvas
    page: int = 1
    fields: list[JsonObject] = field(default_factory=list)

    def text(self, left: float, base: float, size: float, text: str) -> None:
        """`base` is counted from the top, as boxes are."""
        self.canvas.setFont(FONT, size)
        self.canvas.drawString(left, HEIGHT - base, text)

    def value(self, left: float, base: float, size: float, text: str, path: str, value: object) -> None:
        self.text(left, base, size, text)
        right = left + pdfmetrics.stringWidth(text, FONT, size)
        box = [left, base - ASCENT * size, right, base + DESCENT * size]
        scores: JsonObject = {"score": 0.93, "prior": 0.9, "model": 0.7}
        self.fields.append({"path": path, "value": value, "page": self.page, "box": box, "text": text, **scores})

    def line(self, top: float) -> None:
        self.canvas.setLineWidth(0.5)
        self.canvas.line(48, HEIGHT - top, WIDTH - 48, HEIGHT - top)


def invoice() -> tuple[bytes, JsonObject]:
    """The PDF, and the result as `worker.result` writes it."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(FONT, str(FONT_FILE)))
    out = BytesIO()
    drawing = _Drawing(canvas=Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=1))
    _first_page(drawing)
    drawing.canvas.showPage()
    drawing.page = 2
    path, label, text, value = TOTAL
    drawing.text(48, 70, 10, "Strana 2 · rekapitulace")
    drawing.line(90)
    drawing.text(48, 120, 13, label)
    drawing.value(380, 120, 13, text, path, value)
    drawing.canvas.save()
    return out.getvalue(), _result(drawing.fields)


def _first_page(drawing: _Drawing) -> None:
    for left, base, size, text in (*HEAD, *SUPPLIER, *CUSTOMER):
        drawing.text(left, base, size, text)
    for row, (path, label, text, value) in enumerate(TYPED):
        drawing.text(48, 220 + 20 * row, 10, label)
        drawing.value(180, 220 + 20 * row, 10, text, path, value)
    drawing.line(310)
    for row, (item, amount) in enumerate(zip(ITEMS, AMOUNTS, strict=True)):
        drawing.text(48, 334 + 22 * row, 10, item)
        drawing.text(470, 334 + 22 * row, 10, amount)
    drawing.line(400)
    drawing.text(48, 424, 10, "Základ daně 22 200,00 · DPH 21 % 4 662,00 · pokračuje na straně 2")


def _result(fields: list[JsonObject]) -> JsonObject:
    missing: JsonObject = {"path": "/currency", "value": None, "page": None, "box": None, "text": None, "score": 0.0}
    every = [*fields, missing]
    return {
        "data": {str(each["path"])[1:]: each["value"] for each in every},
        "fields": every,
        "pages": [{"number": number, "width": WIDTH, "height": HEIGHT} for number in (1, 2)],
        "usage": {"prompt_tokens": 812, "completion_tokens": 60},
        "engine": {"name": "scripted", "model": "none"},
        "seconds": {"wait": 4.2, "read": 0.2, "extract": 1.3},
        "notes": [],
    }
