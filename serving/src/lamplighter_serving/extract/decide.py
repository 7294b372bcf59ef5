"""Which option of its shortlist each field takes, or none of them: the prior pooled with what the model says.

Both are made distributions over the options and "none of these" and multiplied, the model's to the power of the trust it has.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .prior.weigh import Option, Shortlist
from .schema.parse import Leaf

#: A prior of this size is worth as much as "the document does not say". Calibrated on the samples of seeds 1 to 3
#: (`make bench ONLY=extraction`): below it, more values are invented than found.
NULL_PRIOR = 0.5
#: Odds stay finite.
_EDGE = 0.01


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """What the model says of a shortlist: a probability for each option, and for none of them."""

    options: tuple[float, ...]
    none: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What a field takes; `option` is None for "the document does not say". `score` is the pooled probability."""

    leaf: Leaf
    option: Option | None
    score: float
    prior: float
    model: float | None


def prior_distribution(options: Sequence[Option]) -> tuple[tuple[float, ...], float]:
    """The priors as probabilities of the options and of none of them."""
    odds = [_odds(option.prior) for option in options]
    none = _odds(NULL_PRIOR)
    total = sum(odds) + none
    return tuple(value / total for value in odds), none / total


def can_change(options: Sequence[Option], trust: float) -> bool:
    """Whether any opinion could change what the prior alone would choose. Where none could, the model need not be asked."""
    if not options or trust == 0:
        return False
    priors, none = prior_distribution(options)
    first, second = sorted((*priors, none), reverse=True)[:2]
    return math.log(first) - math.log(second) <= -trust * math.log(_EDGE)


def decide(leaf: Leaf, shortlist: Shortlist, opinion: Opinion | None, trust: float) -> Decision:
    """The best of a shortlist. Without an opinion the prior decides alone."""
    prior, prior_none = prior_distribution(shortlist.options)
    model = opinion or Opinion(options=(1.0,) * len(prior), none=1.0)
    pairs = zip(prior, model.options, strict=True)
    pooled = [math.log(first) + trust * math.log(max(second, _EDGE)) for first, second in pairs]
    pooled_none = math.log(prior_none) + trust * math.log(max(model.none, _EDGE))
    total = sum(math.exp(value) for value in (*pooled, pooled_none))
    best = max(range(len(pooled)), key=lambda place: pooled[place], default=None)
    if best is None or pooled[best] <= pooled_none:
        return Decision(
            leaf=leaf,
            option=None,
            score=math.exp(pooled_none) / total,
            prior=prior_none,
            model=opinion.none if opinion else None,
        )
    return Decision(
        leaf=leaf,
        option=shortlist.options[best],
        score=math.exp(pooled[best]) / total,
        prior=shortlist.options[best].prior,
        model=opinion.options[best] if opinion else None,
    )


def insist(decision: Decision, shortlist: Shortlist) -> Decision:
    """The best option, however weak, where a value that may not be null was not found; unchanged without any evidence."""
    if decision.option is not None or decision.leaf.nullable or not shortlist.options:
        return decision
    option = shortlist.options[0]
    return Decision(leaf=decision.leaf, option=option, score=option.prior, prior=option.prior, model=None)


def without_prior(shortlist: Shortlist) -> Shortlist:
    """The same options, each as likely as none of them: what is left to measure the model alone."""
    options = tuple(replace(option, rated=replace(option.rated, prior=NULL_PRIOR)) for option in shortlist.options)
    return replace(shortlist, options=options)


def _odds(probability: float) -> float:
    bounded = min(max(probability, _EDGE), 1.0 - _EDGE)
    return bounded / (1.0 - bounded)
