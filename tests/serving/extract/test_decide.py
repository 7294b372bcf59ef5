"""What a field takes, from what label and layout say and what the model says."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.engines.base import EngineFacts
from lamplighter_serving.extract.decide import (
    NULL_PRIOR,
    Decision,
    Opinion,
    can_change,
    decide,
    insist,
    prior_distribution,
    without_prior,
)
from lamplighter_serving.extract.model.trust import trust_in
from lamplighter_serving.extract.prior.weigh import Shortlist
from lamplighter_serving.extract.prior.wish import wish_of
from lamplighter_serving.extract.words.lexicon import load_lexicon
from serving.extract.decisions import option_of
from serving.extract.schemas import leaf_of

LEAF = leaf_of({"type": "string"})
NULLABLE = leaf_of({"type": ["string", "null"]})


def list_of(*priors: float) -> Shortlist:
    options = tuple(option_of(f"v{place}", prior, line=place) for place, prior in enumerate(priors))
    return Shortlist(wish=wish_of(LEAF, load_lexicon()), options=options)


def decided(priors: list[float], opinion: Opinion | None = None, trust: float = 1.0) -> Decision:
    return decide(LEAF, list_of(*priors), opinion, trust)


def value(decision: Decision) -> object:
    return decision.option.value if decision.option else None


def test_without_an_opinion_the_prior_decides() -> None:
    assert value(decided([0.9, 0.6])) == "v0"
    assert value(decided([NULL_PRIOR - 0.1])) is None
    assert value(decided([])) is None


def test_priors_become_probabilities_by_their_odds() -> None:
    # Odds of 0.8 are 4, of 0.5 are 1, of "none" 1: four sixths, a sixth, a sixth.
    options, none = prior_distribution(list_of(0.8, 0.5).options)
    assert options == pytest.approx((4 / 6, 1 / 6))
    assert none == pytest.approx(1 / 6)


def test_the_model_is_multiplied_with_the_prior() -> None:
    # 4/6 · 0.1 against 1/6 · 0.8 against 1/6 · 0.1; the second wins with 0.8/(0.4+0.8+0.1).
    decision = decided([0.8, 0.5], Opinion(options=(0.1, 0.8), none=0.1))
    assert value(decision) == "v1"
    assert decision.score == pytest.approx(0.8 / 1.3)
    assert (decision.prior, decision.model) == (pytest.approx(0.5), 0.8)


def test_a_model_that_is_not_trusted_changes_nothing() -> None:
    assert value(decided([0.8, 0.5], Opinion(options=(0.0, 1.0), none=0.0), trust=0.0)) == "v0"


def test_a_model_can_say_that_the_document_does_not_say() -> None:
    assert value(decided([0.6], Opinion(options=(0.02,), none=0.98))) is None


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.lists(st.floats(0, 1), min_size=7, max_size=7), st.floats(0, 2))
def test_a_model_that_cannot_change_the_choice_does_not(priors: list[float], said: list[float], trust: float) -> None:
    opinion = Opinion(options=tuple(said[: len(priors)]), none=said[-1])
    decision = decided(priors, opinion, trust)
    assert 0.0 <= decision.score <= 1.0 + 1e-9
    if not can_change(list_of(*priors).options, trust):
        assert value(decision) == value(decided(priors))


def test_a_value_that_may_not_be_null_is_taken_on_the_best_evidence_there_is() -> None:
    weak = list_of(0.2, 0.1)
    assert value(insist(decide(LEAF, weak, None, 1.0), weak)) == "v0"
    assert value(insist(decide(NULLABLE, weak, None, 1.0), weak)) is None
    assert value(insist(decide(LEAF, list_of(), None, 1.0), list_of())) is None


def test_without_its_prior_every_option_is_as_likely_as_none() -> None:
    options, none = prior_distribution(without_prior(list_of(0.9, 0.1)).options)
    assert {round(share, 9) for share in (*options, none)} == {round(1 / 3, 9)}


@pytest.mark.parametrize(
    ("details", "trust"),
    [({}, 1.0), ({"trust": 0.25}, 0.25), ({"trust": 0}, 0.0), ({"trust": -1}, 0.0), ({"trust": 9}, 2.0), ({"trust": "x"}, 1.0)],
)
def test_the_trust_of_the_catalog_is_kept_within_bounds(details: dict[str, object], trust: float) -> None:
    facts = EngineFacts(name="n", model="m", context_tokens=1, concurrency=1, details=details)
    assert math.isclose(trust_in(facts), trust)
