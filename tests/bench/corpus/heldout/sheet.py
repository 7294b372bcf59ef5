"""Sets a page that is written down as text. Made apart from the samples' paper, so that both share no habit.

A line is pieces parted by `¦`. A piece may start with `@90` (from there), `@540>` (up to there) or `@300^` (around there),
and with `*` (bold); a line of one piece keeps the spaces it begins with. A line may start with `%14` (size), be `---` (rule),
be empty (a gap) or be `////` (next page). Lines that start with `> ` are one paragraph, wrapped to the width of the page.
"""

import re
from io import BytesIO
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

HEIGHT = 842.0
_FONTS = Path("/usr/share/fonts/truetype/dejavu")
#: The family's name, its plain and its bold font. Helvetica, Times and Courier lack the letters of Czech, Slovak and Polish.
_FAMILIES = {
    "Helvetica": ("Helvetica", "Helvetica-Bold"),
    "Times": ("Times-Roman", "Times-Bold"),
    "Courier": ("Courier", "Courier-Bold"),
    "DejaVuSans": ("DejaVuSans", "DejaVuSans-Bold"),
    "DejaVuSerif": ("DejaVuSerif", "DejaVuSerif-Bold"),
    "DejaVuSansMono": ("DejaVuSansMono", "DejaVuSansMono-Bold"),
}
_PIECE = re.compile(r"(?:@(\d+)([>^]?)\s?)?(\*?)(.*)", re.S)
_SIZE = re.compile(r"%(\d+(?:\.\d)?) ?")


class Sheet:
    """Pages of one document. `left` and `right` bound what is wrapped and ruled; `size` is the letters' height in points."""

    def __init__(self, family: str, *, size: float = 9.5, left: float = 56, right: float = 540, width: float = 595) -> None:
        self._plain, self._bold = _FAMILIES[family]
        for name in (self._plain, self._bold):
            if name.startswith("DejaVu") and name not in pdfmetrics.getRegisteredFontNames():
                pdfmetrics.registerFont(TTFont(name, str(_FONTS / f"{name}.ttf")))
        self._size, self._left, self._right = size, left, right
        self._out = BytesIO()
        self._canvas = Canvas(self._out, pagesize=(width, HEIGHT), invariant=1)
        self._top = 56.0

    def write(self, body: str) -> bytes:
        """The PDF of a whole document."""
        joined = re.sub(r"(?<=\n)(> .*)((?:\n> .*)+)", lambda match: match[1] + match[2].replace("\n> ", " "), body)
        for line in joined.strip("\n").split("\n"):
            self._line(line.rstrip())
        self._canvas.save()
        return self._out.getvalue()

    def _line(self, line: str) -> None:
        size = self._size
        if match := _SIZE.match(line):
            size = float(match[1])
            line = line[match.end() :]
        if line == "////":
            self._canvas.showPage()
            self._top = 56.0
        elif line == "---":
            self._canvas.setLineWidth(0.6)
            self._canvas.line(self._left, HEIGHT - self._top + 6, self._right, HEIGHT - self._top + 6)
            self._top += 7
        elif line.startswith("> "):
            for part in self._wrapped(line[2:], size):
                self._pieces(part, size)
        else:
            self._pieces(line, size)

    def _pieces(self, line: str, size: float) -> None:
        pieces = [piece.strip() for piece in line.split("¦")] if "¦" in line else [line]
        for piece in filter(str.strip, pieces):
            match = _PIECE.match(piece)
            assert match is not None
            at = float(match[1] or self._left)
            self._canvas.setFont(self._bold if match[3] else self._plain, size)
            draw = {
                "": self._canvas.drawString,
                ">": self._canvas.drawRightString,
                "^": self._canvas.drawCentredString,
            }[match[2] or ""]
            draw(at, HEIGHT - self._top, match[4])
        self._top += size * 1.42

    def _wrapped(self, text: str, size: float) -> list[str]:
        lines, current = [], ""
        for word in text.split(" "):
            longer = f"{current} {word}".strip()
            if current and pdfmetrics.stringWidth(longer, self._plain, size) > self._right - self._left:
                lines.append(current)
                longer = word
            current = longer
        return [*lines, current]
