"""Texts: what stands after a colon on a line, and whole lines. For names, addresses and whatever has no form of its own."""

import re
from collections.abc import Iterator

from ..scene.view import View, ViewLine
from .candidate import Candidate, Kind
from .names import LEGAL_FORM

#: A label ends with a colon; a clock time or an address of the web has none followed by white space.
_AFTER_COLON = re.compile(r"[:：]\s+(?=\S)")
_COLUMN = re.compile(r"\t")
#: What separates a name from its address or its numbers on one line.
_PIECE_END = re.compile(r",\s|\s[·•|]\s|\s[-–—]\s")
_MOST_CHARACTERS = 160


def find_texts(view: View) -> Iterator[Candidate]:
    """The parts of lines that may be values: between column gaps, whole, after the last colon, and the first piece of it."""
    for line in view.lines:
        for start, end in _parts(line.text):
            yield from _candidate(line, start, end)
            colons = list(_AFTER_COLON.finditer(line.text, start, end))
            value_start = colons[-1].end() if colons else start
            if colons:
                yield from _candidate(line, value_start, end)
            if piece := _PIECE_END.search(line.text, value_start, end):
                yield from _candidate(line, value_start, piece.start())


def _parts(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in [*_COLUMN.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if text[start:end].strip() and end - start <= _MOST_CHARACTERS:
            yield start, end
        start = gap.end() if gap else end


def _candidate(line: ViewLine, start: int, end: int) -> Iterator[Candidate]:
    """The text without the commas and spaces around it; nothing when that is all it has."""
    text = line.text[start:end]
    stripped = text.strip(" ,;")
    if not stripped:
        return
    start += text.index(stripped)
    tags = frozenset({"name"}) if LEGAL_FORM.search(stripped) else frozenset()
    yield Candidate.of(line, start, start + len(stripped), kind=Kind.TEXT, value=" ".join(stripped.split()), tags=tags)
