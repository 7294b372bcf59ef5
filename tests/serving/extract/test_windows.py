"""Overlapping windows over the lines of a long document."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.extract.model.windows import windows

costs = st.lists(st.integers(1, 30), max_size=60)


def test_a_short_document_is_one_window() -> None:
    assert list(windows([5, 5, 5], room=15)) == [range(3)]


def test_neighbours_share_lines() -> None:
    # Three lines of cost 10 fit into 30; with one line shared each window begins two lines after the one before.
    assert list(windows([10] * 7, room=30, overlap=1)) == [range(0, 3), range(2, 5), range(4, 7)]


def test_a_line_that_fits_nowhere_stands_alone() -> None:
    assert list(windows([1, 99, 1], room=10, overlap=0)) == [range(0, 1), range(1, 2), range(2, 3)]


def test_no_lines_no_window() -> None:
    assert list(windows([], room=10)) == []


@given(costs, st.integers(1, 80), st.integers(0, 8))
def test_windows_cover_all_lines_in_order_within_their_room(costs: list[int], room: int, overlap: int) -> None:
    found = list(windows(costs, room, overlap))
    assert [line for line in range(len(costs)) if not any(line in window for window in found)] == []
    for window in found:
        assert len(window) == 1 or sum(costs[line] for line in window) <= room
    for before, after in pairwise(found):
        assert before.start < after.start <= before.stop < after.stop
        assert before.stop - after.start <= overlap
