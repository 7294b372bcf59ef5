"""Headings that stand so close that they read as one: cut apart where the rows below have two columns.

Knows geometry only. A cut needs rows below that have a cell under each side of it and none across it.
"""

from collections.abc import Sequence
from dataclasses import replace

from ...documents.page import Box
from .cells import Cell, Row, overlap

#: Rows below that are asked.
_ROWS_BELOW = 6
#: Rows that must agree; a table of one item has one.
_LEAST_VOTES = 2


def split_by_rows_below(rows: Sequence[Row], place: int) -> Row:
    """The row, with its cells cut where most of the rows below it agree."""
    row = rows[place]
    below = [other for other in rows[place + 1 : place + 1 + _ROWS_BELOW] if other.page == row.page]
    if not any(len(other.cells) > len(row.cells) for other in below):
        return row
    cells = [part for cell in row.cells for part in _parts(cell, below)]
    return replace(row, cells=tuple(cells))


def _parts(cell: Cell, below: Sequence[Row]) -> list[Cell]:
    text = cell.text
    for offset in (place for place, character in enumerate(text) if character == " "):
        if text[:offset].strip() and text[offset:].strip():
            left, right = cell.part(cell.start, cell.start + offset), cell.part(cell.start + offset + 1, cell.end)
            if _agree(left.box, right.box, below):
                return [left, *_parts(right, below)]
    return [cell]


def _agree(left: Box, right: Box, below: Sequence[Row]) -> bool:
    votes = vetoes = 0
    for row in below:
        sides = [(overlap(cell.box, left) > 0, overlap(cell.box, right) > 0) for cell in row.cells]
        vetoes += (True, True) in sides
        votes += (True, False) in sides and (False, True) in sides
    return votes >= min(_LEAST_VOTES, len(below)) and votes > 2 * vetoes
