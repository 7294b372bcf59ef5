"""Plain text as pages: its encoding told from its bytes, its characters placed on a grid as a typewriter would.

A text has no pages of its own. It gets A4 pages of 64 lines, as wide as its longest line needs, so that words have boxes and
columns made with spaces stay columns. `drawing` draws the same grid.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import DocumentError
from .limits import DocumentLimits, require
from .page import Box, Word

#: A 10 point fixed-pitch font: each character is 0.6 of its size wide, lines stand 12 points apart.
CHARACTER_POINTS = 6.0
LINE_POINTS = 12.0
SIZE_POINTS = 10.0
MARGIN_POINTS = 36.0
LEAST_WIDTH_POINTS = 595.0  # A4
HEIGHT_POINTS = 842.0
LINES_PER_PAGE = int((HEIGHT_POINTS - 2 * MARGIN_POINTS) // LINE_POINTS)
#: Longer lines go on in the next one; a picture of wider pages could not be read.
MOST_COLUMNS = 240
TAB_COLUMNS = 8
#: Bytes that are letters (Š, Ť, Ž, š, ť, ž, Ś, Ź…) in Windows-1250 and control characters, never used, in ISO 8859-2.
_ONLY_1250 = frozenset(range(0x80, 0xA0))

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainPage:
    """One page of the grid."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...]


def decode(data: bytes) -> str:
    """The text: by its byte order mark, else UTF-8, else whichever of the two encodings of Central Europe it can be.

    Raises `DocumentError` (document-damaged) for bytes that are text in none of them.
    """
    try:
        return data.decode(_encoding(data))
    except UnicodeDecodeError as error:
        raise DocumentError(
            "document-damaged",
            f"The text is not valid {error.encoding}: a character near byte {error.start} of {len(data)} cannot be read.",
            hint="Save it as UTF-8.",
        ) from error


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    readable = data.decode("utf-8", errors="replace")
    broken = readable.count("\ufffd")
    beyond_ascii = sum(character > "\x7f" for character in readable) - broken
    if broken == 0 or beyond_ascii > broken:
        # With more whole characters than broken ones it is UTF-8 that was damaged: any other reading would garble all of them.
        return "utf-8"
    return "iso8859-2" if _ONLY_1250.isdisjoint(data) else "cp1250"


def pages_of(data: bytes, limits: DocumentLimits) -> Iterator[PlainPage]:
    """The pages of a text. Raises `DocumentError`."""
    rows = [row for line in decode(data).splitlines() for row in _rows(line)]
    page_count = max(1, -(-len(rows) // LINES_PER_PAGE))
    require(
        page_count <= limits.max_pages,
        "document-too-many-pages",
        f"The text has {len(rows)} lines, {page_count} pages of {LINES_PER_PAGE}; the limit is {limits.max_pages} pages.",
        "Split it into several documents.",
    )
    columns = max((len(row) for row in rows), default=0)
    width = max(LEAST_WIDTH_POINTS, 2 * MARGIN_POINTS + columns * CHARACTER_POINTS)
    for index in range(page_count):
        part = rows[index * LINES_PER_PAGE : (index + 1) * LINES_PER_PAGE]
        words = tuple(word for number, row in enumerate(part) for word in _words(row, number))
        yield PlainPage(number=index + 1, width=width, height=HEIGHT_POINTS, words=words)


def _rows(line: str) -> Iterator[str]:
    """A line in rows of at most `MOST_COLUMNS`, broken between words unless one word is longer than a row."""
    rest = line.expandtabs(TAB_COLUMNS)
    while len(rest) > MOST_COLUMNS:
        space = rest.rfind(" ", 0, MOST_COLUMNS + 1)
        end = space if space > 0 else MOST_COLUMNS
        yield rest[:end]
        rest = rest[end:].removeprefix(" ")
    yield rest


def _words(row: str, number: int) -> Iterator[Word]:
    top = MARGIN_POINTS + number * LINE_POINTS
    for match in _WORD.finditer(row):
        box = Box(
            left=MARGIN_POINTS + match.start() * CHARACTER_POINTS,
            top=top,
            right=MARGIN_POINTS + match.end() * CHARACTER_POINTS,
            bottom=top + SIZE_POINTS,
        )
        yield Word(text=match.group(), box=box)
