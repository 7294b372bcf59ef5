"""Texts: what stands after a colon on a line, and whole lines. For names, addresses and whatever has no form of its own."""

import re
from collections.abc import Iterator

from ..view import View, ViewLine
from .candidate import Candidate, Kind

#: A label ends with a colon; a clock time or an address of the web has none followed by white space.
_AFTER_COLON = re.compile(r"[:：]\s+(?=\S)")
_COLUMN = re.compile(r"\t")
#: Legal forms of companies as they stand at the end of a name (folding would make `as` a word, so these keep their points).
_LEGAL_FORM = re.compile(
    r"(?:\b(?:s\.\s?r\.\s?o\.|a\.\s?s\.|spol\.|v\.\s?o\.\s?s\.|k\.\s?s\.|z\.\s?s\.|o\.\s?p\.\s?s\.|sp\.\s?z\s?o\.\s?o\.|sp\.\s?j\.|"
    r"S\.\s?p\.\s?A\.|S\.\s?r\.\s?l\.|S\.\s?L\.|S\.\s?A\.|S\.\s?A\.\s?S\.)|"
    r"\b(?:s\.r\.o|GmbH|AG|KG|OHG|UG|e\.K|Ltd|Limited|LLC|LLP|PLC|Inc|Corp|Corporation|Company|SAS|SARL|SA|SL|SLU|SRL|SpA|BV|NV|"
    r"Oy|AB|ApS|A/S|Kft|Zrt|EURL)\b\.?)",
)
_MOST_CHARACTERS = 160


def find_texts(view: View) -> Iterator[Candidate]:
    """The parts of every line that may be a value: each part between column gaps, whole and after its last colon."""
    for line in view.lines:
        for start, end in _parts(line.text):
            yield _candidate(line, start, end)
            colons = list(_AFTER_COLON.finditer(line.text, start, end))
            if colons:
                yield _candidate(line, colons[-1].end(), end)


def _parts(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for gap in [*_COLUMN.finditer(text), None]:
        end = gap.start() if gap else len(text)
        if text[start:end].strip() and end - start <= _MOST_CHARACTERS:
            yield start, end
        start = gap.end() if gap else end


def _candidate(line: ViewLine, start: int, end: int) -> Candidate:
    text = line.text[start:end]
    stripped = text.strip(" \u00a0,;")
    start += text.index(stripped) if stripped else 0
    return Candidate(
        kind=Kind.TEXT,
        value=" ".join(stripped.split()),
        text=stripped,
        page=line.page,
        line=line.index,
        start=start,
        end=start + len(stripped),
        box=line.box_of(start, start + len(stripped)),
        confidence=line.confidence_of(start, start + len(stripped)),
        tags=frozenset({"name"}) if _LEGAL_FORM.search(stripped) else frozenset(),
    )
