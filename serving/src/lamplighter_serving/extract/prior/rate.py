"""How well each span of a document serves a field, by labels, layout and form alone. Pure; the model comes later.

A score is between 0 and 1. It starts from the best label's likeness to what the field asks for, gains from independent evidence
(a check digit, the same value elsewhere) by `1 - (1-a)(1-b)`, and loses by factors (another party's block, a sentence).
"""

import re
from collections.abc import Sequence

from ..candidates.candidate import Candidate, Kind
from ..scene.labels import ROW, Label
from ..scene.scene import Scene
from .rated import Rated, both, ranked, with_repeats
from .similarity import similarity
from .totals import TOTALS, with_totals
from .wish import Wish

# Evidence, each on its own.
CHECK_DIGIT = 0.35  # the number passes the check of what the field asks for, or of a neighbour of it

TOTAL_ROW = 0.3  # in the row of totals, for a field about the sum of a column
# A date without a label, for the date of the document itself.
LETTER_DATE = 0.6
ONLY_DATE = 0.55

# Factors.
OWN_ROLE = 1.05
OTHER_ROLE = 0.12
NO_ROLE = {"supplier": 0.9, "customer": 0.5, "delivery-place": 0.5, "bank": 0.9}
UNASKED_CUSTOMER = 0.85  # a field that names no party, a value in the customer's block
PLAIN_NUMBER = 0.9  # neither decimals nor a currency, for a field about money, in a document that writes all money so …
PLAIN_AMONG_MONEY = 0.5  # … and in one that does not
NEGATIVE = 0.5
PROSE = 0.55  # a sentence among labels; where all is sentences, they are no worse than each other
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

#: Concepts of moments that are the date of the document itself.
_OWN_DATES = frozenset({"issued", "signed", "contract-date", "ordered"})
#: A place and a comma before a date, perhaps with an article: how letters are dated.
_LETTER_HEAD = re.compile(r"(?:^|\t)\s*[^\W\d_][^\d\t,;:]{1,30}(?:,\s*(?:[^\W\d_]{2,4}\s+)?|\s(?:dne|dňa|dnia|den|le|am)\s+)$")
#: Places of labels that cross each other in a table.
_CROSSING = {
    **dict.fromkeys(("left", "row"), frozenset({"above", "column"})),
    **dict.fromkeys(("above", "column"), frozenset({"left", "row"})),
    "linked": frozenset({"inside"}),
    "inside": frozenset({"linked"}),
}
#: Concepts of identifiers that have at least so many digits everywhere.
_LEAST_DIGITS = {"company-id": 4, "vat-id": 6, "tax-id": 6, "iban": 10, "bank-account": 5, "phone": 6}
_COUNTS = frozenset({"quantity", "tax-rate", "exchange-rate"})


def rate(wish: Wish, scene: Scene, candidates: Sequence[Candidate]) -> tuple[Rated, ...]:
    """The candidates as the field sees them, best first. Equal scores stand in reading order."""
    weighed = {
        candidate: [(similarity(wish, label, scene.lexicon), label) for label in scene.labels(candidate)]
        for candidate in candidates
    }
    # A document that tells a company number from a tax number means them apart: then the one does not stand for the other.
    exact = wish.facet == "identity" and any(likeness >= EXACT for pairs in weighed.values() for likeness, _ in pairs)
    rated = [_rate(wish, scene, candidate, pairs, exact=exact) for candidate, pairs in weighed.items()]
    if wish.facet == "money" and TOTALS & set(wish.concepts):
        rated = with_totals(wish, scene, rated)
    return ranked(with_repeats(rated))


def _rate(wish: Wish, scene: Scene, candidate: Candidate, weighed: Sequence[tuple[float, Label]], *, exact: bool) -> Rated:
    score, label = _best(wish, scene, candidate, weighed)
    if exact and 0 < score < EXACT * ROW:
        score *= NEIGHBOUR
    if 0 <= score < LETTER_DATE and wish.facet == "moment":
        score = max(score, _unlabelled_date(wish, scene, candidate))
    if score > 0 and label and label.place in ("above", "column") and wish.facet == "money":
        in_total = any(other.place in ("left", "row") and _is_default(wish, scene, other) for _, other in weighed)
        score = both(score, TOTAL_ROW) if in_total else score
    tags = {scene.lexicon.near(concept, tag) for concept in wish.concepts for tag in candidate.tags}
    if tags and max(tags) > 0 and score >= 0:
        score = both(score, CHECK_DIGIT * max(tags))
    score = max(0.0, score) * _role_factor(wish, scene, candidate, label) * form_factor(wish, scene, candidate)
    return Rated(candidate=candidate, prior=min(score, 0.99), label=label.text if label else "")


def _is_default(wish: Wish, scene: Scene, label: Label) -> bool:
    """Whether a label names only the facet's default: the row "Total" of a table has net amounts and taxes in its columns."""
    return wish.facet is not None and scene.lexicon.meaning(label.text).of(wish.facet) == {
        scene.lexicon.facets[wish.facet].default
    }


def _best(wish: Wish, scene: Scene, candidate: Candidate, weighed: Sequence[tuple[float, Label]]) -> tuple[float, Label | None]:
    """The strongest label. In a table a value has two, of row and column: one that names another thing takes away.

    A value alone in its row belongs to the row, whatever column it happens to stand in ("Total" below the items).
    """
    if not weighed:
        return 0.0, None
    score, label = max(((likeness * label.strength, label) for likeness, label in weighed), key=lambda item: item[0])
    crossing = _CROSSING.get(label.place, frozenset())
    contrary = min(
        (
            likeness * other.strength
            for likeness, other in weighed
            if other.place in crossing and not _is_default(wish, scene, other)
        ),
        default=0.0,
    )
    of_row = label.place in ("left", "row")
    if score > 0 and contrary < -ROW / 2 and not (of_row and scene.finder.is_alone(candidate)):
        score *= CONTRARY
    return score, label


def _unlabelled_date(wish: Wish, scene: Scene, candidate: Candidate) -> float:
    """What speaks for a date that nothing names: letters are dated "Lyon, le 5 mai"; a document's only date is its own."""
    if wish.concepts and not _OWN_DATES & set(wish.concepts):
        return 0.0
    before = scene.view.lines[candidate.line].text[: candidate.start]
    if _LETTER_HEAD.search(before):
        return LETTER_DATE
    return ONLY_DATE if scene.has_one_date else 0.0


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
        factor *= PROSE + (1.0 - PROSE) * scene.prose_share
    if candidate.line in scene.tiny:
        factor *= TINY
    if wish.facet == "money" and isinstance(candidate.value, int | float) and not _COUNTS & set(wish.concepts):
        grouped = not candidate.text.isdigit() and sum(map(str.isdigit, candidate.text)) > 3
        plain = PLAIN_AMONG_MONEY if scene.has_money and not grouped else PLAIN_NUMBER
        factor *= PERCENT if "percent" in candidate.tags else plain if candidate.kind is Kind.NUMBER else 1.0
        factor *= NEGATIVE if candidate.value < 0 and TOTALS & set(wish.concepts) else 1.0
    if candidate.kind is Kind.TEXT and ": " in candidate.text:
        factor *= WITH_LABEL
    if candidate.kind is Kind.IDENTIFIER:
        digits = sum(map(str.isdigit, candidate.text))
        least = min((_LEAST_DIGITS.get(concept, 0) for concept in wish.concepts), default=0)
        factor *= TOO_SHORT if digits < least else SHORT if len(candidate.text) < 3 else 1.0
    return factor
