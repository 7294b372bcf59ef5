"""Candidates as one field sees them: with a prior each, in order, and stronger where the document repeats itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..candidates.candidate import Candidate

#: Part of the score that the same value has at its second best place, added to the best.
ELSEWHERE = 0.3
#: No evidence makes certain.
MOST_PRIOR = 0.99


@dataclass(frozen=True, kw_only=True, slots=True)
class Rated:
    """A candidate as one field sees it. `label` is the one that spoke most for it, for the model and for people."""

    candidate: Candidate
    prior: float
    label: str


def ranked(rated: Sequence[Rated]) -> tuple[Rated, ...]:
    """Best first; equal scores in reading order, the longer span before the shorter."""

    def order(item: Rated) -> tuple[float, int, int, int]:
        return -round(item.prior, 4), item.candidate.line, item.candidate.start, -item.candidate.end

    return tuple(sorted(rated, key=order))


def both(first: float, second: float) -> float:
    """Two independent pieces of evidence together."""
    return 1.0 - (1.0 - first) * (1.0 - second)


def with_repeats(rated: Sequence[Rated]) -> list[Rated]:
    """Adds, to the best place of each value, what its second best place says."""
    by_value: dict[object, list[float]] = {}
    for item in rated:
        by_value.setdefault(item.candidate.value, []).append(item.prior)
    result = []
    for item in rated:
        scores = sorted(by_value[item.candidate.value], reverse=True)
        if len(scores) > 1 and item.prior == scores[0]:
            result.append(replace(item, prior=min(MOST_PRIOR, both(item.prior, ELSEWHERE * scores[1]))))
        else:
            result.append(item)
    return result
