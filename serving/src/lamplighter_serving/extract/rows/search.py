"""Which table of a document a list means: the one whose columns give most of the fields and least of anything else."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ..prior.wish import Wish
from ..scene.scene import Scene
from ..words.lexicon import Lexicon
from .arithmetic import factors
from .cells import Row, rows_of
from .fields import match_fields, unclaimed
from .heading import SUM_CONCEPTS, Heading, Namer, find_headings
from .headless import find_headless
from .items import Item, items_of
from .readings import Readings
from .summary import SUMS, SUMS_OF_TAXES
from .table import Table, read_table
from .values import CellReader
from .written import written_items

#: Taken from a table for each of its columns that names what no field asks for.
_UNCLAIMED = 0.1
#: Fields and columns of items that are things sold, rather than rates of tax.
_THINGS = frozenset({"description", "quantity", "unit-price"})


def find_rows(wishes: Sequence[Wish], asked: frozenset[int], scene: Scene) -> tuple[Item, ...]:
    """The items of the best table, one with a heading before one without. Empty when no table gives two of the fields.

    `asked` are the numbers of the fields that the schema requires, be it as null.
    """
    if not wishes:
        return ()
    search = _Search([_in_table(wish, scene.lexicon) for wish in wishes], asked, scene)
    return search.headed() or (search.headless() if len(wishes) > 1 else ())


class _Search:
    """One list's search for its table."""

    def __init__(self, wishes: Sequence[Wish], asked: frozenset[int], scene: Scene) -> None:
        self._rows: tuple[Row, ...] = rows_of(scene.view)
        self.namer = Namer(wishes, scene.lexicon)
        self._scene = scene
        self._asked = asked
        self._required = frozenset(number for number in asked if not wishes[number].leaf.nullable)
        self._reader = CellReader(scene)
        concepts = {concept for wish in wishes for concept in wish.concepts}
        self._taxes_only = bool({"tax-rate", "tax"} & concepts) and not _THINGS & concepts

    def headed(self) -> tuple[Item, ...]:
        """The items of the best table with a heading."""
        found = find_headings(self._rows, self.namer)
        return self._best(self._table(same) for same in found if not (self._taxes_only and self._has_things(same[0])))

    def headless(self) -> tuple[Item, ...]:
        """The items of the best table without a heading that gives every required field, else of lines of text."""
        found = self._best((self._table(same) for same in find_headless(self._rows, self._scene)), sure=True)
        written = None if found or factors(self.namer.wishes) is None else written_items(self._rows, self._scene)
        return self._best([written], sure=True) if written else found

    def _table(self, headings: Sequence[Heading]) -> Table:
        return read_table(headings, self._rows, self._scene, SUMS_OF_TAXES if self._taxes_only else SUMS)

    def _best(self, tables: Iterable[Table], *, sure: bool = False) -> tuple[Item, ...]:
        found = [(quality, items) for table in tables for quality, items in self._read(table, sure=sure)]
        return max(found, key=lambda pair: pair[0], default=(0.0, ()))[1]

    def _read(self, table: Table, *, sure: bool) -> Iterator[tuple[float, tuple[Item, ...]]]:
        readings = Readings(table, self.namer, self._reader)
        matches = match_fields(readings, self._asked)
        if len(matches) < min(2, len(self.namer.wishes)) or (sure and not self._required <= set(matches)):
            return
        items = items_of(readings, matches, self._reader, self._required)
        if items:
            said = sum(match.prior * readings.fit(match.place, number) for number, match in matches.items())
            yield said - _UNCLAIMED * unclaimed(readings, matches), items

    def _has_things(self, heading: Heading) -> bool:
        """Whether a table counts things: its rows have taxes, but are none."""
        meanings = [self.namer.lexicon.meaning(column.text) for column in heading.columns]
        return any(meaning.of("money") & _THINGS for meaning in meanings)


def _in_table(wish: Wish, lexicon: Lexicon) -> Wish:
    """The field as one of a table's: a rate of tax that is named "rate" is no unit price, a sum "without tax" no tax."""
    concepts = dict(wish.concepts)
    if "tax-rate" in concepts:
        concepts.pop("unit-price", None)
    named = {concept for text in (wish.leaf.title, wish.leaf.name) for concept in lexicon.meaning(text).of("money")}
    if SUM_CONCEPTS & set(concepts) and "tax" not in named:
        concepts.pop("tax", None)
    return replace(wish, concepts=concepts)
