"""From placed words to lines in reading order.

A *line* is a run of words on one baseline with no wide gap between them. A wide gap (a gutter, or the space between a label and
its value in a table) ends the line, so two columns are never read as one sentence. That a label and a value stand on one row is
not lost: it is in their boxes, and whoever needs rows asks the boxes. Lines are built from left to right, each word joining the
line that ends nearest to its left at its own height, so that a slightly skewed scan still gives whole lines.

Reading order is that of a form, row after row over the whole page, because what stands beside a label belongs to it. In a
letter of two columns this takes lines of both in turn; each line is still whole.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from .page import Box, Line, Word

#: A gap wider than this many line heights ends a line. A space is about 0.3 of the height, a justified one up to 0.9.
GAP_HEIGHTS = 1.1
#: Words are on one baseline when they share at least this part of the smaller height.
SHARED_HEIGHT = 0.5
#: Words may overlap by this many heights: kerning, italics, OCR boxes.
OVERLAP_HEIGHTS = 0.6
#: A word is at most this many usual heights high for the purpose of gaps: a big heading takes no neighbours from far away.
MOST_HEIGHTS = 2.0
#: Text that runs up or down the page is higher than it is wide by this factor; it is a line of its own.
UPRIGHT_RATIO = 2.0
UPRIGHT_LEAST_CHARACTERS = 3


@dataclass(slots=True)
class _Run:
    """A line that is being built. `end` is its last word's box."""

    words: list[Word]
    end: Box


class _Builder:
    """Takes words from left to right and puts each at the end of a run, or begins a new one.

    Runs stand in bands by their height on the page, so that a word looks only at those near it; a run that ended too far to the
    left is dropped from its band when it is met.
    """

    def __init__(self, usual_height: float) -> None:
        self.runs: list[_Run] = []
        self._usual_height = usual_height
        self._bands: dict[int, list[_Run]] = defaultdict(list)

    def add(self, word: Word) -> None:
        """Puts the next word in its place."""
        run = None if _is_upright(word) else self._best(word)
        if run is None:
            run = _Run(words=[word], end=word.box)
            self.runs.append(run)
        else:
            self._bands[self._band(run.end)].remove(run)
            run.words.append(word)
            run.end = word.box
        if not _is_upright(word):
            self._bands[self._band(word.box)].append(run)

    def _best(self, word: Word) -> _Run | None:
        """The run that ends nearest to the word's left, at its height."""
        best: _Run | None = None
        for run in self._near(word.box):
            height = min(max(_height(run.end), _height(word.box)), MOST_HEIGHTS * self._usual_height)
            gap = word.box.left - run.end.right
            if not -OVERLAP_HEIGHTS * height <= gap <= GAP_HEIGHTS * height or not shares_row(run.end, word.box):
                continue
            if best is None or run.end.right > best.end.right:
                best = run
        return best

    def _near(self, box: Box) -> Iterator[_Run]:
        out_of_reach = box.left - GAP_HEIGHTS * MOST_HEIGHTS * self._usual_height
        middle = self._band(box)
        reach = int(_height(box) / self._usual_height) + 1
        for number in range(middle - reach, middle + reach + 1):
            if number in self._bands:
                self._bands[number] = [run for run in self._bands[number] if run.end.right >= out_of_reach]
                yield from self._bands[number]

    def _band(self, box: Box) -> int:
        return int(_middle(box) // self._usual_height)


def lines_of(words: Iterable[Word]) -> tuple[Line, ...]:
    """All words, each in exactly one line, in reading order: rows from top to bottom, within a row from left to right.

    The order in which the words are given does not matter.
    """
    ordered = sorted(words, key=lambda word: (word.box.left, word.box.top, word.box.right, word.box.bottom, word.text))
    if not ordered:
        return ()
    builder = _Builder(max(1.0, median(_height(word.box) for word in ordered)))
    for word in ordered:
        builder.add(word)
    return in_reading_order([Line(words=tuple(run.words)) for run in builder.runs])


def in_reading_order(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Lines as one reads a form: row after row, each from left to right."""
    rows: list[tuple[Box, list[tuple[Box, Line]]]] = []
    boxed = [(line.box, line) for line in lines]
    for box, line in sorted(boxed, key=lambda pair: (_middle(pair[0]), pair[0].left)):
        if rows and shares_row(rows[-1][0], box):
            rows[-1][1].append((box, line))
        else:
            rows.append((box, [(box, line)]))
    return tuple(line for _, row in rows for _, line in sorted(row, key=lambda pair: pair[0].left))


def shares_row(first: Box, second: Box) -> bool:
    """Whether two boxes stand at one height."""
    shared = min(first.bottom, second.bottom) - max(first.top, second.top)
    smaller = min(_height(first), _height(second))
    return shared >= SHARED_HEIGHT * smaller if smaller > 0 else shared >= 0


def _is_upright(word: Word) -> bool:
    width = word.box.right - word.box.left
    return len(word.text) >= UPRIGHT_LEAST_CHARACTERS and _height(word.box) > UPRIGHT_RATIO * width


def _height(box: Box) -> float:
    return box.bottom - box.top


def _middle(box: Box) -> float:
    return (box.top + box.bottom) / 2
