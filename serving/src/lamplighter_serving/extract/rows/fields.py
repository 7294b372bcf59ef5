"""Which column of a table gives which field: by the column's heading, by what its cells hold, and by arithmetic.

A heading that names a field is trusted as far as the cells below can be read as that field. What no heading names is found by
quantity x price = total, or, where the schema requires it, by being the only column of its kind that nothing else claims.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..candidates.candidate import Kind
from .arithmetic import factors, find_factors, multiplies
from .heading import LEAST_LIKENESS
from .readings import Readings

#: The part of a column's cells that must be readable as the field that its heading names, or that nothing names.
_LEAST_FIT, _LEAST_FIT_UNNAMED = 0.3, 0.5
#: What is left of a heading's word where hardly a cell can be read.
_HEADING_ALONE = 0.4
#: A column found by arithmetic, a unit behind a quantity, and a column found by being the only one left.
BY_ARITHMETIC, BEHIND_QUANTITY, LEFT_OVER = 0.7, 0.7, 0.4

#: Letters of a word that no code has.
_WORD_LETTERS = 4

Matches = Mapping[int, "Match"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A column for a field, and how much speaks for it."""

    place: int
    prior: float


def match_fields(readings: Readings, asked: frozenset[int]) -> dict[int, Match]:
    """Fields by their number, each with its column; a field that no column gives is left out.

    Only the fields `asked` for by number, and the first one of words, may take a column that no heading gives them.
    """
    found = _by_heading(readings)
    found.update(_by_arithmetic(readings, found))
    texts = [number for number, wish in enumerate(readings.namer.wishes) if Kind.TEXT in wish.kinds and wish.leaf.enum is None]
    for number in range(len(readings.namer.wishes)):
        if number not in found and (number in asked or number in texts[:1]):
            place = _left_over(readings, number, {match.place for match in found.values()})
            if place is not None:
                found[number] = Match(place=place, prior=LEFT_OVER * readings.fit(place, number))
    return {**_units(readings, found), **found}


def unclaimed(readings: Readings, found: Matches) -> int:
    """How many columns name a thing that no field asks for: a sign that the table is about something else."""
    claimed = {match.place for match in found.values()}
    return sum(_names_something(readings, place) for place in range(len(readings.table.columns)) if place not in claimed)


def _by_heading(readings: Readings) -> dict[int, Match]:
    """The best pairs first; equal ones by the heading's words, so that the order of columns decides nothing."""
    pairs = []
    for place, column in enumerate(readings.table.columns):
        for number in range(len(readings.namer.wishes)):
            said = readings.said(place, number)
            if said >= LEAST_LIKENESS and (fit := readings.fit(place, number)) >= _LEAST_FIT:
                pairs.append((-said * (_HEADING_ALONE + (1 - _HEADING_ALONE) * fit), number, column.text, place))
    found: dict[int, Match] = {}
    taken: set[int] = set()
    for negative, number, _, place in sorted(pairs):
        if number not in found and place not in taken:
            found[number] = Match(place=place, prior=-negative)
            taken.add(place)
    return found


def _by_arithmetic(readings: Readings, found: Matches) -> dict[int, Match]:
    """Quantity, price and total, where the headings leave one open or name columns that do not multiply."""
    three = factors(readings.namer.wishes)
    if three is None:
        return {}
    named = [found[number].place for number in three if number in found]
    if len(named) == len(three) and multiplies(readings, named, three):
        return {}
    places = find_factors(readings, three, frozenset(match.place for number, match in found.items() if number not in three))
    if places is None:
        return {}
    pairs = zip(three, places, strict=True)
    return {number: Match(place=place, prior=max(BY_ARITHMETIC, readings.said(place, number))) for number, place in pairs}


def _left_over(readings: Readings, number: int, taken: set[int]) -> int | None:
    """The only column that could give a field and names nothing else; of columns of words the widest."""
    free = [
        place
        for place in range(len(readings.table.columns))
        if place not in taken
        and not _names_something(readings, place)
        and readings.said(place, number) >= 0
        and readings.fit(place, number) >= _LEAST_FIT_UNNAMED
    ]
    if Kind.TEXT in readings.namer.wishes[number].kinds:
        return max(free, key=lambda place: _characters(readings, place), default=None)
    return free[0] if len(free) == 1 else None


def _names_something(readings: Readings, place: int) -> bool:
    """Whether a heading names a concept. Over words it names no number or date, whatever it says ("Item reference")."""
    concepts = readings.namer.lexicon.meaning(readings.table.columns[place].text).concepts
    if not set(concepts) <= {"identity", "moment"}:
        return True
    cells = [cell.text for record in readings.table.records for cell in record.cells.get(place, ())]
    worded = sum(any(word.isalpha() and len(word) >= _WORD_LETTERS for word in text.split()) for text in cells)
    return bool(concepts) and worded * 2 <= len(cells)


def _characters(readings: Readings, place: int) -> int:
    return sum(len(cell.text) for record in readings.table.records for cell in record.cells.get(place, ()))


def _units(readings: Readings, found: Matches) -> dict[int, Match]:
    """Units without a column of their own, behind the quantities: "2 ks"."""
    wishes = readings.namer.wishes
    quantity = next((found[n].place for n, wish in enumerate(wishes) if "quantity" in wish.concepts and n in found), None)
    return {
        number: Match(place=quantity, prior=BEHIND_QUANTITY)
        for number, wish in enumerate(wishes)
        if quantity is not None and "unit" in wish.concepts and readings.fit(quantity, number) >= _LEAST_FIT_UNNAMED
    }
