"""A document as the extraction looks at it: every line with its text, its place, and who stands left of it and above it.

Knows geometry, not meaning. Two words that stand closer than a column gap are joined by a space, others by a tab, so that a
pattern for one value never runs across columns.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from ...documents.page import Box, Document, Line, Page, TextSource

#: A gap wider than this many line heights separates columns. A space inside a number is about 0.3 heights.
COLUMN_GAP_HEIGHTS = 0.7
#: Lines share a row when they overlap by this part of the smaller height.
ROW_OVERLAP = 0.5
#: How far up a heading is looked for, in line heights: a column heading stands above at most so many rows.
REACH_HEIGHTS = 40.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ViewLine:
    """One line: `text` joined as said above, `starts` the offset of each word in it. `index` counts over the document."""

    index: int
    page: int
    text: str
    box: Box
    starts: tuple[int, ...]
    boxes: tuple[Box, ...]
    confidences: tuple[float, ...]
    scanned: bool

    @property
    def height(self) -> float:
        """Points from top to bottom."""
        return self.box.bottom - self.box.top

    def box_of(self, start: int, end: int) -> Box:
        """The box around the words that the characters from `start` to `end` touch.

        A word that is only partly meant gives the matching part of its width, so that a highlight does not cover its neighbour.
        """
        result: Box | None = None
        for place, box in zip(self._touched(start, end), self._boxes(start, end), strict=True):
            word_start, word_end = place
            width = (box.right - box.left) / max(1, word_end - word_start)
            left = box.left + width * max(0, start - word_start)
            right = box.right - width * max(0, word_end - end)
            part = Box(left=left, top=box.top, right=max(left, right), bottom=box.bottom)
            result = part if result is None else result.union(part)
        return result or self.box

    def confidence_of(self, start: int, end: int) -> float:
        """The lowest confidence among the words touched."""
        first, last = self._range(start, end)
        return min(self.confidences[first:last], default=1.0)

    def _range(self, start: int, end: int) -> tuple[int, int]:
        first = max(0, bisect_left(self.starts, start + 1) - 1)
        return first, max(first + 1, bisect_left(self.starts, end))

    def _boxes(self, start: int, end: int) -> Sequence[Box]:
        first, last = self._range(start, end)
        return self.boxes[first:last]

    def _touched(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        first, last = self._range(start, end)
        for number in range(first, last):
            following = self.starts[number + 1] - 1 if number + 1 < len(self.starts) else len(self.text)
            yield self.starts[number], following


@dataclass(frozen=True, kw_only=True, slots=True)
class View:
    """All lines in reading order; per page its size, where its lines begin and end, and how high its usual line is."""

    lines: tuple[ViewLine, ...]
    ranges: Mapping[int, tuple[int, int]]
    usual_heights: Mapping[int, float]
    widths: Mapping[int, float]
    heights: Mapping[int, float]

    def page_lines(self, page: int) -> tuple[ViewLine, ...]:
        """The lines of one page."""
        start, end = self.ranges[page]
        return self.lines[start:end]

    def left_of(self, line: ViewLine) -> list[ViewLine]:
        """Lines on the same row that end before this one begins, nearest first."""
        found = [
            other
            for other in self._near(line, line.height)
            if other.index != line.index and other.box.right <= line.box.left + 1.0 and shares_row(other.box, line.box)
        ]
        return sorted(found, key=lambda other: line.box.left - other.box.right)

    def right_of(self, line: ViewLine) -> list[ViewLine]:
        """Lines on the same row that begin after this one ends, nearest first."""
        found = [
            other
            for other in self._near(line, line.height)
            if other.index != line.index and other.box.left >= line.box.right - 1.0 and shares_row(other.box, line.box)
        ]
        return sorted(found, key=lambda other: other.box.left - line.box.right)

    def above(self, line: ViewLine, box: Box) -> list[ViewLine]:
        """Lines over `box` (a part of `line`) that share some of its width, nearest first."""
        found = [
            other
            for other in self._near(line, REACH_HEIGHTS * self.usual_heights[line.page])
            if _overlap(other.box, box) > 0 and middle(other.box) < box.top and not shares_row(other.box, line.box)
        ]
        return sorted(found, key=lambda other: box.top - other.box.bottom)

    def _near(self, line: ViewLine, reach: float) -> Iterator[ViewLine]:
        """Lines of the page whose rows lie at most `reach` points away. Lines stand in order of their rows."""
        start, end = self.ranges[line.page]
        low, high = line.box.top - reach, line.box.bottom + reach
        slack = 2 * self.usual_heights[line.page]
        for step in (-1, 1):
            index = line.index if step == 1 else line.index - 1
            while start <= index < end:
                other = self.lines[index]
                if other.box.bottom < low - slack or other.box.top > high + slack:
                    break
                yield other
                index += step


def view_of(document: Document) -> View:
    """The view of a document."""
    lines: list[ViewLine] = []
    ranges = {}
    usual_heights = {}
    for page in document.pages:
        start = len(lines)
        for line in page.lines:
            if line.words:
                lines.append(_view_line(line, page, len(lines)))
        ranges[page.number] = (start, len(lines))
        usual_heights[page.number] = max(1.0, median([line.height for line in lines[start:]] or [1.0]))
    return View(
        lines=tuple(lines),
        ranges=ranges,
        usual_heights=usual_heights,
        widths={page.number: page.width for page in document.pages},
        heights={page.number: page.height for page in document.pages},
    )


def shares_row(first: Box, second: Box) -> bool:
    """Whether two boxes stand at one height."""
    shared = min(first.bottom, second.bottom) - max(first.top, second.top)
    return shared >= ROW_OVERLAP * min(first.bottom - first.top, second.bottom - second.top)


def middle(box: Box) -> float:
    """The height of a box's middle."""
    return (box.top + box.bottom) / 2


def _overlap(first: Box, second: Box) -> float:
    return min(first.right, second.right) - max(first.left, second.left)


def _view_line(line: Line, page: Page, index: int) -> ViewLine:
    height = max(1.0, line.box.bottom - line.box.top)
    text = ""
    starts = []
    previous: Box | None = None
    for word in line.words:
        if previous is not None:
            text += "\t" if word.box.left - previous.right > COLUMN_GAP_HEIGHTS * height else " "
        starts.append(len(text))
        # White space inside a word (a no-break space in a text layer) stays one character, so that offsets hold.
        text += "".join(" " if character.isspace() else character for character in word.text)
        previous = word.box
    return ViewLine(
        index=index,
        page=page.number,
        text=text,
        box=line.box,
        starts=tuple(starts),
        boxes=tuple(word.box for word in line.words),
        confidences=tuple(word.confidence for word in line.words),
        scanned=page.source is TextSource.OCR,
    )
