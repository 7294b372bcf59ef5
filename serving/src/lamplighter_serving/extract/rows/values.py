"""What the cells of one column give a field: the span in them that the field's schema takes, as a decision.

Words that wrap over several lines are one value, their lines joined by spaces; its box holds all of them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..candidates.candidate import Candidate, Kind
from ..candidates.literals import find_literals
from ..prior.rated import Rated
from ..prior.weigh import Option, value_of
from ..prior.wish import Wish
from ..scene.scene import Scene
from ..scene.view import View
from ..schema.parse import Leaf
from .cells import Cell
from .heading import SUM_CONCEPTS

#: What stands around the words of a cell without being of them: spaces, and the sign before what follows.
_SPACES = " \u00a0"
_NO_VALUE = _SPACES + ",;"
#: Fields about money that a percentage may serve.
_PERCENTAGES = frozenset({"tax-rate", "discount"})
#: What numbers the rows: "1.", "12)", "a)".
ORDINAL = re.compile(r"\s*(?:\d{1,3}[.)]|[^\W\d_][.)])\s+(?=\S)")
#: A bullet before words, or the number of an item.
MARK = re.compile(rf"\s*[-–—•·*▪◦]\s+(?=\S)|{ORDINAL.pattern}")
#: What a value costs in certainty when the document's recognition was unsure of it.
_CONFIDENCE_SHARE = 0.3


class CellReader:
    """Reads cells of one document. Knows its candidates by line."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._by_line: dict[int, list[Candidate]] = {}
        for candidate in scene.candidates:
            self._by_line.setdefault(candidate.line, []).append(candidate)

    def option(self, wish: Wish, cells: Sequence[Cell], prior: float, label: str, *, ordinals: bool = False) -> Option | None:
        """The first span of the cells that the field's schema takes. `ordinals`: the words begin with their row's number."""
        if any(cell.line.index in self._scene.addressed for cell in cells):
            return None
        for candidate in self._candidates(wish, cells, ordinals=ordinals):
            value = value_of(wish.leaf, candidate)
            if value is not None:
                certainty = prior * (1.0 - _CONFIDENCE_SHARE * (1.0 - candidate.confidence))
                return Option(value=value, rated=Rated(candidate=candidate, prior=certainty, label=label))
        return None

    def is_date(self, cells: Sequence[Cell]) -> bool:
        """Whether cells hold a date and no other words."""
        dates = [candidate for cell in cells for candidate in self._inside(cell) if candidate.kind is Kind.DATE]
        return sum(len(date.text) for date in dates) * 3 > sum(len(cell.text.strip()) for cell in cells) * 2

    def _candidates(self, wish: Wish, cells: Sequence[Cell], *, ordinals: bool) -> Iterator[Candidate]:
        if wish.leaf.enum is not None and wish.leaf.type == "string" and Kind.CURRENCY not in wish.kinds:
            yield from self._literals(wish.leaf, cells)
            return
        found = [candidate for cell in cells for candidate in self._inside(cell) if candidate.kind in wish.kinds]
        if wish.kinds & {Kind.AMOUNT, Kind.NUMBER}:
            barred = bool(wish.concepts) and not _PERCENTAGES & set(wish.concepts)
            numbers = [candidate for candidate in found if not (barred and "percent" in candidate.tags)]
            if "tax-rate" in wish.concepts:
                numbers = [candidate for candidate in numbers if _is_rate(candidate)]
            yield from sorted(numbers, key=lambda candidate: _unlike(wish, candidate))
            return
        whole = [candidate for candidate in found if candidate.kind is not Kind.TEXT]
        if Kind.TEXT not in wish.kinds:
            yield from sorted(whole, key=lambda candidate: candidate.start - candidate.end)
            if wish.kinds != {Kind.IDENTIFIER}:
                return
        yield from self._words(wish, cells, ordinals=ordinals)

    def _inside(self, cell: Cell) -> Iterator[Candidate]:
        for candidate in self._by_line.get(cell.line.index, ()):
            if cell.start <= candidate.start and candidate.end <= cell.end:
                yield candidate

    def _literals(self, leaf: Leaf, cells: Sequence[Cell]) -> Iterator[Candidate]:
        lines = tuple({cell.line.index: cell.line for cell in cells}.values())
        view = View(lines=lines, ranges={}, usual_heights={}, widths={}, heights={})
        for candidate in find_literals(view, [str(value) for value in leaf.enum or ()]):
            if any(cell.line.index == candidate.line and cell.start <= candidate.start < cell.end for cell in cells):
                yield candidate

    def _words(self, wish: Wish, cells: Sequence[Cell], *, ordinals: bool) -> Iterator[Candidate]:
        """The words of all lines as one text, then those of the first line."""
        first, *others = cells
        if "unit" in wish.concepts:
            first, others = self._after_number(first), []
        elif ordinals and (match := ORDINAL.match(first.text)):
            first = first.part(first.start + match.end(), first.end)
        alone = text_of(first)
        lines = [text for cell in (first, *others) if (text := text_of(cell, _SPACES)) is not None]
        if len(lines) > 1:
            yield _joined(lines)
        if alone is not None:
            yield alone

    def _after_number(self, cell: Cell) -> Cell:
        """What stands after the number of a cell: the unit in "2 ks"."""
        numbers = [candidate.end for candidate in self._inside(cell) if candidate.kind in (Kind.NUMBER, Kind.AMOUNT)]
        return cell.part(max(numbers), cell.end) if numbers else cell


def _is_rate(candidate: Candidate) -> bool:
    return isinstance(candidate.value, int | float) and 0 <= candidate.value <= 100


def _unlike(wish: Wish, candidate: Candidate) -> tuple[bool, bool, int]:
    """Sorts the numbers of a cell, the likeliest first: a rate has a percent sign, money decimals, a sum comes last."""
    is_percent = "percent" in candidate.tags
    if "tax-rate" in wish.concepts:
        return not is_percent, False, candidate.start
    counts = "quantity" in wish.concepts or wish.leaf.type == "integer"
    comes_last = bool(SUM_CONCEPTS & set(wish.concepts))
    return is_percent, not counts and candidate.kind is Kind.NUMBER, -candidate.start if comes_last else candidate.start


def text_of(cell: Cell, around: str = _NO_VALUE) -> Candidate | None:
    """The words of a cell as a candidate, without the characters `around` them; None for one without letters or digits."""
    stripped = cell.text.strip(around)
    if not any(map(str.isalnum, stripped)):
        return None
    start = cell.start + cell.text.index(stripped)
    end = start + len(stripped)
    return Candidate(
        kind=Kind.TEXT,
        value=" ".join(stripped.split()),
        text=stripped,
        page=cell.line.page,
        line=cell.line.index,
        start=start,
        end=end,
        box=cell.line.box_of(start, end),
        confidence=cell.line.confidence_of(start, end),
    )


def _joined(lines: Sequence[Candidate]) -> Candidate:
    """Lines of one cell as one span: it is named by its first line, and its box holds all lines of that page."""
    first = lines[0]
    box = first.box
    for line in lines[1:]:
        box = box.union(line.box)
    return replace(
        first,
        value=" ".join(str(line.value) for line in lines).strip(_NO_VALUE),
        text=" ".join(line.text for line in lines).strip(_NO_VALUE),
        box=box,
        confidence=min(line.confidence for line in lines),
    )
