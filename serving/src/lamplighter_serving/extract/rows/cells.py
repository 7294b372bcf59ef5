"""A document as rows of cells: which pieces of text stand at one height, and where one piece ends and the next begins.

Knows geometry, not meaning. A piece ends where a line of the view ends, and at every column gap and drawn rule inside it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...documents.page import Box
from ..scene.view import View, ViewLine, shares_row

#: A row of more cells is no row of a table that anyone reads; it keeps the work of a hostile page bounded.
MOST_CELLS = 24


#: A gap between columns, or a rule that is drawn with a character.
_BOUND = re.compile(r"\t| ?\| ?")
#: What is drawn, or stands for nothing: rules of hyphens, leaders, a dash in an empty cell.
_RULE = re.compile(r"[\s|+\-–—_=.:*]*")
#: "2 ks", "1,5 hours".
_WITH_UNIT = re.compile(r"\s*[\d.,]+ ?[^\W\d_]{1,5}\.?\s*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A piece of one line, from `start` to `end` of its characters."""

    line: ViewLine
    start: int
    end: int
    box: Box

    @property
    def text(self) -> str:
        """Its characters as they stand in the document."""
        return self.line.text[self.start : self.end]

    @property
    def is_figure(self) -> bool:
        """Whether it is mostly digits (a number, an amount, a date in digits, a code) or a number with its unit."""
        digits = sum(map(str.isdigit, self.text))
        letters = sum(map(str.isalpha, self.text))
        return digits > 0 and (letters <= digits or _WITH_UNIT.fullmatch(self.text) is not None)

    def part(self, start: int, end: int) -> "Cell":
        """The cell of some of its characters; offsets are those of the line."""
        return Cell(line=self.line, start=start, end=end, box=self.line.box_of(start, end))


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """Cells at one height, left to right. `index` counts the rows of the document, those of too many cells left out."""

    index: int
    page: int
    box: Box
    cells: tuple[Cell, ...]
    height: float  # of the page's usual line


def rows_of(view: View) -> tuple[Row, ...]:
    """All rows in reading order. Linear in the number of words."""
    rows: list[Row] = []
    for page in view.ranges:
        for lines in _bands(view.page_lines(page)):
            cells = tuple(cell for line in lines for cell in _cells(line))
            if 0 < len(cells) <= MOST_CELLS:
                box = cells[0].box
                for cell in cells[1:]:
                    box = box.union(cell.box)
                rows.append(Row(index=len(rows), page=page, box=box, cells=cells, height=view.usual_heights[page]))
    return tuple(rows)


def overlap(first: Box, second: Box) -> float:
    """How much width two boxes share; negative is the gap between them."""
    return min(first.right, second.right) - max(first.left, second.left)


def _bands(lines: Sequence[ViewLine]) -> Iterator[list[ViewLine]]:
    """Lines that follow each other at one height, left to right; a skewed row drifts from one line to the next."""
    band: list[ViewLine] = []
    for line in lines:
        if band and not (shares_row(band[-1].box, line.box) and line.box.left >= band[-1].box.left):
            yield band
            band = []
        band.append(line)
    if band:
        yield band


def _cells(line: ViewLine) -> Iterator[Cell]:
    start = 0
    for bound in [*_BOUND.finditer(line.text), None]:
        end = bound.start() if bound else len(line.text)
        if _RULE.fullmatch(line.text, start, end) is None:
            whole = end - start == len(line.text)
            yield Cell(line=line, start=start, end=end, box=line.box if whole else line.box_of(start, end))
        start = bound.end() if bound else end
