"""Identifiers: numbers of documents, companies, accounts; and e-mail addresses. A check digit that fits is noted as a tag.

Whose number it is the form cannot say; labels decide that. `python-stdnum` knows the check digits.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from stdnum import iban
from stdnum.cz import dic
from stdnum.de import vat as german_vat
from stdnum.es import nif
from stdnum.eu import vat as european_vat
from stdnum.fr import siren, siret
from stdnum.it import iva
from stdnum.pl import nip, regon

from ..scene.view import View, ViewLine
from .candidate import Candidate, Kind
from .digits import readable

Spans = Mapping[int, Sequence[tuple[int, int]]]

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?: ?[0-9A-Z]{2,4}){3,8}(?![^\W_])")
_PHONE = re.compile(r"(?<![\w+])\+\d{1,3}(?:[ ()-]{0,2}\d{2,5}){2,5}(?!\w)")
#: Letters and digits with the signs inside numbers of documents.
_WORD = re.compile(r"[^\W_](?:[^\W_]|[-/._–](?=[^\W_]))*")
#: Digits in groups set apart by one space, perhaps with capitals before them: `CZ 12345678`, `123 45 678`, `HRB 1234`.
_GROUPS = re.compile(r"(?<![^\W_])(?:(?:[A-Z]{1,4} )?\d{1,5}(?: \d{2,6}){1,5}|[A-Z]{1,4} \d{3,12})(?![^\W_])")
#: A number whose slashes or hyphens stand between spaces: `2026 / 001`.
_SPACED = re.compile(r"(?<![^\W_])[^\W_]{1,8}(?: ?[-/] ?[^\W_]{1,10}){1,4}(?![^\W_])")
#: An abbreviation that runs into the number: `No.2026-01`, `č.2026001`.
_RUN_IN = re.compile(r"[^\W\d_]{1,5}\.(?=[^\W_])")
#: Capitals set apart before a number: a country (`CZ 12345678`) or a label (`NIP 5252344078`).
_CAPITALS = re.compile(r"[A-Z]{2,4} (?=\d)")
_LEAST_CHARACTERS, _MOST_CHARACTERS = 2, 40


def _is_czech_company(number: str) -> bool:
    """IČO: eight digits; Czechia and Slovakia share the check digit. A DIČ of a company is the same number after `CZ`."""
    return len(number) == 8 and number.isdigit() and dic.is_valid(f"CZ{number}")


#: Concepts of the lexicon and a check of each national form of them.
_CHECKS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("company-id", _is_czech_company),
    ("company-id", siren.is_valid),
    ("company-id", siret.is_valid),
    ("company-id", regon.is_valid),
    ("tax-id", nip.is_valid),
    ("tax-id", nif.is_valid),
    ("vat-id", dic.is_valid),
    ("vat-id", german_vat.is_valid),
    ("vat-id", iva.is_valid),
    ("vat-id", european_vat.is_valid),
    ("iban", iban.is_valid),
)


def find_identifiers(view: View, taken: Spans, is_label: Callable[[str], bool]) -> Iterator[Candidate]:
    """Identifiers and e-mail addresses outside of `taken`: spans, by line, that are dates or amounts of money.

    A number in groups is offered whole, not in parts. Capitals before it that are a label (`NIP 525…`) are left out of it.
    """
    for line in view.lines:
        text = readable(line)
        blocked = list(taken.get(line.index, ()))
        for match in _EMAIL.finditer(text):
            blocked.append(match.span())
            yield _candidate(line, *match.span(), match[0], Kind.EMAIL)
        for start, end in sorted(_spans(text, is_label)):
            if not any(start < other_end and other_start < end for other_start, other_end in blocked):
                yield _candidate(line, start, end, _value(text[start:end]), Kind.IDENTIFIER)


def _spans(text: str, is_label: Callable[[str], bool]) -> set[tuple[int, int]]:
    spans = set()
    for pattern in (_IBAN, _PHONE, _WORD, _GROUPS, _SPACED):
        for match in pattern.finditer(text):
            before = _RUN_IN.match(match[0]) or _CAPITALS.match(match[0])
            named = before is not None and (before.re is _RUN_IN or is_label(before[0]))
            start = match.start() + (before.end() if before and named else 0)
            end = match.start() + _iban_length(match[0]) if pattern is _IBAN else match.end()
            if _plausible(text[start:end]):
                spans.add((start, end))
    return {span for span in spans if not any(_holds(other, span) for other in spans)}


def _iban_length(text: str) -> int:
    """How much of the text is the IBAN: a short word in capitals after it (`BIC`, `EUR`) looks like one more group."""
    ends = [len(text), *(match.start() for match in re.finditer(" ", text))]
    return next((end for end in sorted(ends, reverse=True) if iban.is_valid(text[:end])), len(text))


def _holds(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
    return outer != inner and outer[0] <= inner[0] and inner[1] <= outer[1]


def _plausible(text: str) -> bool:
    return any(character.isdigit() for character in text) and _LEAST_CHARACTERS <= len(text) <= _MOST_CHARACTERS


def _value(text: str) -> str:
    """Without spaces, except in a telephone number, which people write in groups."""
    return text if text.startswith("+") else text.replace(" ", "")


def _candidate(line: ViewLine, start: int, end: int, value: str, kind: Kind) -> Candidate:
    tags = _tags(value) if kind is Kind.IDENTIFIER else frozenset({"email"})
    return Candidate.of(line, start, end, kind=kind, value=value, tags=tags)


def _tags(value: str) -> frozenset[str]:
    if value.startswith("+"):
        return frozenset({"phone"})
    return frozenset(concept for concept, is_valid in _CHECKS if is_valid(value))
