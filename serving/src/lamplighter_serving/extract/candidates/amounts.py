"""Numbers and amounts of money in the forms of European and American documents, read as numbers.

1.234 is a thousand or one and a bit: the document decides, by its numbers that can only be read one way.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from ..scene.view import View, ViewLine
from .candidate import Candidate, Kind
from .currencies import currency_spans
from .digits import readable


def _number(gap: str) -> re.Pattern[str]:
    """Digits in groups of three with one separator, or plain digits, then decimals. `gap` is what may stand around their sign.

    At most 15 digits: a float holds no more exactly. A dash between two numbers is no minus, nor is one after a letter.
    """
    return re.compile(
        r"(?:(?<![\w.,'’/])|(?<=CZK|EUR|USD|GBP|PLN|CHF|HUF))(?<!\d:)(?<![^\W_]-)(?P<sign>(?<!\d )[-–] |[-–])?"
        r"(?P<whole>\d{1,3}(?:(?P<group>[ .,'’])\d{3})(?:(?P=group)\d{3}){0,3}|\d{1,15})"
        rf"(?:{gap}(?P<point>[.,]){gap}(?P<decimals>\d{{1,4}})|(?P<dash>[.,][-–—]{{1,2}}))?"
        r"(?![\d'’/]|[.,:-]\d|[^\W\d_]*\d)(?P<trailing>-(?!\w))?(?P<percent> ?%)?"
    )


_NUMBER = _number("")
#: Recognition puts spaces around a decimal sign; elsewhere "1, 2" are two numbers.
_SCANNED_NUMBER = _number(" ?")
#: Amounts that are written with a decimal point where they are written at home.
_POINT_MONEY = re.compile(r"[$£] ?\d|\b(?:USD|GBP) ?\d|\d ?(?:USD|GBP)\b")
#: The number of a clause: it begins a line and words follow. `1.2` says nothing about how the document writes decimals.
_CLAUSE = re.compile(r"\d{1,2}\.\d{1,2}\.?[ \t]+[^\W\d_]")
#: What stands before and after an amount in parentheses. English accounts write a minus so.
_OPENING, _CLOSING = re.compile(r"\((?:[A-Z]{3} ?|[$£€] ?)?$"), ")"
#: The decimals of money.
_MONEY_DECIMALS = 2
#: How far from a number its currency may stand, in characters.
_CURRENCY_DISTANCE = 2


def find_amounts(view: View, dates: Sequence[Candidate]) -> Iterator[Candidate]:
    """All numbers outside of `dates`. An amount has two decimals or a currency beside it, anything else is a number."""
    taken: dict[int, list[tuple[int, int]]] = {}
    for candidate in dates:
        taken.setdefault(candidate.line, []).append((candidate.start, candidate.end))
    found = [
        (line, match)
        for line in view.lines
        for match in (_SCANNED_NUMBER if line.scanned else _NUMBER).finditer(readable(line))
        if not any(match.start() < end and start < match.end() for start, end in taken.get(line.index, ()))
    ]
    decimal_point = _decimal_sign(view, found)
    for line, match in found:
        yield _candidate(line, match, decimal_point)


def _decimal_sign(view: View, found: Iterable[tuple[ViewLine, re.Match[str]]]) -> str:
    """The sign before decimals in this document: `.` or `,`. Where numbers do not decide, money does, else the comma."""
    votes = {".": 0, ",": 0}
    for line, match in found:
        if match.start() == 0 and _CLAUSE.match(line.text):
            continue
        point, group = match["point"], match["group"]
        if point and (len(match["decimals"]) != 3 or group):
            votes[point] += 1
        elif group in votes and len(match["whole"]) > 7:
            votes["," if group == "." else "."] += 1
    if votes["."] == votes[","]:
        return "." if any(_POINT_MONEY.search(line.text) for line in view.lines) else ","
    return "." if votes["."] > votes[","] else ","


def _candidate(line: ViewLine, match: re.Match[str], decimal_point: str) -> Candidate:
    value = _read(match, decimal_point)
    start, end = match.span()
    if match["percent"]:
        end = match.start("percent")
    currency = _beside_currency(line.text, start, end)
    is_money = not match["percent"] and (
        currency or _decimals(match, decimal_point) == _MONEY_DECIMALS or match["dash"] is not None
    )
    opening = _OPENING.search(line.text[:start]) if is_money and decimal_point == "." else None
    if opening and match["sign"] is None and line.text.startswith(_CLOSING, end):
        value, start, end = -value, opening.start(), end + len(_CLOSING)
    return Candidate.of(
        line,
        start,
        end,
        kind=Kind.AMOUNT if is_money else Kind.NUMBER,
        value=value,
        tags=frozenset(tag for tag, holds in (("percent", bool(match["percent"])), ("currency", currency)) if holds),
    )


def _decimals(match: re.Match[str], decimal_point: str) -> int:
    if match["decimals"] is not None:
        return len(match["decimals"])
    return 3 if _group_is_decimal(match, decimal_point) else 0


def _group_is_decimal(match: re.Match[str], decimal_point: str) -> bool:
    """Whether the only separator, before exactly three digits, is the decimal sign: 1.234 in a document that writes 5.50."""
    return match["group"] == decimal_point and match["whole"].count(decimal_point) == 1 and match["decimals"] is None


def _read(match: re.Match[str], decimal_point: str) -> int | float:
    whole = match["whole"]
    if _group_is_decimal(match, decimal_point):
        number = Decimal(whole.replace(decimal_point, "."))
    else:
        number = Decimal(re.sub(r"\D", "", whole) + "." + (match["decimals"] or "0"))
    if match["sign"] or match["trailing"]:
        number = -number
    return int(number) if number == int(number) and match["decimals"] is None else float(number)


def _beside_currency(text: str, start: int, end: int) -> bool:
    return any(
        (0 <= currency_start - end <= _CURRENCY_DISTANCE) or (0 <= start - currency_end <= _CURRENCY_DISTANCE)
        for currency_start, currency_end, _ in currency_spans(text)
    )
