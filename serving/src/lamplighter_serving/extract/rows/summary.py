"""Rows that sum up a table rather than being one of its items: totals, subtotals, tax, and what is carried over a page."""

from collections.abc import Collection, Sequence

from ..words.folding import tokens
from ..words.lexicon import Lexicon
from .cells import Cell

#: What a sum is called. Discounts and freight are items: they stand among the things sold and add to the sum.
SUMS = frozenset({"total", "payable", "gross", "net", "tax", "tax-rate", "advance", "rounding"})
#: The same for a table whose items are rates of tax.
SUMS_OF_TAXES = frozenset({"total", "payable"})
#: First words of a sum carried from page to page (folded).
_CARRIED = frozenset({"ubertrag", "prenos", "prevod", "prevedeno", "carried", "brought", "riporto", "przeniesienie", "reporte"})
#: A sum is named within so many first words: "Of which VAT 21 %".
_FIRST_WORDS = 3
#: Words shorter than this join others: "k", "of", "do".
_LEAST_LETTERS = 3


def leads_with_sum(cells: Sequence[Cell], sums: Collection[str], lexicon: Lexicon) -> bool:
    """Whether the words of a row begin with the name of a sum."""
    words = _words(cells)[:_FIRST_WORDS]
    if not words:
        return False
    starts = (lexicon.meaning(" ".join(words[:count])).of("money") for count in range(1, len(words) + 1))
    return words[0] in _CARRIED or any(meaning & frozenset(sums) for meaning in starts)


def says_only_sum(cells: Sequence[Cell], sums: Collection[str], lexicon: Lexicon) -> bool:
    """Whether the words of a row name a sum and hardly anything else: "VAT 20 %", but not "VAT consulting"."""
    if not leads_with_sum(cells, sums, lexicon):
        return False
    words = [word for word in _words(cells) if len(word) >= _LEAST_LETTERS]
    meanings = [lexicon.meaning(word) for word in words]
    known = sum(bool(meaning.of("money") or meaning.of("moment") or meaning.words) for meaning in meanings)
    return known * 3 >= len(words) * 2


def _words(cells: Sequence[Cell]) -> list[str]:
    """The words of a row; beside figures, units and signs of currencies are none."""
    return [
        word
        for cell in cells
        for word in tokens(cell.text)
        if word.isalpha() and (len(word) >= _LEAST_LETTERS or not cell.is_figure)
    ]
