"""The body of a table: the rows under its heading, over wrapped lines and page ends, up to where the table ends.

Knows where rows and columns are, not which field a column serves. Takes a row for an item, for more lines of one, or for a sum.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..scene.scene import Scene
from .cells import Cell, Row, overlap
from .columns import Track, assign, fits, split_cells, tracks_of
from .heading import Column, Heading, names_things
from .summary import leads_with_sum, says_only_sum
from .wraps import Placed, wrapped

#: Nothing stands for so many line heights: the table has ended. Below the heading some more is usual.
_GAP_HEIGHTS, _HEADING_GAP_HEIGHTS = 3.5, 5.0
#: A gap so much wider than any before it in this table ends it too, however widely its rows stand.
_GAP_GROWTH = 2.0
#: A column that so many of the rows fill is expected to be filled.
_USUAL_SHARE = 0.6
#: Rows that show what is usual.
_SAMPLE_ROWS = 12
#: Rows among which the first sum is looked for, lines of wrapped words included.
_SEARCHED_ROWS = 40
#: Rows at the top of a page among which a table goes on: letterhead, page number, a repeated title.
_TOP_ROWS = 20
#: How well the cells of a row must stand in the columns for a table to go on without a heading.
_GOES_ON = 0.7


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One item: its cells by column, several from top to bottom where the words wrap."""

    cells: Mapping[int, tuple[Cell, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A table read to its end."""

    columns: tuple[Column, ...]
    records: tuple[Record, ...]


def read_table(headings: Sequence[Heading], rows: Sequence[Row], scene: Scene, sums: frozenset[str]) -> Table:
    """All items under a heading that may stand on several pages. `sums` are the concepts that name a sum here.

    Each row is looked at a bounded number of times.
    """
    starts = {heading.first for heading in headings}
    records: list[Record] = []
    for heading in headings:
        if _stands_alone(heading, rows):
            continue
        body = _Body(list(_body(rows, heading.last + 1, starts, scene, heading.columns)), heading.columns, scene, sums)
        records.extend(body.records())
        last_page = rows[heading.last + 1].page
        while body.goes_on and (start := _next_page(rows, last_page, starts, scene, body)) is not None:
            last_page = rows[start].page
            body = body.continued(list(_body(rows, start, starts, scene, heading.columns)))
            records.extend(body.records())
    return Table(columns=headings[0].columns, records=tuple(records))


def _stands_alone(heading: Heading, rows: Sequence[Row]) -> bool:
    """Whether nothing stands under a heading. One without words ends before its first row."""
    following = rows[heading.last + 1] if heading.last + 1 < len(rows) else None
    if following is None or heading.last < heading.first:
        return following is None
    above = rows[heading.last]
    return following.page != above.page or following.box.top - above.box.bottom > _HEADING_GAP_HEIGHTS * following.height


def _body(rows: Sequence[Row], start: int, starts: set[int], scene: Scene, columns: Sequence[Column]) -> Iterator[Row]:
    """The rows from `start` to the next heading, a wide gap, a sentence across the columns, or the page's end."""
    widest = 0.0
    for place in range(start, len(rows)):
        row = rows[place]
        if row.page != rows[start].page or _is_sentence(row, columns, scene):
            return
        if place > start:
            gap = row.box.top - rows[place - 1].box.bottom
            if place in starts or gap > max(_GAP_HEIGHTS * row.height, _GAP_GROWTH * widest):
                return
            widest = max(widest, gap)
        yield row


def _is_sentence(row: Row, columns: Sequence[Column], scene: Scene) -> bool:
    cell = row.cells[0]
    across = sum(overlap(column.box, cell.box) > 0 for column in columns) > 1
    return len(row.cells) == 1 and across and cell.line.index in scene.prose


def _next_page(rows: Sequence[Row], page: int, starts: set[int], scene: Scene, body: "_Body") -> int | None:
    """The row with which the table goes on at the top of the next page, or None."""
    first = body.end
    while first < len(rows) and rows[first].page == page:
        first += 1
    for place in range(first, min(first + _TOP_ROWS, len(rows))):
        row = rows[place]
        if row.page != rows[first].page or place in starts or (len(row.cells) > 2 and names_things(row, scene)):
            return None
        if body.expects(row):
            return place
    return None


class _Body:
    """The rows of a table on one page, told apart. `usual` are the columns that its items fill."""

    def __init__(
        self,
        rows: Sequence[Row],
        columns: Sequence[Column],
        scene: Scene,
        sums: frozenset[str],
        known: "_Body | None" = None,
    ) -> None:
        self._scene = scene
        self._sums = sums
        self._columns = columns
        # What sums up the items is not placed as they are: with few items it would make up most of the rows.
        self._tracks: tuple[Track, ...] = known._tracks if known else tracks_of(columns, self._before_sums(rows))
        self._figures = frozenset(place for place, track in enumerate(self._tracks) if track.holds_figures)
        self._rows = [(row, assign(row, self._tracks)) for row in (split_cells(row, self._tracks) for row in rows)]
        self._usual: frozenset[int] = known._usual if known else self._usual_columns()
        self._summed = False
        self.end = rows[-1].index + 1 if rows else 0

    @property
    def goes_on(self) -> bool:
        """Whether the table may go on without a heading: it has items and no sum yet."""
        return bool(self._usual) and not self._summed

    def continued(self, rows: Sequence[Row]) -> "_Body":
        """The same table on the next page."""
        return _Body(rows, self._columns, self._scene, self._sums, known=self)

    def expects(self, row: Row) -> bool:
        """Whether a row stands in the columns as the items before it did."""
        assigned = assign(row, self._tracks)
        return self._is_full(assigned) and self._is_item(assigned) and fits(row, self._tracks, assigned) >= _GOES_ON

    def records(self) -> Iterator[Record]:
        """The items, sums left out."""
        anchors: list[Placed] = []
        loose: list[Placed] = []
        for row, assigned in self._rows:
            if self._figures and names_things(row, self._scene):
                break
            if self._is_sum(row, assigned):
                self._summed = True
            elif self._is_item(assigned):
                enough = self._is_full(assigned) if self._summed else self._is_plausible(assigned)
                if enough:
                    anchors.append(Placed(row=row, cells=assigned))
            elif assigned and not self._summed:
                loose.append(Placed(row=row, cells=assigned))
        for cells in wrapped(anchors, loose, self._lead()):
            yield Record(cells=cells)

    def _is_item(self, assigned: Mapping[int, Cell]) -> bool:
        """Whether a row begins an item: it has a figure where figures stand; in a table of words, most of its columns."""
        if self._figures:
            return any(place in self._figures and any(map(str.isdigit, cell.text)) for place, cell in assigned.items())
        return 0 in assigned and len(assigned) * 2 >= len(self._tracks)

    def _is_sum(self, row: Row, assigned: Mapping[int, Cell]) -> bool:
        lexicon = self._scene.lexicon
        if not self._is_item(assigned):
            return leads_with_sum(row.cells, self._sums, lexicon) and bool(self._figures)
        expected, filled = self._usual & self._figures, self._figures & set(assigned)
        sparse = len(expected) - len(expected & filled) >= min(2, len(expected) - 1) and len(expected) > 1
        if sparse and leads_with_sum(row.cells, self._sums, lexicon):
            return True
        return says_only_sum(row.cells, self._sums, lexicon)

    def _is_plausible(self, assigned: Mapping[int, Cell]) -> bool:
        return len(self._usual & set(assigned)) * 2 >= len(self._usual)

    def _is_full(self, assigned: Mapping[int, Cell]) -> bool:
        """Whether at most one column is missing, and not the words that tell what the item is."""
        missing = self._usual - set(assigned)
        return len(missing) <= (1 if len(self._usual) > 2 else 0) and self._lead() not in missing

    def _lead(self) -> int | None:
        """The column that tells what an item is: the widest of the columns of words, of those first that most items fill."""
        worded = [place for place, track in enumerate(self._tracks) if track.holds_figures is False]
        boxes = [self._tracks[place].box for place in worded]
        widths = {place: box.right - box.left for place, box in zip(worded, boxes, strict=True)}
        return max(worded, key=lambda place: (place in self._usual, widths[place]), default=None)

    def _usual_columns(self) -> frozenset[int]:
        """The columns that most items fill, of the first items before any sum."""
        first = {row.index for row in self._before_sums([row for row, _ in self._rows])}
        items = [frozenset(cells) for row, cells in self._rows[: len(first)] if row.index in first and self._is_item(cells)]
        counts = Counter(place for cells in items[:_SAMPLE_ROWS] for place in cells)
        return frozenset(place for place, count in counts.items() if count >= _USUAL_SHARE * len(items[:_SAMPLE_ROWS]))

    def _before_sums(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The first rows, up to one that is called a sum; all of them where the very first is."""
        sample = rows[:_SEARCHED_ROWS]
        lexicon = self._scene.lexicon
        ends = (number for number, row in enumerate(sample) if leads_with_sum(row.cells, self._sums, lexicon))
        return sample[: next(ends, len(sample)) or len(sample)]
