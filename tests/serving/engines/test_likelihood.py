"""Labels weighed by the likelihood of next tokens."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.engines.likelihood import weigh_labels

LIKELY = st.floats(max_value=0.0) | st.sampled_from([-math.inf, math.nan, -9999.0])
TOP = st.lists(st.tuples(st.sampled_from(["A", " A", "B", " C", "the", ""]), LIKELY), max_size=20)


@given(TOP)
def test_probabilities_are_finite_and_add_up_to_one_whatever_a_server_says(top: list[tuple[str, float]]) -> None:
    weights = weigh_labels(("A", "B", "C"), top)
    assert all(math.isfinite(value) for value in weights)
    assert math.isclose(sum(math.exp(value) for value in weights), 1.0, rel_tol=1e-9)


def test_a_label_with_and_without_a_space_is_one_label() -> None:
    weights = weigh_labels(("A", "B"), [("A", math.log(0.25)), (" A", math.log(0.25)), ("B", math.log(0.5))])
    assert weights == pytest.approx((math.log(0.5), math.log(0.5)))


def test_a_label_beyond_the_likeliest_is_less_likely_than_all_of_them() -> None:
    weights = weigh_labels(("A", "B"), [("A", -1.0), ("the", -3.0)])
    assert weights[0] - weights[1] == pytest.approx(3.0)  # B stands one nat below the last, at -4


def test_labels_so_unlikely_that_a_float_cannot_hold_them_still_compare() -> None:
    weights = weigh_labels(("A", "B"), [("the", 0.0), ("A", -1000.0), ("B", -1001.0)])
    assert weights[0] - weights[1] == pytest.approx(1.0)


def test_no_tokens_at_all_leave_the_choice_even() -> None:
    assert weigh_labels(("A", "B"), [("A", -math.inf)]) == pytest.approx((math.log(0.5),) * 2)
