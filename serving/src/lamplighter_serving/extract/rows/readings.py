"""How each column of a table reads as each field: the values its first rows give. Computed when asked for, and kept."""

from ..candidates.candidate import Kind
from ..prior.weigh import Option
from .heading import Namer
from .table import Table
from .values import CellReader

#: Rows that are looked at to tell what a column holds.
_SAMPLE_ROWS = 15
#: A heading this much like a field may stand over figures although the field is one of words.
_NAMED = 0.5


class Readings:
    """Fields go by their number in the namer's wishes, columns by their place."""

    def __init__(self, table: Table, namer: Namer, reader: CellReader) -> None:
        self.table = table
        self.namer = namer
        self._reader = reader
        self._known: dict[tuple[int, int], tuple[Option | None, ...]] = {}

    def said(self, place: int, number: int) -> float:
        """What the column's heading says to the field, -1 to 1; 0 for a column without words."""
        text = self.table.columns[place].text
        return self.namer.likenesses(text)[number] if text else 0.0

    def fit(self, place: int, number: int) -> float:
        """The part of the column's filled cells that the field can take."""
        filled = sum(place in record.cells for record in self.table.records[:_SAMPLE_ROWS])
        return sum(option is not None for option in self.options(place, number)) / filled if filled else 0.0

    def numbers(self, place: int, number: int) -> list[float | None]:
        """The column's values as numbers, row by row."""
        return [
            float(option.candidate.value) if option and isinstance(option.candidate.value, int | float) else None
            for option in self.options(place, number)
        ]

    def options(self, place: int, number: int) -> tuple[Option | None, ...]:
        """What the field could take from the column in each of the first rows."""
        if (place, number) not in self._known:
            self._known[place, number] = tuple(
                self._option(place, number, index) for index in range(len(self.table.records[:_SAMPLE_ROWS]))
            )
        return self._known[place, number]

    def _option(self, place: int, number: int, index: int) -> Option | None:
        wish = self.namer.wishes[number]
        cells = self.table.records[index].cells.get(place, ())
        option = self._reader.option(wish, cells, 1.0, "") if cells else None
        needs_letters = Kind.TEXT in wish.kinds and ("unit" in wish.concepts or self.said(place, number) < _NAMED)
        if option and needs_letters and (self._reader.is_date(cells) or not any(map(str.isalpha, option.candidate.text))):
            return None
        return option
