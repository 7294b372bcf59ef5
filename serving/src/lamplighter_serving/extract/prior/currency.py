"""How well each currency named in a document serves a field that asks for the document's currency.

A currency seldom has a label. What speaks for it: the word "currency" beside it, that it stands at a total, and how often it is
named compared with others.
"""

from collections import Counter
from collections.abc import Sequence

from ..candidates.candidate import Candidate, Kind
from ..scene.scene import Scene
from .rate import form_factor
from .rated import Rated, both, ranked
from .wish import Wish

LABELLED = 0.9
AT_TOTAL = 0.8  # beside an amount that a label calls a total, or in that label
AT_AMOUNT = 0.45
#: For the only currency of a document; less by its share of all places.
MOST_NAMED = 0.7
#: How far from an amount its currency may stand, in characters.
_BESIDE = 2

_TOTALS = frozenset({"total", "payable", "gross"})


def rate_currency(wish: Wish, scene: Scene) -> tuple[Rated, ...]:
    """All places where a currency is named, best first."""
    places = scene.of_kinds(frozenset({Kind.CURRENCY}))
    named = Counter(place.value for place in places if place.line not in scene.addressed)
    amounts: dict[int, list[Candidate]] = {}
    for amount in scene.of_kinds(frozenset({Kind.AMOUNT})):
        amounts.setdefault(amount.line, []).append(amount)
    rated = []
    for place in places:
        evidence, label = _evidence(scene, place, amounts.get(place.line, ()))
        share = MOST_NAMED * named[place.value] / max(1, named.total())
        prior = both(evidence, share) * form_factor(wish, scene, place)
        rated.append(Rated(candidate=place, prior=min(0.99, prior), label=label))
    return ranked(rated)


def _evidence(scene: Scene, place: Candidate, amounts: Sequence[Candidate]) -> tuple[float, str]:
    """The strongest sign at one place, and the label that gave it."""
    beside = [
        amount
        for amount in amounts
        if amount.end <= place.start <= amount.end + _BESIDE or place.end <= amount.start <= place.end + _BESIDE
    ]
    signs = [(0.0, "")]
    for label in scene.labels(place):
        meaning = scene.lexicon.meaning(label.text)
        if "currency" in meaning.of("quality"):
            signs.append((LABELLED * label.strength, label.text))
    for amount in beside:
        signs.append((AT_AMOUNT, ""))
        signs.extend((AT_TOTAL * label.strength, label.text) for label in scene.labels(amount) if _is_total(scene, label.text))
    line = scene.finder.remainder(scene.view.lines[place.line])
    if not beside and _is_total(scene, line):
        signs.append((AT_TOTAL, line.strip()))
    return max(signs, key=lambda sign: sign[0])


def _is_total(scene: Scene, text: str) -> bool:
    named = scene.lexicon.meaning(text).of("money")
    return bool(named & _TOTALS) and named <= _TOTALS
