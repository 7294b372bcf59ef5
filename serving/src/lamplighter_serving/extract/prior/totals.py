"""What arithmetic says of amounts where a field asks for a total: which is the largest, the sum of others, or still to pay."""

from collections.abc import Sequence
from dataclasses import replace

from ..candidates.candidate import Kind
from ..scene.scene import Scene
from .rated import MOST_PRIOR, Rated, both
from .wish import Wish

#: Concepts of the lexicon that a field about the whole amount may name.
TOTALS = frozenset({"total", "payable", "gross"})

LARGEST = 0.25
SUM = 0.2  # of two other amounts, as net and tax
#: The only amount of a document, whatever it is called.
ONLY = 0.35
#: Where something was paid in advance, the total is not what is still to be paid.
TOTAL_NOT_PAYABLE = 0.6
#: A cent of slack when amounts are added: rounding of each line.
_SLACK = 0.02
#: Pairs of more amounts than this are not added up: an account statement is no invoice.
_MOST_ADDED = 60


def with_totals(wish: Wish, scene: Scene, rated: Sequence[Rated]) -> list[Rated]:
    """The same candidates with what their values say about each other. Takes the square of the number of amounts, bounded."""
    amounts = sorted({value for item in rated if (value := _amount(item)) is not None})
    sums = _sums(amounts) if len(amounts) <= _MOST_ADDED else frozenset()
    paid = "payable" in wish.concepts and any(_is_advance(scene, item) for item in rated)
    return [_with_evidence(item, amounts, sums, reduced=paid and not _names(scene, item, "payable")) for item in rated]


def _with_evidence(item: Rated, amounts: Sequence[float], sums: frozenset[float], *, reduced: bool) -> Rated:
    value = _amount(item)
    if value is None or item.prior <= 0:
        return item
    evidence = item.prior * both(LARGEST if value == amounts[-1] else 0.0, SUM if value in sums else 0.0)
    if len(amounts) == 1:
        evidence = ONLY
    prior = both(item.prior, evidence) * (TOTAL_NOT_PAYABLE if reduced else 1.0)
    return replace(item, prior=min(MOST_PRIOR, prior))


def _sums(amounts: Sequence[float]) -> frozenset[float]:
    """Amounts that are the sum of two different smaller ones. `amounts` ascend."""
    return frozenset(
        largest
        for place, largest in enumerate(amounts)
        for first in amounts[:place]
        for second in amounts[:place]
        if 0 < first < second and abs(first + second - largest) <= _SLACK
    )


def _amount(item: Rated) -> float | None:
    value = item.candidate.value
    return float(value) if item.candidate.kind is Kind.AMOUNT and isinstance(value, int | float) else None


def _is_advance(scene: Scene, item: Rated) -> bool:
    value = _amount(item)
    return bool(value) and any(
        "advance" in scene.lexicon.meaning(label.text).of("money") for label in scene.labels(item.candidate)[:1]
    )


def _names(scene: Scene, item: Rated, concept: str) -> bool:
    return concept in scene.lexicon.meaning(item.label).of("money")
