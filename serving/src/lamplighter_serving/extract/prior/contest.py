"""Fields that want the same words. One span usually means one thing, so the field that has the better claim keeps it."""

from collections.abc import Mapping
from dataclasses import replace

from ..schema.parse import Leaf
from .weigh import Option, Shortlist

#: What is left of a claim on words that another field claims with more right.
LOSING_CLAIM = 0.3
#: Claims this close are shared: a label may name two things ("Issue date and tax point").
EQUAL_CLAIM = 0.08

Shortlists = Mapping[Leaf, Shortlist]


def settle(shortlists: Shortlists) -> dict[Leaf, Shortlist]:
    """The shortlists with every losing claim lowered, each again best first."""
    claims = [(option, leaf) for leaf, item in shortlists.items() for option in item.options[:1]]
    settled = {}
    for leaf, item in shortlists.items():
        lowered = [
            _lowered(option) if any(_loses(option, other) for other, owner in claims if owner is not leaf) else option
            for option in item.options
        ]
        settled[leaf] = replace(item, options=tuple(sorted(lowered, key=lambda option: -option.prior)))
    return settled


def _loses(option: Option, other: Option) -> bool:
    same = option.candidate.kind is other.candidate.kind and option.candidate.overlaps(other.candidate)
    return same and other.prior > option.prior + EQUAL_CLAIM


def _lowered(option: Option) -> Option:
    return replace(option, rated=replace(option.rated, prior=option.prior * LOSING_CLAIM))
