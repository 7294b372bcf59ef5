"""Lines of words without figures between the rows of a table: which item each of them belongs to.

Mostly to the item above. To the item below where the words stand clearly closer to it, or where it has no words of its own:
its figures then stand beside the middle or the last line of its words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from .cells import Cell, Row

#: Lines of one item follow each other within this many line heights.
_WRAP_HEIGHTS = 0.9
#: Lines that one item may have above its figures, and below.
_MOST_LINES = 8
#: A line stands clearly closer to the item below when the gap to it is smaller than this part of the gap above.
_CLOSER = 0.8


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """A row with its cells by column."""

    row: Row
    cells: Mapping[int, Cell]


def wrapped(items: Sequence[Placed], loose: Sequence[Placed], lead: int | None) -> Iterator[dict[int, tuple[Cell, ...]]]:
    """The items in order, each with the loose lines that belong to it. `lead` is the column that tells what an item is."""
    runs = _runs(items, loose)
    above: list[list[Placed]] = [[] for _ in items]
    below: list[list[Placed]] = [[] for _ in items]
    for number, run in enumerate(runs):
        first = items[number - 1] if number else None
        last = items[number] if number < len(items) else None
        for_first, for_last = _shared_out(first, run, last, lead)
        if number:
            below[number - 1] = for_first
        if last:
            above[number] = for_last
    for number, item in enumerate(items):
        cells: dict[int, tuple[Cell, ...]] = {}
        for placed in (*above[number], item, *below[number]):
            for place, cell in placed.cells.items():
                cells[place] = (*cells.get(place, ()), cell)
        yield cells


def _runs(items: Sequence[Placed], loose: Sequence[Placed]) -> list[list[Placed]]:
    """The loose lines before the first item, between each two, and after the last."""
    runs: list[list[Placed]] = [[] for _ in range(len(items) + 1)]
    number = 0
    for placed in loose:
        while number < len(items) and items[number].row.index < placed.row.index:
            number += 1
        runs[number].append(placed)
    return runs


def _shared_out(
    first: Placed | None, run: Sequence[Placed], last: Placed | None, lead: int | None
) -> tuple[list[Placed], list[Placed]]:
    """The lines that belong to the item above, and to the item below."""
    gaps = [_gap(one, other) for one, other in zip([first, *run], [*run, last], strict=True)]
    split = len(run)
    wordless = last is not None and lead is not None and lead not in last.cells
    closer = gaps[-1] < (_CLOSER * gaps[0] if first else 0.0)
    if run and last and (wordless or closer) and not run[-1].row.cells[-1].text.rstrip().endswith(":"):
        # Where the gap is widest, the later of equal ones; figures without words take one line at least.
        places = range(len(run) if wordless else len(run) + 1)
        split = max(places, key=lambda place: (round(gaps[place], 1), place))
    up, down = list(run[:split]), list(run[split:])
    reach = _WRAP_HEIGHTS * run[0].row.height if run else 0.0
    up = up[: next((place for place in range(len(up)) if gaps[place] > reach), len(up))]
    kept = next((place for place in range(len(down)) if gaps[len(run) - place] > reach), len(down))
    return up[:_MOST_LINES], down[len(down) - kept :][-_MOST_LINES:]


def _gap(above: Placed | None, below: Placed | None) -> float:
    if above is None or below is None or above.row.page != below.row.page:
        return inf
    return below.row.box.top - above.row.box.bottom
