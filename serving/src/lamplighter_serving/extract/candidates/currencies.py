"""Currencies by sign, word or ISO 4217 code. Knows which signs are shared by several currencies and leaves those out."""

import re
from collections.abc import Iterator

from ..scene.view import View
from ..words.folding import fold
from .candidate import Candidate, Kind

#: ISO 4217 codes that stand in business documents of Europe and its trading partners.
CODES = frozenset(
    [
        "AED", "AUD", "BAM", "BGN", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HRK",
        "HUF", "ILS", "INR", "ISK", "JPY", "KRW", "MDL", "MKD", "MXN", "NOK", "NZD", "PLN", "RON", "RSD",
        "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "UAH", "USD", "VND", "ZAR",
    ]
)  # fmt: skip
#: Signs and words, folded. A sign of several currencies (`kr`) is left to the codes beside it.
WORDS = {
    "kc": "CZK", "korun ceskych": "CZK", "ceskych korun": "CZK", "koruna ceska": "CZK", "koruny ceske": "CZK",
    "€": "EUR", "euro": "EUR", "euros": "EUR", "eur": "EUR", "eura": "EUR",
    "$": "USD", "us$": "USD", "us dollars": "USD", "us dollar": "USD", "dollars": "USD",
    "£": "GBP", "pounds sterling": "GBP", "pound sterling": "GBP",
    "zl": "PLN", "zlotych": "PLN", "zloty": "PLN", "zlote": "PLN",
    "ft": "HUF", "forint": "HUF", "sfr": "CHF", "fr.": "CHF", "schweizer franken": "CHF", "francs suisses": "CHF",
    "lei": "RON", "лв": "BGN", "₴": "UAH", "₺": "TRY", "¥": "JPY", "₹": "INR", "a$": "AUD", "c$": "CAD",
    "danske kroner": "DKK", "svenska kronor": "SEK", "norske kroner": "NOK",
}  # fmt: skip
#: Words that mean money only beside a number.
_SHARED_WORDS = frozenset({"ft", "lei", "fr.", "dollars"})
_CODE = re.compile(r"(?<![^\W\d_])(?:" + "|".join(sorted(CODES)) + r")(?![^\W\d_])")
_WORD = re.compile(
    r"(?<![^\W\d_])(?:" + "|".join(re.escape(word) for word in sorted(WORDS, key=len, reverse=True)) + r")(?![^\W\d_])"
)


def find_currencies(view: View) -> Iterator[Candidate]:
    """Every place where a currency is named."""
    for line in view.lines:
        for start, end, code in currency_spans(line.text):
            yield Candidate.of(line, start, end, kind=Kind.CURRENCY, value=code)


def currency_spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and code of each currency in a text, from left to right."""
    folded = "".join(_one_for_one(character) for character in text)
    spans = [(*match.span(), match[0]) for match in _CODE.finditer(text)]
    spans += [
        (*match.span(), WORDS[match[0]])
        for match in _WORD.finditer(folded)
        if not any(match.start() < end and start < match.end() for start, end, _ in spans)
        and (match[0] not in _SHARED_WORDS or _beside_number(folded, match))
    ]
    yield from sorted(spans)


def _one_for_one(character: str) -> str:
    """Folds a character where the result is one character long, so that offsets hold."""
    folded = fold(character)
    return folded if len(folded) == 1 else character


def _beside_number(text: str, match: re.Match[str]) -> bool:
    return text[: match.start()].rstrip()[-1:].isdigit() or text[match.end() :].lstrip()[:1].isdigit()
