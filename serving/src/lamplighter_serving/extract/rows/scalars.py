"""Lists of scalars: every value of the document that the field's words ask for, not the best one only.

Three ways, the first that finds something: an enumeration under the list's own name ("Attendees: A, B", or the lines below), a
column of a table, and every candidate whose label, place or form speaks for the field.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..candidates.candidate import Candidate, Kind
from ..decide import NULL_PRIOR
from ..outcome import Scalar
from ..prior.rated import Rated
from ..prior.weigh import LEAST_PRIOR, Option, rate_for, value_of
from ..prior.wish import Wish, wish_of
from ..scene.scene import Scene
from ..schema.parse import ArrayNode, Leaf
from .items import Item, decision
from .lines import enumerated
from .search import find_rows

#: A value whose prior is below this part of the best one's means something else than the best does.
NEAR_BEST = 0.6
#: What stands between the values of an enumeration.
_BETWEEN = re.compile(r"\s*(?:[,;/&+]|and|und|a|et|e|y|i|oraz)\s*")
#: What a form is worth by itself that only one thing has: an e-mail address, an IBAN whose check digits fit.
BY_FORM = 0.7
#: Forms that speak for themselves when the field asks for no more than them.
_TELLING_KINDS = frozenset({Kind.EMAIL, Kind.DATE})
_IN_COLUMNS = frozenset({Kind.TEXT, Kind.AMOUNT, Kind.NUMBER})
_TELLING_TAGS = frozenset({"iban", "phone"})


def find_list(array: ArrayNode, leaf: Leaf, scene: Scene) -> tuple[Item, ...]:
    """The distinct values in reading order. Fewer than `minItems` are filled up with weaker ones."""
    # The list's own title and description say what its items are, when these do not say it themselves.
    asked = replace(leaf, title=leaf.title or array.title, description=leaf.description or array.description)
    wish = wish_of(asked, scene.lexicon)
    found = list(enumerated(wish, scene)) or _in_column(wish, scene) or list(_weighed(wish, scene))
    options = _distinct(leaf, found)
    best = max((option.prior for option in options), default=0.0)
    least = max(NULL_PRIOR, NEAR_BEST * best)
    kept = [option for option in options if option.prior >= least]
    if len(kept) < array.min_items:
        kept = sorted(options, key=lambda option: -option.prior)[: array.min_items]
    ordered = sorted(kept, key=lambda option: option.candidate.place)
    return tuple({leaf: decision(leaf, option)} for option in ordered)


def _in_column(wish: Wish, scene: Scene) -> list[Rated]:
    """The values of the column that the field's words name. Dates and identifiers are found by their labels as well."""
    if not wish.kinds & _IN_COLUMNS:
        return []
    rows = find_rows([wish], frozenset({0}), scene)
    return [decision.option.rated for row in rows for decision in row.values() if decision.option]


def _distinct(leaf: Leaf, found: Sequence[Rated]) -> list[Option]:
    """Each value once, with the best place where it stands."""
    options: dict[Scalar, Option] = {}
    for rated in sorted(found, key=lambda rated: (-rated.prior, rated.candidate.place)):
        if rated.prior < LEAST_PRIOR:
            break
        value = value_of(leaf, rated.candidate)
        if value is not None and value not in options:
            options[value] = Option(value=value, rated=rated)
    return list(options.values())


def _weighed(wish: Wish, scene: Scene) -> Iterator[Rated]:
    """Every candidate, with what its label says, or its form, or the label of those that it is enumerated with."""
    previous: Rated | None = None
    for rated in sorted(rate_for(wish, scene), key=lambda rated: rated.candidate.place):
        found, addressed = rated, rated.candidate.line in scene.addressed
        if not addressed and _tells_itself(wish, scene, rated.candidate):
            found = replace(found, prior=max(found.prior, BY_FORM))
        if previous is not None and not addressed and _follows(previous.candidate, rated.candidate, scene):
            found = replace(found, prior=max(found.prior, previous.prior), label=previous.label)
        previous = found
        yield found


def _follows(first: Candidate, second: Candidate, scene: Scene) -> bool:
    """Whether nothing but a comma or an "and" stands between two candidates of one line."""
    between = scene.view.lines[first.line].text[first.end : second.start]
    return first.line == second.line and first.kind is second.kind and _BETWEEN.fullmatch(between) is not None


def _tells_itself(wish: Wish, scene: Scene, candidate: Candidate) -> bool:
    """Whether the form alone makes a candidate what the field asks for."""
    if wish.role is not None and scene.roles.get(candidate.line) != wish.role:
        return False
    only = frozenset(wish.concepts)
    if candidate.kind is Kind.IDENTIFIER:
        return bool(only) and only <= _TELLING_TAGS and bool(only & candidate.tags)
    return candidate.kind in _TELLING_KINDS and only <= {"email"}
