"""From a table and the columns of its fields to items: a decision for every field of every row.

A row is dropped when it lacks a value that the schema requires and that may not be null, or when it has no value at all.
"""

from collections.abc import Iterator, Mapping, Sequence

from ..candidates.candidate import Kind
from ..decide import NULL_PRIOR, Decision
from ..outcome import Scalar
from ..prior.weigh import Option
from ..prior.wish import Wish
from ..schema.parse import Leaf
from .cells import Cell
from .fields import Matches
from .readings import Readings
from .table import Record, Table
from .values import ORDINAL, CellReader

#: The part of a column's cells that begin with a number of their row for it to be that and not of the words.
_NUMBERED_SHARE = 0.8
#: No prior is certain.
_MOST = 0.99
#: A currency that stands beside another value of its row, or in the heading.
_CURRENCY_BESIDE = 0.7

Item = Mapping[Leaf, Decision]


def items_of(readings: Readings, matches: Matches, reader: CellReader, required: frozenset[int]) -> tuple[Item, ...]:
    """The items of a table, from top to bottom. `required` are the numbers of the fields that must have a value."""
    found = []
    for options in _rows(readings, matches, reader):
        if any(options) and all(options[number] is not None for number in required):
            wishes = readings.namer.wishes
            found.append({wish.leaf: decision(wish.leaf, option) for wish, option in zip(wishes, options, strict=True)})
    return tuple(found)


def decision(leaf: Leaf, option: Option | None) -> Decision:
    """A field that takes an option; without one, the document does not say it."""
    prior = min(_MOST, option.prior) if option else NULL_PRIOR
    return Decision(leaf=leaf, option=option, score=prior, prior=prior, model=None)


def values(item: Item) -> tuple[Scalar, ...]:
    """What an item says, to tell whether two say the same."""
    return tuple(decision.option.value if decision.option else None for decision in item.values())


def _rows(readings: Readings, matches: Matches, reader: CellReader) -> Iterator[list[Option | None]]:
    table = readings.table
    numbered = frozenset(match.place for match in matches.values() if _is_numbered(table, match.place))
    for record in table.records:
        options: list[Option | None] = []
        for number, wish in enumerate(readings.namer.wishes):
            match = matches.get(number)
            if match is None:
                options.append(_currency(wish, table, record, reader) if Kind.CURRENCY in wish.kinds else None)
                continue
            cells, label = record.cells.get(match.place, ()), table.columns[match.place].text
            options.append(reader.option(wish, cells, match.prior, label, ordinals=match.place in numbered) if cells else None)
        yield options


def _currency(wish: Wish, table: Table, record: Record, reader: CellReader) -> Option | None:
    """The currency beside a value of the row, else the one that the heading names."""
    beside = [cell for cells in record.cells.values() for cell in cells]
    heading = [cell for column in table.columns for cell in column.cells]
    sources: tuple[Sequence[Cell], ...] = (beside, heading)
    return next((option for cells in sources if cells and (option := reader.option(wish, cells, _CURRENCY_BESIDE, ""))), None)


def _is_numbered(table: Table, place: int) -> bool:
    """Whether the words of a column begin with the numbers of their rows."""
    cells = [record.cells[place][0] for record in table.records if place in record.cells]
    return sum(ORDINAL.match(cell.text) is not None for cell in cells) >= _NUMBERED_SHARE * max(1, len(cells))
