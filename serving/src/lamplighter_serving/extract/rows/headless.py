"""Tables without a heading: runs of rows that stand alike, words first and figures behind, one below the other."""

from collections.abc import Iterator, Sequence

from ..scene.scene import Scene
from .cells import Row
from .heading import Column, Heading

#: A run is a table from so many rows on.
_LEAST_ROWS = 2
#: Rows of one run follow each other within this many line heights, a wrapped line between them included.
_GAP_HEIGHTS = 3.5
#: Edges of cells that stand below each other, in line heights.
_ALIGNED_HEIGHTS = 0.5
#: Runs that are read to the end, the longest first.
_MOST_RUNS = 3


def find_headless(rows: Sequence[Row], scene: Scene) -> tuple[tuple[Heading, ...], ...]:
    """The longest runs, each as a heading without words that ends before its first row. Linear in the number of rows."""
    runs = sorted(_runs(rows, scene), key=lambda run: (-len(run), run[0].index))
    return tuple((_heading(run),) for run in runs[:_MOST_RUNS])


def _runs(rows: Sequence[Row], scene: Scene) -> Iterator[list[Row]]:
    run: list[Row] = []
    for row in rows:
        if not _is_worded_figures(row) or row.cells[0].line.index in scene.addressed:
            continue
        if run and not _stands_like(run[-1], row):
            if len(run) >= _LEAST_ROWS:
                yield run
            run = []
        run.append(row)
    if len(run) >= _LEAST_ROWS:
        yield run


def _is_worded_figures(row: Row) -> bool:
    figures = sum(cell.is_figure for cell in row.cells)
    return len(row.cells) > 2 and 0 < figures < len(row.cells)


def _stands_like(above: Row, row: Row) -> bool:
    """Whether a row follows another closely and most of its cells stand below that one's."""
    if above.page != row.page or row.box.top - above.box.bottom > _GAP_HEIGHTS * row.height:
        return False
    slack = _ALIGNED_HEIGHTS * row.height
    fewer, more = sorted((above.cells, row.cells), key=len)
    below = sum(
        any(
            min(abs(cell.box.left - other.box.left), abs(cell.box.right - other.box.right)) <= slack
            and cell.is_figure is other.is_figure
            for other in more
        )
        for cell in fewer
    )
    return below * 3 >= len(more) * 2


def _heading(run: Sequence[Row]) -> Heading:
    fullest = max(run, key=lambda row: len(row.cells))
    columns = tuple(Column(text="", box=cell.box, cells=()) for cell in fullest.cells)
    first = run[0].index
    return Heading(first=first, last=first - 1, columns=columns, score=0.0)
