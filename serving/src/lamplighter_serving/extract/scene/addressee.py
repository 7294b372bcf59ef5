"""The addressee of a letter: a block of name, street and town without any heading, as it shows in an envelope's window.

Whoever writes stands in the letterhead above it; whoever is written to is the customer. Knows the forms of postcodes.
"""

import re
from collections.abc import Iterator, Sequence

from .view import View, ViewLine

#: A line with a town: a postcode with what is next to it, in the forms of Europe and the United States, and nothing else.
_TOWN = re.compile(
    r"(?:(?:[A-Z]{1,3}[- ])?(?:\d{3} ?\d{2}|\d{4,5}|\d{2}-\d{3}|\d{4} ?[A-Z]{2})\s+[^\W\d_][^\d:]{1,40}(?: \d{1,2})?"
    r"|(?:[^\W\d_][^\d:]{1,40},?\s+)?[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
    r"|[^\W\d_][^\d:]{1,40},\s+[A-Z]{2} \d{5}(?:-\d{4})?)(?:,\s*[^\W\d_][^\d:]{1,30})?"
)
#: Lines of one block begin at most so many line heights apart, side by side and below each other.
_ALIGNED_HEIGHTS = 0.6
_GAP_HEIGHTS = 1.3
#: The window of an envelope is in the upper part of the first page.
_UPPER_PART = 0.45
#: Name, perhaps a department or a person, street, town.
_LEAST_BEFORE_TOWN, _MOST_BEFORE_TOWN = 2, 5


def find_addressee(view: View, taken: frozenset[int]) -> tuple[int, ...]:
    """The lines of the addressee's block on the first page, from the name down; empty when there is none.

    `taken` are lines of blocks with a heading. The first block of the page is the letterhead, not the addressee.
    """
    page = next(iter(view.ranges), None)
    if page is None:
        return ()
    lines = view.page_lines(page)
    for column in _columns(lines, view.usual_heights[page]):
        if column[0] is lines[0] or column[0].box.top > _UPPER_PART * view.heights[page]:
            continue
        if not taken.isdisjoint(line.index for line in column):
            continue
        town = next((number for number, line in enumerate(column) if _TOWN.fullmatch(line.text.strip())), -1)
        if _LEAST_BEFORE_TOWN <= town <= _MOST_BEFORE_TOWN and _reads_as_name(column[0]):
            return tuple(line.index for line in column)
    return ()


def _columns(lines: Sequence[ViewLine], height: float) -> Iterator[list[ViewLine]]:
    """Runs of lines that stand below each other with one left edge, in order of their first lines."""
    runs: list[list[ViewLine]] = []
    for line in lines:
        for run in runs:
            last = run[-1]
            aligned = abs(last.box.left - line.box.left) <= _ALIGNED_HEIGHTS * height
            if aligned and 0 < line.box.top - last.box.top <= (1 + _GAP_HEIGHTS) * max(last.height, line.height):
                run.append(line)
                break
        else:
            runs.append([line])
    yield from runs


def _reads_as_name(line: ViewLine) -> bool:
    text = line.text.strip()
    return text[:1].isupper() and ":" not in text and "\t" not in text
