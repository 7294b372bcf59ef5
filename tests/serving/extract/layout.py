"""Small documents built by hand: words at places that a test can count. The view that the extraction makes of them.

A character is 5 points wide and 10 high, so one space between words is a space (half a height) and two are a column gap.
"""

import re
from collections.abc import Sequence

from lamplighter_serving.documents.page import Box, Document, Line, Page, TextSource, Word
from lamplighter_serving.extract.scene.scene import Scene, read_scene
from lamplighter_serving.extract.scene.view import View, view_of

CHARACTER_POINTS = 5.0
HEIGHT_POINTS = 10.0
#: From the top of a row to the top of the next.
ROW_POINTS = 12.0
LEFT_POINTS = 50.0
TOP_POINTS = 50.0

#: Only the plain space stands between words; a no-break space stays inside its word, as in the text layer of a PDF.
_WORD = re.compile("[^ ]+")


def line_at(left: float, top: float, text: str, *, height: float = HEIGHT_POINTS, confidence: float = 1.0) -> Line:
    """A line whose first character stands at `left`, `top`."""
    words = [
        Word(
            text=match[0],
            box=Box(
                left=left + match.start() * CHARACTER_POINTS,
                top=top,
                right=left + match.end() * CHARACTER_POINTS,
                bottom=top + height,
            ),
            confidence=confidence,
        )
        for match in _WORD.finditer(text)
    ]
    return Line(words=tuple(words))


def rows_of(*texts: str) -> list[Line]:
    """Lines below each other at one left edge; an empty text leaves its row free."""
    return [
        line_at(LEFT_POINTS, TOP_POINTS + number * ROW_POINTS, text) for number, text in enumerate(texts) if text.strip(" ")
    ]


def document_of(*pages: Sequence[Line], scanned: bool = False) -> Document:
    """A document of A4 pages with these lines, which stand in reading order."""
    source = TextSource.OCR if scanned else TextSource.TEXT_LAYER
    return Document(
        media_type="application/pdf",
        pages=tuple(
            Page(number=number, width=595.0, height=842.0, lines=tuple(lines), source=source)
            for number, lines in enumerate(pages, start=1)
        ),
    )


def view_of_rows(*texts: str, scanned: bool = False) -> View:
    """The view of one page with these rows."""
    return view_of(document_of(rows_of(*texts), scanned=scanned))


def scene_of_rows(*texts: str) -> Scene:
    """The scene of one page with these rows."""
    return read_scene(document_of(rows_of(*texts)))
