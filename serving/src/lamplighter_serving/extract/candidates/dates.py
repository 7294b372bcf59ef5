"""Dates in the forms of European and American business documents, read as ISO 8601.

Knows months by name in the languages of `months.json`. Whether 03/04/2026 begins with the day is decided by the document: by a
date in it that can only be read one way, else by how its other numbers and words are written.
"""

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from importlib.resources import files

from ..scene.view import View, ViewLine
from ..words.folding import fold
from .candidate import Candidate, Kind
from .digits import readable

#: Two digits of a year: up to this they mean 20xx. Invoices are not that old.
_CENTURY_PIVOT = 79
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2199

_MONTHS: dict[str, int] = {
    name: number + 1
    for number, names in enumerate(json.loads(files(__package__).joinpath("months.json").read_text("utf-8")))
    for name in names
}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "x": 10, "xi": 11, "xii": 12}
_WORD = r"[^\W\d_]{1,12}"

#: Spaces only: a tab stands between columns.
_YEAR_FIRST = re.compile(r"(?<![\w.,/-])(?P<y>\d{4})(?P<s>[-/.]) ?(?P<m>\d{1,2})(?P=s) ?(?P<d>\d{1,2})(?![\d/]|[-.,]\d)")
_NUMERIC = re.compile(
    r"(?<![\d/])(?<!\d[-.,])(?P<a>\d{1,2}) ?(?P<s>[-/.]) {0,2}(?P<b>\d{1,2}) ?(?P=s) {0,2}(?P<y>\d{4}|\d{2})(?![\d/]|[-.,]\d)"
)
_DAY_NAME = re.compile(
    rf"(?<![\d.,/])(?P<d>\d{{1,2}})(?:st|nd|rd|th|er|\.)?[ /-]? ?(?:de |of |den )?(?P<w>{_WORD})\.?,?[ /-]? ?(?:de |del |of )?"
    r"(?P<y>\d{4}|'?\d{2})(?![\d.,/]\d|\d)"
)
_NAME_DAY = re.compile(rf"(?P<w>{_WORD})\.? (?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<y>\d{{4}})(?!\d)")


def find_dates(view: View) -> Iterator[Candidate]:
    """All dates of a document. A span gives one candidate."""
    found = [(line, match) for line in view.lines for match in _matches(readable(line))]
    month_first = _is_month_first(view, (match for _, match in found))
    for line, match in found:
        value = _read(match, month_first=month_first)
        if value is not None:
            yield Candidate.of(line, *match.span(), kind=Kind.DATE, value=value.isoformat())


def _matches(text: str) -> Iterator[re.Match[str]]:
    """Matches that do not overlap, the more certain form first."""
    taken: list[tuple[int, int]] = []
    for pattern in (_YEAR_FIRST, _NUMERIC, _DAY_NAME, _NAME_DAY):
        for match in _readable_matches(pattern, text):
            if not any(match.start() < end and start < match.end() for start, end in taken):
                taken.append(match.span())
                yield match


def _readable_matches(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches that are dates. After any other the search goes on inside it: "5 ks 12. března 2026" begins like a date."""
    place = 0
    while match := pattern.search(text, place):
        is_date = _readable(match)
        if is_date:
            yield match
        place = match.end() if is_date else match.start() + 1


def _readable(match: re.Match[str]) -> bool:
    return _read(match, month_first=False) is not None or _read(match, month_first=True) is not None


def _read(match: re.Match[str], *, month_first: bool) -> date | None:
    groups = match.groupdict()
    if "w" in groups:
        day, month = int(groups["d"]), _month(groups["w"])
    elif "m" in groups:
        day, month = int(groups["d"]), int(groups["m"])
    else:
        day, month = int(groups["a"]), int(groups["b"])
        # Points are never American; a month above 12 is none.
        if groups["s"] != "." and (month_first or month > 12) and day <= 12:
            day, month = month, day
    try:
        value = date(_year(groups["y"]), month, day)
    except ValueError:
        return None
    return value if _EARLIEST_YEAR <= value.year <= _LATEST_YEAR else None


def _month(word: str) -> int:
    folded = fold(word)
    return _MONTHS.get(folded) or (_ROMAN.get(folded, 0) if word.isupper() else 0)


def _year(text: str) -> int:
    number = int(text.lstrip("'"))
    if len(text.lstrip("'")) == 4:
        return number
    return 2000 + number if number <= _CENTURY_PIVOT else 1900 + number


def _is_month_first(view: View, matches: Iterable[re.Match[str]]) -> bool:
    """Whether dates with slashes or hyphens begin with the month in this document."""
    for match in matches:
        groups = match.groupdict()
        if "a" in groups and groups["s"] != ".":
            first, second = int(groups["a"]), int(groups["b"])
            if first > 12 or second > 12:
                return second > 12
    return _looks_american(view.lines)


#: A dollar amount, a decimal comma, and words or signs that other countries than the United States use.
_DOLLAR = re.compile(r"\$\s?\d|\bUSD\b")
_NOT_AMERICAN = re.compile(r"€|£|\bEUR\b|\bGBP\b|\bVAT\b|\d,\d\d(?!\d)|\bABN\b|\bGST\b")


def _looks_american(lines: Iterable[ViewLine]) -> bool:
    texts = [line.text for line in lines]
    return any(_DOLLAR.search(text) for text in texts) and not any(_NOT_AMERICAN.search(text) for text in texts)
