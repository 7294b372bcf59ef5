"""Headings of tables: rows of words, on one to three lines, that name the fields of a list's items.

Judges words only; whether values stand below is for the table. A heading is kept with what its columns say to each field.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...documents.page import Box
from ..prior.similarity import similarity
from ..prior.wish import Wish
from ..scene.labels import Label
from ..scene.scene import Scene
from ..words.folding import tokens
from ..words.lexicon import Lexicon
from .cells import Cell, Row, overlap
from .split import split_by_rows_below

#: Lines that one heading may take.
MOST_LINES = 3
#: Words of a column's heading; more is a sentence.
_MOST_WORDS = 8
#: Two lines of one heading stand within this many line heights.
_WRAP_HEIGHTS = 0.9
#: A column this little like a field does not name it.
LEAST_LIKENESS = 0.35
#: A second line is part of the heading only if it adds so much; else it is the first row of a table of texts.
_WORTH_A_LINE = 0.1
#: Headings read to the end, best first. Documents have one or two tables that look alike.
_MOST_HEADINGS = 4
#: Columns stand as in the row above when their edges differ by so many line heights.
_SAME_PLACE_HEIGHTS = 0.3

#: Sums with and without tax. A table with one column of sums has it for any of them.
SUM_CONCEPTS = frozenset({"total", "payable", "gross", "net"})
_KIN = 0.45
#: What qualifies a price or sum without being another thing: "unit price without VAT".
_QUALIFIERS = frozenset({"net", "gross", "tax", "total"})
_QUALIFIED = 0.95
#: "VAT %" is the rate; "VAT" alone may be.
_RATE_SIGN, _RATE_WORD = 0.9, 0.4
#: A heading that speaks of tax without naming the rate or the base is the tax itself.
_TAX_WORD = 0.6
#: Words of which a price is made, beside which another column has the sum.
_PRICE_WORDS = frozenset({"price", "cena", "preis", "prix", "cenova"})
_PRICE_AS_UNIT, _PRICE_AS_SUM = 0.65, 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column's heading: its words, its place, and the cells they stand in. Without words for a column that has none."""

    text: str
    box: Box
    cells: tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """The heading of a table. `first` and `last` are indexes of rows; `score` adds up what it says to the fields."""

    first: int
    last: int
    columns: tuple[Column, ...]
    score: float

    @property
    def signature(self) -> tuple[str, ...]:
        """What makes it the same heading on another page."""
        return tuple(" ".join(tokens(column.text)) for column in self.columns)


class Namer:
    """Tells how well a column's words name a field. Remembers, since a heading stands on every page."""

    def __init__(self, wishes: Sequence[Wish], lexicon: Lexicon) -> None:
        self.wishes = wishes
        self.lexicon = lexicon
        self._known: dict[tuple[str, ...], tuple[float, ...]] = {}

    def likenesses(self, text: str) -> tuple[float, ...]:
        """From -1 (names another thing) to 1 (names the field), one for each wish."""
        words = tokens(text)
        if words not in self._known:
            self._known[words] = tuple(likeness(wish, text, self.lexicon) for wish in self.wishes)
        return self._known[words]

    def score(self, columns: Sequence[Column]) -> tuple[float, int]:
        """What the columns say in all, each for one field and each field once; and how many fields they name."""
        pairs = sorted(
            (
                (said, number, place)
                for place, column in enumerate(columns)
                for number, said in enumerate(self.likenesses(column.text))
                if said >= LEAST_LIKENESS
            ),
            key=lambda pair: (-pair[0], pair[1]),
        )
        fields: set[int] = set()
        places: set[int] = set()
        total = 0.0
        for said, number, place in pairs:
            if number not in fields and place not in places:
                fields.add(number)
                places.add(place)
                total += said
        return total, len(fields)


def likeness(wish: Wish, text: str, lexicon: Lexicon) -> float:
    """How well a column's heading names a field: as any label does, but for what tables do to money."""
    said = similarity(wish, Label(text=text, strength=1.0, line=0, place="column"), lexicon)
    meaning = lexicon.meaning(text)
    found, words = meaning.of("money"), frozenset(tokens(text))
    if wish.facet == "quality" and found - {"quantity"}:
        return min(said, 0.0)  # "Price per unit" gives no unit.
    if wish.facet != "money":
        return said
    wanted = frozenset(wish.concepts)
    per_unit = _PRICE_WORDS & words or "unit" in meaning.of("quality")
    if per_unit and found <= _QUALIFIERS and "total-word" not in meaning.words:
        return _PRICE_AS_UNIT if "unit-price" in wanted else _PRICE_AS_SUM if wanted & SUM_CONCEPTS else min(said, 0.0)
    if not found and "tax-word" in meaning.words and "tax" in wanted:
        return max(said, _TAX_WORD)
    return _money_likeness(said, wanted, found, words)


def _money_likeness(said: float, wanted: frozenset[str], found: frozenset[str], words: frozenset[str]) -> float:
    """`wanted` and `found` are the concepts of the field and of the heading, `words` those of the heading."""
    if "tax-rate" in wanted and found & {"tax", "tax-rate"}:
        return max(said, _RATE_SIGN if "%" in words else _RATE_WORD)
    if "%" in words and "tax" in found:
        return -1.0
    if said < 0 and found & wanted and found - wanted <= _QUALIFIERS:
        return _QUALIFIED
    if wanted & SUM_CONCEPTS and found & SUM_CONCEPTS and found <= SUM_CONCEPTS | {"tax"}:
        return max(said, _KIN)
    return said


def find_headings(rows: Sequence[Row], namer: Namer) -> tuple[tuple[Heading, ...], ...]:
    """The headings that name the fields, same headings together, the best first. Linear in the number of rows."""
    least = min(2, len(namer.wishes))
    found: dict[tuple[str, ...], list[Heading]] = {}
    previous = -1
    for place, row in enumerate(rows):
        if place <= previous or not _may_begin(rows, place) or (place and _continues(rows[place - 1], row)):
            continue
        heading = _best_from(rows, place, namer)
        if heading.last > place and _best_from(rows, place + 1, namer).score >= heading.score - _WORTH_A_LINE:
            continue  # The row above the heading says nothing for it.
        if namer.score(heading.columns)[1] >= least:
            found.setdefault(heading.signature, []).append(heading)
            previous = heading.last
    best = sorted(found.values(), key=lambda same: (-same[0].score, same[0].first))
    return tuple(tuple(same) for same in best[:_MOST_HEADINGS])


def names_things(row: Row, scene: Scene) -> bool:
    """Whether a row heads some table, of whatever fields: at least two of its cells name a concept, and none has a figure."""
    if len(row.cells) < 2 or not _may_head(row) or any(cell.is_figure for cell in row.cells):
        return False
    meanings = [scene.lexicon.meaning(cell.text) for cell in row.cells]
    return sum(bool(meaning.concepts or meaning.words) for meaning in meanings) >= 2


def _may_begin(rows: Sequence[Row], place: int) -> bool:
    """Whether a heading may begin at a row. A line of one cell begins one only when it stands close above others."""
    row, below = rows[place], rows[min(place + 1, len(rows) - 1)]
    return _may_head(row) and (len(row.cells) > 1 or (len(below.cells) > 1 and _is_near(row, below)))


def _is_near(above: Row, below: Row) -> bool:
    return below.page == above.page and below.box.top - above.box.bottom <= _WRAP_HEIGHTS * below.height


def _may_head(row: Row) -> bool:
    """Words without figures, for the most part: "VAT 21 %" may be among them."""
    figures = sum(any(map(str.isdigit, cell.text)) for cell in row.cells)
    worded = sum(any(map(str.isalpha, cell.text)) or "%" in cell.text for cell in row.cells)
    short = all(len(cell.text.split()) <= _MOST_WORDS for cell in row.cells)
    return short and figures * 3 <= len(row.cells) and worded * 2 > len(row.cells)


def _continues(above: Row, row: Row) -> bool:
    """Whether a row stands as the one above, column by column: then it is no heading, or that one was."""
    slack = _SAME_PLACE_HEIGHTS * row.height
    return (
        len(above.cells) == len(row.cells)
        and above.page == row.page
        and _may_head(above)
        and all(
            min(abs(first.box.left - second.box.left), abs(first.box.right - second.box.right)) <= slack
            for first, second in zip(above.cells, row.cells, strict=True)
        )
    )


def _best_from(rows: Sequence[Row], place: int, namer: Namer) -> Heading:
    """The best heading that begins at a row: with as many of the lines below it as help."""
    row = split_by_rows_below(rows, place)
    columns = [Column(text=cell.text.strip(), box=cell.box, cells=(cell,)) for cell in row.cells]
    best = Heading(first=place, last=place, columns=tuple(columns), score=namer.score(columns)[0])
    for last in range(place + 1, min(place + MOST_LINES, len(rows))):
        below = rows[last]
        if not _is_near(rows[last - 1], below) or not _may_wrap(below):
            break
        columns = _merged(columns, below)
        score = namer.score(columns)[0]
        if score > best.score + _WORTH_A_LINE:
            best = replace(best, last=last, columns=tuple(columns), score=score)
    return best


def _may_wrap(row: Row) -> bool:
    return not any(map(str.isdigit, "".join(cell.text for cell in row.cells))) and all(
        len(cell.text.split()) <= _MOST_WORDS for cell in row.cells
    )


def _merged(columns: Sequence[Column], below: Row) -> list[Column]:
    """The columns with the words of the next line under them; words under no column begin one."""
    merged = list(columns)
    for cell in below.cells:
        shared = [overlap(column.box, cell.box) for column in merged]
        place = max(range(len(shared)), key=shared.__getitem__)
        if shared[place] <= 0:
            merged.append(Column(text=cell.text.strip(), box=cell.box, cells=(cell,)))
        else:
            column = merged[place]
            # A word that is broken at the line's end is one word.
            text = f"{column.text.removesuffix('-')}{'' if column.text.endswith('-') else ' '}{cell.text.strip()}"
            merged[place] = Column(text=text, box=column.box.union(cell.box), cells=(*column.cells, cell))
    return sorted(merged, key=lambda column: column.box.left)
