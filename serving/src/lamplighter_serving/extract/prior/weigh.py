"""Every field against every candidate: which rating applies to which field, and what of it the schema can take."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..candidates.candidate import Candidate, Kind
from ..candidates.literals import find_literals
from ..outcome import Scalar
from ..scene.scene import Scene
from ..schema.parse import Leaf
from .currency import rate_currency
from .party import rate_party
from .rate import rate
from .rated import Rated
from .wish import Wish, wish_of

#: How many different values of a field are kept: what the model is shown, and what is left for the repair round.
SHORTLIST = 6
#: Below this a candidate is not worth a place in the list.
LEAST_PRIOR = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """A value that a field could take: normalised, allowed by the schema, with the best place where it stands."""

    value: Scalar
    rated: Rated

    @property
    def candidate(self) -> Candidate:
        """Where it stands."""
        return self.rated.candidate

    @property
    def prior(self) -> float:
        """What label and layout say, 0 to 1."""
        return self.rated.prior


@dataclass(frozen=True, kw_only=True, slots=True)
class Shortlist:
    """The best options of one field, best first, each value once."""

    wish: Wish
    options: tuple[Option, ...]


def shortlist(leaf: Leaf, scene: Scene, *, unweighed: bool = False) -> Shortlist:
    """The best options of a leaf. `unweighed` keeps options without any evidence, for measuring the model alone."""
    wish = wish_of(leaf, scene.lexicon)
    options: dict[Scalar, Option] = {}
    for rated in rate_for(wish, scene):
        if len(options) >= SHORTLIST or (rated.prior < LEAST_PRIOR and not unweighed):
            break
        value = value_of(leaf, rated.candidate)
        if value is not None and value not in options:
            options[value] = Option(value=value, rated=rated)
    return Shortlist(wish=wish, options=tuple(options.values()))


def value_of(leaf: Leaf, candidate: Candidate) -> Scalar:
    """The candidate as a value of the leaf, in the first of its forms that the schema allows; None when none is."""
    for form in _forms(leaf, candidate):
        if leaf.accepts(form):
            return form
    return None


def _forms(leaf: Leaf, candidate: Candidate) -> Iterator[Scalar]:
    value = candidate.value
    if leaf.type in ("number", "integer"):
        if isinstance(value, int | float):
            yield int(value) if leaf.type == "integer" and value == int(value) else value
    elif leaf.type == "boolean":
        yield value
    elif candidate.kind in (Kind.AMOUNT, Kind.NUMBER) or (candidate.kind is Kind.DATE and leaf.format != "date"):
        # A text field takes a number or date as it stands, unless only the normal form satisfies its pattern.
        yield candidate.text
        yield str(value)
    else:
        yield value
        yield candidate.text


def rate_for(wish: Wish, scene: Scene) -> tuple[Rated, ...]:
    """The candidates of a field by the rating that fits it, best first."""
    if Kind.CURRENCY in wish.kinds:
        return rate_currency(wish, scene)
    if wish.leaf.enum is not None and wish.leaf.type == "string":
        return rate(wish, scene, tuple(find_literals(scene.view, [str(value) for value in wish.leaf.enum])))
    if wish.facet == "party" or (wish.facet is None and wish.role is not None):
        return rate_party(wish, scene)
    return rate(wish, scene, scene.of_kinds(wish.kinds))
