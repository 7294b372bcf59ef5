"""Enumerations under a name: "Attendees: Jan Novák, Petr Malý", or the lines and bullets below such a heading.

Words only; numbers and dates have labels of their own kind.
"""

import re
from collections.abc import Iterator, Sequence

from ..candidates.candidate import Kind
from ..prior.rated import Rated
from ..prior.similarity import similarity
from ..prior.wish import Wish
from ..scene.labels import Label
from ..scene.scene import Scene
from .cells import Cell, Row, overlap, rows_of
from .values import MARK, text_of

#: A heading this much like the list's words is its name.
_LEAST_LIKENESS = 0.6
#: Words of such a heading.
_MOST_WORDS = 6
#: Items of one enumeration.
_MOST_ITEMS = 200
#: Lines of an enumeration follow each other within this many line heights.
_GAP_HEIGHTS = 1.6
_SEPARATOR = re.compile(r"\s*[,;•·|]\s+|\s+(?:and|und|a|et|e|y|i)\s+(?=[^\W\d_])")


def enumerated(wish: Wish, scene: Scene) -> Iterator[Rated]:
    """The items of every enumeration that the field's words name, in reading order."""
    if Kind.TEXT not in wish.kinds or wish.leaf.enum is not None:
        return
    rows = rows_of(scene.view)
    for place, row in enumerate(rows):
        for number, cell in enumerate(row.cells):
            head, colon, rest = cell.text.partition(":")
            likeness = _likeness(wish, scene, head)
            if likeness < _LEAST_LIKENESS or not (colon or _lists(rows, place, cell)):
                continue
            if rest.strip():
                items = _split(cell.part(cell.start + len(head) + 1, cell.end))
            elif colon and number + 1 < len(row.cells):
                items = _split(row.cells[number + 1])
            else:
                items = list(_below(rows, place, cell))
            texts = [text for item in items if (text := text_of(item)) is not None and text.line not in scene.addressed]
            yield from (Rated(candidate=text, prior=likeness, label=head.strip()) for text in texts[:_MOST_ITEMS])


def _likeness(wish: Wish, scene: Scene, head: str) -> float:
    if not 0 < len(head.split()) <= _MOST_WORDS:
        return 0.0
    return min(0.99, similarity(wish, Label(text=head, strength=1.0, line=0, place="above"), scene.lexicon))


def _lists(rows: Sequence[Row], place: int, cell: Cell) -> bool:
    """Whether the line under a cell begins with a bullet or a number: then the cell needs no colon to be a heading."""
    below = next(_under(rows, place, cell), None)
    return below is not None and MARK.match(below.text) is not None


def _below(rows: Sequence[Row], place: int, head: Cell) -> Iterator[Cell]:
    """The lines under a heading, without their bullets. Where the first has one, those without go on the one above."""
    marked = _lists(rows, place, head)
    for cell in _under(rows, place, head):
        match = MARK.match(cell.text)
        if marked and not match:
            return
        yield cell.part(cell.start + match.end(), cell.end) if match else cell


def _under(rows: Sequence[Row], place: int, head: Cell) -> Iterator[Cell]:
    """The cells that stand under a heading, one a row, until a gap or a line with a label of its own."""
    bottom = head.box.bottom
    for row in rows[place + 1 : place + 1 + _MOST_ITEMS]:
        cell = max(row.cells, key=lambda cell: overlap(cell.box, head.box))
        far = row.box.top - bottom > _GAP_HEIGHTS * row.height
        if row.page != rows[place].page or far or overlap(cell.box, head.box) <= 0 or cell.text.rstrip().endswith(":"):
            return
        bottom = row.box.bottom
        yield cell


def _split(cell: Cell) -> list[Cell]:
    """The items of one line: between commas, semicolons and the last "and"."""
    parts = []
    start = cell.start
    for match in _SEPARATOR.finditer(cell.text):
        parts.append(cell.part(start, cell.start + match.start()))
        start = cell.start + match.end()
    return [*parts, cell.part(start, cell.end)]
