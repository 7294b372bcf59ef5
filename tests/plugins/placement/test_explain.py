"""A refusal names the nearest pool, what is missing there, and the smallest change that fits."""

from lamplighter.domain.pool import Isolation, SharingMode
from lamplighter.placement import Explanation, explain, place
from plugins.placement.cards import CHIPS, claim, engine, need, pool, shared


def explained(one, pools) -> Explanation:
    by_name = {where.name: where for where in pools}
    found = place({one.name: one}, pools=by_name, chips=CHIPS, need=need)
    explanation = explain(one, found.refusals, pools=by_name, chips=CHIPS, need=need)
    assert explanation is not None
    return explanation


def test_the_nearest_pool_is_the_one_where_least_is_missing() -> None:
    # T4: 97 % of 15109 are 14655; L4: 97 % of 22888 are 22201. 25000 miss 2799 there.
    explanation = explained(claim(engines=(engine(25000),), pools=("a", "b")), [pool("a"), pool("b", chip="l4")])
    assert explanation.pool == "b"
    assert "2799 MiB too many" in explanation.sentence


def test_the_smallest_change_is_the_largest_context_and_the_most_requests_that_fit() -> None:
    # 8 requests of 2000: 14655 / 8 = 1831, in blocks of 16: 1824; 14655 / 2000 = 7 requests.
    explanation = explained(claim(engines=(engine(16000, concurrency=8),)), [pool()])
    assert explanation.change == "Lower contextTokens to 1824, or lower concurrency to 7."


def test_fewer_shares_of_the_card_are_offered_where_they_are_enough() -> None:
    # A quarter of a T4 has 3777 MiB, a third 5036.
    explanation = explained(
        claim(engines=(engine(100, model="a"), engine(4800, model="b"))), [pool(sharing=shared(SharingMode.MPS, 4))]
    )
    assert "lower sharing.replicas of pool p to 3" in explanation.change


def test_another_pool_with_room_is_named() -> None:
    explanation = explained(claim(engines=(engine(20000),)), [pool(), pool("l4", chip="l4"), pool("h100", chip="h100-80")])
    assert explanation.change.endswith("or use pool l4.")


def test_a_pool_without_isolation_is_explained_with_what_has_it() -> None:
    one = claim(engines=(engine(1000),), isolation=Isolation.HARD)
    explanation = explained(one, [pool(sharing=shared(SharingMode.TIME_SLICING, 4)), pool("whole")])
    assert "hard isolation" in explanation.sentence
    assert explanation.change.endswith("Or use pool whole.")


def test_where_only_nodes_are_missing_that_is_said() -> None:
    explanation = explained(claim(replicas=5), [pool(nodes=2)])
    assert "3 of 5 replicas of worker w find no node" in explanation.sentence
    assert explanation.change.startswith("Raise nodes.max of pool p by 3")


def test_a_worker_that_was_refused_nowhere_has_nothing_to_explain() -> None:
    assert explain(claim(), (), pools={}, chips=CHIPS, need=need) is None
