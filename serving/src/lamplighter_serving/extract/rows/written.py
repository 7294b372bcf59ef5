"""Items written out as text rather than set in columns: "Oak desk, 2 pcs at 400.00   800.00", "2 x Coffee 3.00 6.00".

Only arithmetic tells such a line from any other with numbers in it: two of its numbers must multiply to its last one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from ..candidates.candidate import Candidate, Kind
from ..scene.scene import Scene
from .arithmetic import is_product
from .cells import Cell, Row
from .heading import Column
from .table import Record, Table
from .values import MARK

#: Numbers of one line that are tried; a line of more is no item.
_MOST_NUMBERS = 8
#: Between the quantity and what it counts.
_TIMES = re.compile(r"\s*[x×*]\s+", re.IGNORECASE)
_WORD = re.compile(r"\s*[^\W\d_]+")

_WORDS, _QUANTITY, _PRICE, _TOTAL = range(4)


def written_items(rows: Sequence[Row], scene: Scene) -> Table | None:
    """All such lines of a document as a table without headings; None when there are none.

    Linear in the number of rows.
    """
    numbers: dict[int, list[Candidate]] = {}
    for candidate in scene.of_kinds(frozenset({Kind.NUMBER, Kind.AMOUNT})):
        numbers.setdefault(candidate.line, []).append(candidate)
    records = [record for row in rows if (record := _record(row, numbers)) is not None]
    if not records:
        return None
    box = next(iter(records[0].cells.values()))[0].box
    return Table(columns=(Column(text="", box=box, cells=()),) * 4, records=tuple(records))


def _record(row: Row, numbers: Mapping[int, Sequence[Candidate]]) -> Record | None:
    """The line as an item: its words, quantity, price and total."""
    found = [(cell, number) for cell in row.cells for number in _inside(cell, numbers)]
    if not 3 <= len(found) <= _MOST_NUMBERS:
        return None
    total_cell, total = found[-1]
    price_cell, price = found[-2]
    for cell, quantity in reversed(found[:-2]):
        words = _words(cell, quantity, price) if _multiplies(quantity, price, total) else None
        if words is not None:
            cells = {
                _WORDS: words,
                _QUANTITY: _with_unit(cell, quantity, price),
                _PRICE: price_cell.part(price.start, price.end),
                _TOTAL: total_cell.part(total.start, total.end),
            }
            return Record(cells={place: (part,) for place, part in cells.items()})
    return None


def _inside(cell: Cell, numbers: Mapping[int, Sequence[Candidate]]) -> Iterator[Candidate]:
    for number in numbers.get(cell.line.index, ()):
        if cell.start <= number.start and number.end <= cell.end and "percent" not in number.tags:
            yield number


def _multiplies(quantity: Candidate, price: Candidate, total: Candidate) -> bool:
    first, second, third = quantity.value, price.value, total.value
    if not (isinstance(first, int | float) and isinstance(second, int | float) and isinstance(third, int | float)):
        return False
    money = Kind.AMOUNT is price.kind is total.kind
    return money and first > 0 and is_product(first, second, third)


def _words(cell: Cell, quantity: Candidate, price: Candidate) -> Cell | None:
    """What stands before the quantity, else between it and the price; None where neither has a word."""
    mark = MARK.match(cell.text)
    before = cell.part(cell.start + (mark.end() if mark else 0), quantity.start) if quantity.start > cell.start else None
    if before is not None and _has_word(before):
        return before
    end = price.start if price.line == cell.line.index and price.start < cell.end else cell.end
    times = _TIMES.match(cell.line.text, quantity.end, end)
    after = cell.part(times.end() if times else quantity.end, end)
    return after if _has_word(after) else None


def _has_word(cell: Cell) -> bool:
    return any(len(word) > 1 and word.isalpha() for word in cell.text.replace(",", " ").split())


def _with_unit(cell: Cell, quantity: Candidate, price: Candidate) -> Cell:
    """The quantity and the word after it, where that is its unit: "2 pcs"."""
    end = min(cell.end, price.start) if price.line == cell.line.index else cell.end
    unit = _WORD.match(cell.line.text, quantity.end, end)
    return cell.part(quantity.start, unit.end() if unit else quantity.end)
