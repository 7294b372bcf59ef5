"""Names of organisations by their legal form: the form, and the words before it that belong to it.

A name in a sentence or beside a number is a span of its own, not the line it stands in.
"""

import re
from collections.abc import Iterator

from ..scene.view import View
from .candidate import Candidate, Kind

#: Legal forms as they stand at the end of a name, longest first. Points and spaces inside them vary.
LEGAL_FORM = re.compile(
    r"(?<![\w.])(?:"
    r"spol\.?\s?s\s?r\.\s?o\.|s\.\s?r\.\s?o\.|a\.\s?s\.|v\.\s?o\.\s?s\.|k\.\s?s\.|z\.\s?[sú]\.|o\.\s?p\.\s?s\.|p\.\s?o\.|"
    r"[Ss]p\.\s?z\s?o\.\s?o\.|[Ss]p\.\s?[jkp]\.|S\.\s?R\.\s?O\.|A\.\s?S\.|S\.\s?p\.\s?A\.|S\.\s?[rR]\.\s?[lL]\.|S\.\s?n\.\s?c\.|S\.\s?a\.\s?s\.|"
    r"S\.\s?L\.\s?U\.|S\.\s?L\.|S\.\s?A\.\s?S\.|S\.\s?A\.|B\.\s?V\.|N\.\s?V\.|e\.\s?V\.|e\.\s?K\.|e\.\s?G\.|"
    r"s\.r\.o|g?GmbH(?:\s&\sCo\.?\sKG)?|AG(?:\s&\sCo\.?\sKG)?|KGaA|KG|OHG|GbR|UG|PLC|plc|Ltd|Limited|LLC|LLP|Inc|Corp|"
    r"Corporation|Company|Co|SASU|SAS|SARL|EURL|SNC|SA|SL|SLU|SRL|Srl|SpA|Snc|BV|NV|Oy|AB|ApS|A/S|Kft|Zrt|Nyrt"
    r")\.?(?!\w)"
)
EXACT_NAME = frozenset({"name", "exact-name"})
#: What separates a name from what stands before it. A comma may stand right before the form: "Alfa Trade, s. r. o.".
_SEPARATOR = re.compile(r"[,;:·•|\t()„“”\"]|\s[-–—]\s")
#: Small words inside names.
_JOINING = frozenset(
    [
        *("a", "i", "y", "e", "&", "und", "and", "et", "of", "de", "la", "le", "les", "du", "des", "von", "der", "die"),
        *("the", "pro", "pre", "na", "nad", "pod", "u", "v", "s", "al"),
    ]
)
#: A part of a line with so few words is a name whole. In a longer one it is the capitalised words at the end, if there are any,
#: for the part may be a sentence; beyond the most it is one.
_WHOLE_WORDS, _MOST_WORDS = 4, 7


def find_names(view: View) -> Iterator[Candidate]:
    """All names with a legal form, one candidate a form. Takes linear time."""
    for line in view.lines:
        begin = 0
        for form in LEGAL_FORM.finditer(line.text):
            start = _start(line.text, begin, form.start())
            if start is not None:
                value = " ".join(line.text[start : form.end()].split())
                yield Candidate.of(line, start, form.end(), kind=Kind.TEXT, value=value, tags=EXACT_NAME)
                begin = form.end()


def _start(text: str, begin: int, end: int) -> int | None:
    """Where the name before a legal form at `end` begins; None when no word before it can be one."""
    before = text[begin:end].rstrip()
    before = before[:-1] if before.endswith(",") else before
    start = max((match.end() for match in _SEPARATOR.finditer(before)), default=0)
    words = [(match.start(), match[0]) for match in re.finditer(r"\S+", before[start:])]
    if not words or len(words) > _WHOLE_WORDS or not words[0][1][:1].isupper():
        words = _last_capitalised(words) or (words if 0 < len(words) <= _MOST_WORDS and words[0][1][:1].isupper() else [])
    return begin + start + words[0][0] if words else None


def _last_capitalised(words: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The words at the end that are capitalised, small joining words between them included."""
    first = len(words)
    for number in range(len(words) - 1, -1, -1):
        word = words[number][1]
        if word[:1].isupper() or word[:1].isdigit():
            first = number
        elif word not in _JOINING:
            break
    return words[first:]
