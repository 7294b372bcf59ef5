"""How well each span of a document serves a field, by labels, layout and form alone. Pure; the model comes later.

A score is between 0 and 1. It starts from the best label's likeness to what the field asks for, gains from independent evidence
(a check digit, the same value elsewhere) by `1 - (1-a)(1-b)`, and loses by factors (another party's block, a sentence).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from .candidates.candidate import Candidate, Kind
from .labels import ROW, Label
from .scene import Scene
from .similarity import similarity
from .wish import Wish

# Evidence, each on its own.
CHECK_DIGIT = 0.35  # the number passes the check of what the field asks for, or of a neighbour of it
LARGEST = 0.25  # the largest amount, for a field that asks for a total
SUM = 0.2  # the sum of two other amounts, for a field that asks for a total
ELSEWHERE = 0.3  # of the score that the same value has at another place

# Factors.
OWN_ROLE = 1.05
OTHER_ROLE = 0.12
NO_ROLE = {"supplier": 0.9, "customer": 0.5, "delivery-place": 0.5, "bank": 0.9}
UNASKED_CUSTOMER = 0.85  # a field that names no party, a value in the customer's block
PLAIN_NUMBER = 0.75  # neither decimals nor a currency, for a field about money
NEGATIVE = 0.5
PROSE = 0.55
TINY = 0.5
ADDRESSED = 0.05
CONTRARY = 0.3  # another label of the same value names another thing
TOO_SHORT = 0.1  # fewer digits than numbers of this kind have
SHORT = 0.5  # an identifier of one or two characters
WITH_LABEL = 0.4  # a text that still holds its label
NEIGHBOUR = 0.6  # a neighbouring concept, in a document that names the very one elsewhere
#: A label this like a field names exactly what it asks for.
EXACT = 0.9
#: What recognition's confidence can take away.
CONFIDENCE_SHARE = 0.3
#: Percentages are no money.
PERCENT = 0.1

#: Places of labels that cross each other in a table.
_CROSSING = {
    **dict.fromkeys(("left", "row"), frozenset({"above", "column"})),
    **dict.fromkeys(("above", "column"), frozenset({"left", "row"})),
}
#: Concepts of identifiers that have at least so many digits everywhere.
_LEAST_DIGITS = {"company-id": 4, "vat-id": 6, "tax-id": 6, "iban": 10, "bank-account": 5, "phone": 6}
_TOTALS = frozenset({"total", "payable", "gross"})
_COUNTS = frozenset({"quantity", "tax-rate", "exchange-rate"})
#: A cent of slack when amounts are added: rounding of each line.
_SLACK = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Rated:
    """A candidate as one field sees it. `label` is the one that spoke most for it, for the model and for people."""

    candidate: Candidate
    prior: float
    label: str


def rate(wish: Wish, scene: Scene, candidates: Sequence[Candidate]) -> tuple[Rated, ...]:
    """The candidates as the field sees them, best first. Equal scores stand in reading order."""
    weighed = {
        candidate: [(similarity(wish, label, scene.lexicon), label) for label in scene.labels(candidate)]
        for candidate in candidates
    }
    # A document that tells a company number from a tax number means them apart: then the one does not stand for the other.
    exact = wish.facet == "identity" and any(likeness >= EXACT for pairs in weighed.values() for likeness, _ in pairs)
    rated = [_rate(wish, scene, candidate, pairs, exact=exact) for candidate, pairs in weighed.items()]
    if wish.facet == "money" and _TOTALS & set(wish.concepts):
        rated = _with_totals(rated)
    return ranked(with_repeats(rated))


def ranked(rated: Sequence[Rated]) -> tuple[Rated, ...]:
    """Best first; equal scores in reading order, the longer span before the shorter."""

    def order(item: Rated) -> tuple[float, int, int, int]:
        return -round(item.prior, 4), item.candidate.line, item.candidate.start, -item.candidate.end

    return tuple(sorted(rated, key=order))


def both(first: float, second: float) -> float:
    """Two independent pieces of evidence together."""
    return 1.0 - (1.0 - first) * (1.0 - second)


def _rate(wish: Wish, scene: Scene, candidate: Candidate, weighed: Sequence[tuple[float, Label]], *, exact: bool) -> Rated:
    score, label = _best(weighed)
    if exact and 0 < score < EXACT * ROW:
        score *= NEIGHBOUR
    tags = {scene.lexicon.near(concept, tag) for concept in wish.concepts for tag in candidate.tags}
    if tags and max(tags) > 0 and score >= 0:
        score = both(score, CHECK_DIGIT * max(tags))
    score = max(0.0, score) * _role_factor(wish, scene, candidate, label) * form_factor(wish, scene, candidate)
    return Rated(candidate=candidate, prior=min(score, 0.99), label=label.text if label else "")


def _best(weighed: Sequence[tuple[float, Label]]) -> tuple[float, Label | None]:
    """The strongest label. In a table a value has two, of row and column: one that names another thing takes away."""
    if not weighed:
        return 0.0, None
    score, label = max(((likeness * label.strength, label) for likeness, label in weighed), key=lambda item: item[0])
    crossing = _CROSSING.get(label.place, frozenset())
    contrary = min((likeness * other.strength for likeness, other in weighed if other.place in crossing), default=0.0)
    if score > 0 and contrary < -ROW / 2:
        score *= CONTRARY
    return score, label


def _role_factor(wish: Wish, scene: Scene, candidate: Candidate, label: Label | None) -> float:
    said = scene.lexicon.meaning(label.text).of("role") if label else frozenset()
    role = None
    if said and label and label.place != "above":
        role = wish.role if wish.role in said else next(iter(sorted(said)))
    else:
        role = scene.roles.get(candidate.line)
    if wish.role is None:
        return UNASKED_CUSTOMER if role == "customer" and wish.facet in ("identity", "party") else 1.0
    if role is None:
        return NO_ROLE[wish.role]
    return OWN_ROLE if role == wish.role else OTHER_ROLE


def form_factor(wish: Wish, scene: Scene, candidate: Candidate) -> float:
    """What the candidate's own form and line take away: recognition, instructions, sentences, fine print."""
    factor = 1.0 - CONFIDENCE_SHARE * (1.0 - candidate.confidence)
    if candidate.line in scene.addressed:
        factor *= ADDRESSED
    if candidate.line in scene.prose:
        factor *= PROSE
    if candidate.line in scene.tiny:
        factor *= TINY
    if wish.facet == "money" and isinstance(candidate.value, int | float) and not _COUNTS & set(wish.concepts):
        factor *= PERCENT if "percent" in candidate.tags else PLAIN_NUMBER if candidate.kind is Kind.NUMBER else 1.0
        factor *= NEGATIVE if candidate.value < 0 and _TOTALS & set(wish.concepts) else 1.0
    if candidate.kind is Kind.TEXT and ": " in candidate.text:
        factor *= WITH_LABEL
    if candidate.kind is Kind.IDENTIFIER:
        digits = sum(map(str.isdigit, candidate.text))
        least = min((_LEAST_DIGITS.get(concept, 0) for concept in wish.concepts), default=0)
        factor *= TOO_SHORT if digits < least else SHORT if len(candidate.text) < 3 else 1.0
    return factor


def _with_totals(rated: Sequence[Rated]) -> list[Rated]:
    """Adds what arithmetic says: a total is the largest amount, and the sum of the net amount and the tax."""
    values = (item.candidate.value for item in rated if item.candidate.kind is Kind.AMOUNT)
    amounts = sorted({float(value) for value in values if isinstance(value, int | float)})
    if not amounts:
        return list(rated)
    sums = (
        {
            largest
            for place, largest in enumerate(amounts)
            for first in amounts[:place]
            for second in amounts[:place]
            if first < second and second > 0 and first > 0 and abs(first + second - largest) <= _SLACK
        }
        if len(amounts) <= 60
        else set()
    )
    result = []
    for item in rated:
        value = item.candidate.value
        evidence = 0.0
        if _is_amount(item) and item.prior > 0:
            evidence = both(LARGEST if value == amounts[-1] else 0.0, SUM if value in sums else 0.0)
        result.append(replace(item, prior=min(0.99, both(item.prior, evidence * item.prior))) if evidence else item)
    return result


def _is_amount(item: Rated) -> bool:
    return item.candidate.kind is Kind.AMOUNT and isinstance(item.candidate.value, int | float)


def with_repeats(rated: Sequence[Rated]) -> list[Rated]:
    """Adds, to the best place of each value, what its second best place says."""
    by_value: dict[object, list[float]] = {}
    for item in rated:
        by_value.setdefault(item.candidate.value, []).append(item.prior)
    result = []
    for item in rated:
        scores = sorted(by_value[item.candidate.value], reverse=True)
        if len(scores) > 1 and item.prior == scores[0]:
            result.append(replace(item, prior=min(0.99, both(item.prior, ELSEWHERE * scores[1]))))
        else:
            result.append(item)
    return result
