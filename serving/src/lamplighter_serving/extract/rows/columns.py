"""Which cell of a row stands in which column of a table. Knows geometry, and whether a column holds figures or words.

A first look goes by the headings' places. It shows how each column is aligned (numbers by their right edge, words by their
left), and a second look goes by that, so that a row with cells missing is read as well as a full one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ...documents.page import Box
from .cells import Cell, Row, overlap
from .heading import Column

#: Rows that show how the columns are aligned.
_SAMPLE_ROWS = 30
#: A cell this many line heights off its column's edge says nothing for it any more: by the heading, and once aligned.
_HEADING_REACH, _ALIGNED_REACH = 6.0, 4.0
#: Cell and column in their order, neither left out, count for this much; the rest is place.
_IN_ORDER = 0.25
#: Taken away from words in a column of figures, and the other way round.
_OTHER_KIND = 0.3
#: The part of a column's cells that must be figures for it to hold figures.
_FIGURES_SHARE = 0.6
#: What a column may be aligned by.
_EDGES = ("left", "middle", "right")

Assigned = Mapping[int, Cell]


@dataclass(frozen=True, kw_only=True, slots=True)
class Track:
    """Where the cells of a column stand: its alignment's edge and that edge's place, and the width it covers."""

    column: Column
    box: Box
    edge: str  # left, middle, right; empty before any cell is known
    place: float
    holds_figures: bool | None  # None: no cell is known


def tracks_of(columns: Sequence[Column], rows: Sequence[Row]) -> tuple[Track, ...]:
    """The columns as the cells below show them. Looks at the first rows only."""
    first = tuple(Track(column=column, box=column.box, edge="", place=0.0, holds_figures=None) for column in columns)
    sample = rows[:_SAMPLE_ROWS]
    held = _held([row for row in sample if len(row.cells) > 1], first)
    # A line of one cell may be anything. It tells only of a column that nothing else stands in: words above their figures.
    alone = _held([row for row in sample if len(row.cells) == 1], first)
    return tuple(_learned(track, held.get(place) or alone.get(place, [])) for place, track in enumerate(first))


def _held(rows: Sequence[Row], tracks: Sequence[Track]) -> dict[int, list[Cell]]:
    held: dict[int, list[Cell]] = {}
    for row in rows:
        for place, cell in assign(row, tracks).items():
            held.setdefault(place, []).append(cell)
    return held


def assign(row: Row, tracks: Sequence[Track]) -> dict[int, Cell]:
    """Columns and their cells, in order from left to right; a cell without a column is left out.

    The best of all orderly assignments by dynamic programming: cells x columns steps, both bounded.
    """
    cells = row.cells
    best = [[0.0] * (len(tracks) + 1) for _ in range(len(cells) + 1)]
    worth = [[_affinity(cell, track, row.height) for track in tracks] for cell in cells]
    for number in range(1, len(cells) + 1):
        for place in range(1, len(tracks) + 1):
            both = best[number - 1][place - 1] + worth[number - 1][place - 1] if worth[number - 1][place - 1] > 0 else 0.0
            best[number][place] = max(best[number - 1][place], best[number][place - 1], both)
    assigned: dict[int, Cell] = {}
    number, place = len(cells), len(tracks)
    while number and place:
        if best[number][place] == best[number - 1][place]:
            number -= 1
        elif best[number][place] == best[number][place - 1]:
            place -= 1
        else:
            number, place = number - 1, place - 1
            assigned[place] = cells[number]
    return dict(sorted(assigned.items()))


def fits(row: Row, tracks: Sequence[Track], assigned: Assigned) -> float:
    """How well the cells of a row stand in their columns, 0 to 1, on average."""
    if not assigned:
        return 0.0
    return sum(_affinity(cell, tracks[place], row.height) for place, cell in assigned.items()) / len(assigned)


def split_cells(row: Row, tracks: Sequence[Track]) -> Row:
    """The row with cells cut where two columns run together: each part must stand in a column of its own."""
    cells: list[Cell] = []
    for cell in row.cells:
        cells.extend(_cut(cell, tracks, row.height) if " " in cell.text.strip() else [cell])
    return Row(index=row.index, page=row.page, box=row.box, cells=tuple(cells), height=row.height)


def _cut(cell: Cell, tracks: Sequence[Track], height: float) -> list[Cell]:
    """The parts of a cell that covers several columns. Both sides of a cut keep to the alignment of their columns."""
    under = [track for track in tracks if overlap(track.box, cell.box) > 0]
    if len(under) < 2:
        return [cell]
    for offset, character in enumerate(cell.text):
        if character != " " or not 0 < offset < len(cell.text) - 1:
            continue
        left, right = cell.part(cell.start, cell.start + offset), cell.part(cell.start + offset + 1, cell.end)
        for first, second in pairwise(under):
            if _is_at_home(left, first, height) and _is_at_home(right, second, height):
                return [left, *_cut(right, tracks, height)]
    return [cell]


def _is_at_home(cell: Cell, track: Track, height: float) -> bool:
    return (
        bool(track.edge)
        and cell.is_figure is track.holds_figures
        and abs(_edge(cell.box, track.edge) - track.place) <= height / 2
    )


def _affinity(cell: Cell, track: Track, height: float) -> float:
    """What speaks for a cell in a column, 0 to 1; 0 when it cannot stand there."""
    shared = overlap(cell.box, track.box) / max(1.0, min(cell.box.right - cell.box.left, track.box.right - track.box.left))
    if track.edge:
        off, reach = abs(_edge(cell.box, track.edge) - track.place), _ALIGNED_REACH
    else:
        off, reach = min(abs(_edge(cell.box, edge) - _edge(track.box, edge)) for edge in _EDGES), _HEADING_REACH
    aligned = max(0.0, 1.0 - off / (reach * height))
    if shared <= 0 and aligned == 0 and -overlap(cell.box, track.box) > 2 * reach * height:
        return 0.0
    other_kind = track.holds_figures is not None and cell.is_figure is not track.holds_figures
    worth = _IN_ORDER + (1.0 - _IN_ORDER) * max(aligned, 0.8 * max(0.0, shared)) - (_OTHER_KIND if other_kind else 0.0)
    return max(0.0, worth)


def _learned(track: Track, cells: Sequence[Cell]) -> Track:
    if not cells:
        return track
    spreads = {edge: _spread([_edge(cell.box, edge) for cell in cells]) for edge in _EDGES}
    figures = sum(cell.is_figure for cell in cells) >= _FIGURES_SHARE * len(cells)
    # Where one cell shows all edges alike, figures end where the others end, and words begin there.
    order = ("right", "left", "middle") if figures else ("left", "middle", "right")
    edge = min(order, key=lambda name: (round(spreads[name]), order.index(name)))
    place = median(_edge(cell.box, edge) for cell in cells)
    box = track.column.box
    for cell in cells:
        if abs(_edge(cell.box, edge) - place) <= cell.line.height:
            box = box.union(cell.box)
    return Track(column=track.column, box=box, edge=edge, place=place, holds_figures=figures)


def _spread(values: Sequence[float]) -> float:
    """How far values lie from their middle, typically; one that strays does not count."""
    middle = median(values)
    return median(abs(value - middle) for value in values)


def _edge(box: Box, edge: str) -> float:
    return (box.left + box.right) / 2 if edge == "middle" else box.left if edge == "left" else box.right
