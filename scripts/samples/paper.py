"""A sheet of A4 that one writes on from the top left corner, in points. Knows fonts, columns and rules; nothing of invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 595.0, 842.0
#: Debian's fonts-dejavu-core; the same files everywhere, so the same bytes.
FONTS = Path("/usr/share/fonts/truetype/dejavu")
NAMES = ("Sans", "Sans-Bold", "Serif", "Serif-Bold", "SansMono", "SansMono-Bold")

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column of a table: its heading, where its text is held, and on which side."""

    heading: str
    at: float
    align: Align = "right"


class Paper:
    """A sheet. `family` is the font of everything that does not ask for another."""

    def __init__(self, title: str, family: str = "Sans") -> None:
        for name in NAMES:
            if name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, str(FONTS / f"DejaVu{name}.ttf")))
        self._out = BytesIO()
        self._family = family
        # Invariant: no clock and no random identifier in the file.
        self._canvas = Canvas(self._out, pagesize=(WIDTH, HEIGHT), invariant=1)
        self._canvas.setTitle(title)

    def text(self, at: float, top: float, text: str, *, size: float = 9, bold: bool = False, align: Align = "left") -> None:
        """Writes on the base line `top` points below the sheet's upper edge."""
        self._canvas.setFont(self._family + ("-Bold" if bold else ""), size)
        draw = {
            "left": self._canvas.drawString,
            "right": self._canvas.drawRightString,
            "center": self._canvas.drawCentredString,
        }
        draw[align](at, HEIGHT - top, text)

    def lines(self, at: float, top: float, texts: Sequence[str], *, size: float = 9, step: float = 13) -> float:
        """Writes one below the other, leaving out empty ones; gives the base line after the last."""
        for text in filter(None, texts):
            self.text(at, top, text, size=size)
            top += step
        return top

    def pairs(self, at: float, value_at: float, top: float, rows: Sequence[tuple[str, str]], *, step: float = 14) -> float:
        """Labels on the left, values on the right of them; gives the base line after the last."""
        for label, value in rows:
            self.text(at, top, label)
            self.text(value_at, top, value)
            top += step
        return top

    def table(self, top: float, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, size: float = 8.5) -> float:
        """A heading, a rule and rows; gives the base line after the last."""
        for column in columns:
            self.text(column.at, top, column.heading, size=size - 1, bold=True, align=column.align)
        self.rule(top + 4)
        for row in rows:
            top += 16
            for column, text in zip(columns, row, strict=True):
                self.text(column.at, top, text, size=size, align=column.align)
        return top + 16

    def rule(self, top: float, left: float = 42, right: float = WIDTH - 42, width: float = 0.5) -> None:
        """A line across."""
        self._canvas.setLineWidth(width)
        self._canvas.line(left, HEIGHT - top, right, HEIGHT - top)

    def box(self, left: float, top: float, right: float, bottom: float, *, grey: float | None = None) -> None:
        """A frame, filled with a shade of grey when one is given (1 is white)."""
        self._canvas.setLineWidth(0.7)
        self._canvas.setFillGray(1 if grey is None else grey)
        self._canvas.rect(left, HEIGHT - bottom, right - left, bottom - top, fill=int(grey is not None))
        self._canvas.setFillGray(0)

    def finish(self) -> bytes:
        """The sheet as a PDF of one page."""
        self._canvas.save()
        return self._out.getvalue()
