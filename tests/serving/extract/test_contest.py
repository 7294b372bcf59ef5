"""Fields that want the same words."""

from lamplighter_serving.extract.candidates.candidate import Kind
from lamplighter_serving.extract.prior.contest import settle
from lamplighter_serving.extract.prior.weigh import Option, Shortlist
from lamplighter_serving.extract.prior.wish import wish_of
from lamplighter_serving.extract.schema.parse import Leaf
from lamplighter_serving.extract.words.lexicon import load_lexicon
from serving.extract.decisions import option_of
from serving.extract.schemas import leaf_of

FIRST, SECOND = leaf_of({"type": "string"}, "first"), leaf_of({"type": "string"}, "second")


def settled(first: list[Option], second: list[Option]) -> tuple[list[tuple[object, float]], list[tuple[object, float]]]:
    """Values and priors of both fields after the contest."""
    lists = settle({FIRST: _list(FIRST, first), SECOND: _list(SECOND, second)})
    return tuple([(option.value, round(option.prior, 3)) for option in lists[leaf].options] for leaf in (FIRST, SECOND))


def _list(leaf: Leaf, options: list[Option]) -> Shortlist:
    return Shortlist(wish=wish_of(leaf, load_lexicon()), options=tuple(options))


def test_the_better_claim_keeps_the_words_and_the_other_field_takes_its_next() -> None:
    first, second = settled([option_of("A", 0.9)], [option_of("A", 0.7), option_of("B", 0.5, line=1)])
    assert first == [("A", 0.9)]
    # 0.7 is lowered to 0.3 of itself.
    assert second == [("B", 0.5), ("A", 0.21)]


def test_claims_that_are_nearly_equal_are_shared() -> None:
    assert settled([option_of("A", 0.9)], [option_of("A", 0.85)]) == ([("A", 0.9)], [("A", 0.85)])


def test_a_claim_that_is_not_a_fields_first_takes_nothing_away() -> None:
    first, second = settled([option_of("X", 0.95, line=3), option_of("A", 0.9)], [option_of("A", 0.5)])
    assert second == [("A", 0.5)]
    assert first == [("X", 0.95), ("A", 0.9)]


def test_words_that_overlap_are_the_same_words() -> None:
    _, second = settled([option_of("ABCD", 0.9)], [option_of("CD", 0.5, start=2)])
    assert second == [("CD", 0.15)]


def test_the_same_value_at_another_place_is_free() -> None:
    assert settled([option_of("A", 0.9)], [option_of("A", 0.5, line=1)])[1] == [("A", 0.5)]


def test_words_read_as_something_else_are_free() -> None:
    date = option_of("2026", 0.5, kind=Kind.DATE)
    assert settled([option_of("2026", 0.9)], [date])[1] == [("2026", 0.5)]


def test_a_field_does_not_compete_with_itself() -> None:
    overlapping = [option_of("ABCD", 0.9), option_of("CD", 0.5, start=2)]
    assert settled(overlapping, [])[0] == [("ABCD", 0.9), ("CD", 0.5)]
