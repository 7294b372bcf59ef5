"""Lines as the extraction looks at them: their text, parts of it, and their neighbours."""

from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.documents.page import Box, Line
from lamplighter_serving.extract.scene.view import shares_row, view_of
from serving.extract.layout import document_of, line_at, rows_of, view_of_rows


def test_a_wide_gap_is_a_tab_and_a_narrow_one_a_space() -> None:
    # A character is 5 points wide, a line 10 high: one space is half a height, two are a whole one.
    assert view_of_rows("Celkem 1 000  Kč").lines[0].text == "Celkem 1 000\tKč"


def test_white_space_inside_a_word_stays_one_character() -> None:
    line = view_of_rows("1\u00a0234 Kč").lines[0]
    assert line.text == "1 234 Kč"
    assert line.starts == (0, 6)


def test_a_part_of_a_line_has_a_part_of_its_box() -> None:
    line = view_of(document_of([line_at(50, 50, "abcd ef")])).lines[0]
    assert line.box_of(5, 7) == Box(left=75, top=50, right=85, bottom=60)
    assert line.box_of(1, 3) == Box(left=55, top=50, right=65, bottom=60)
    assert line.box_of(2, 6) == Box(left=60, top=50, right=80, bottom=60)


def test_a_part_is_as_sure_as_its_worst_word() -> None:
    sure, unsure = line_at(50, 50, "ab", confidence=0.9), line_at(65, 50, "cd", confidence=0.4)
    line = view_of(document_of([Line(words=sure.words + unsure.words)], scanned=True)).lines[0]
    assert line.text == "ab cd"
    assert (line.confidence_of(0, 2), line.confidence_of(3, 5), line.confidence_of(0, 5)) == (0.9, 0.4, 0.4)


def test_a_line_without_words_is_none() -> None:
    assert view_of(document_of([Line(words=()), line_at(50, 50, "a")])).lines[0].text == "a"


def test_a_document_without_words_has_no_lines() -> None:
    view = view_of(document_of([], []))
    assert view.lines == ()
    assert view.page_lines(2) == ()


def test_lines_are_counted_over_pages_and_kept_by_page() -> None:
    view = view_of(document_of(rows_of("a", "b"), rows_of("c")))
    assert [(line.index, line.page) for line in view.lines] == [(0, 1), (1, 1), (2, 2)]
    assert [line.text for line in view.page_lines(2)] == ["c"]


def test_neighbours_of_a_row_are_found_nearest_first() -> None:
    view = view_of(document_of([line_at(50, 50, "a"), line_at(150, 51, "b"), line_at(300, 49, "c"), line_at(50, 62, "d")]))
    a, b, c, _ = view.lines
    assert [line.text for line in view.left_of(c)] == ["b", "a"]
    assert [line.text for line in view.right_of(a)] == ["b", "c"]
    assert view.left_of(a) == []
    assert [line.text for line in view.right_of(b)] == ["c"]


def test_what_stands_above_shares_some_width_and_comes_nearest_first() -> None:
    view = view_of(
        document_of([line_at(50, 50, "far"), line_at(200, 62, "beside"), line_at(50, 74, "near"), line_at(50, 86, "x")])
    )
    line = view.lines[3]
    assert [other.text for other in view.above(line, line.box)] == ["near", "far"]


def test_a_neighbour_of_another_page_is_none() -> None:
    view = view_of(document_of([line_at(50, 50, "a")], [line_at(150, 50, "b"), line_at(150, 62, "c")]))
    assert view.left_of(view.lines[1]) == []
    assert [line.text for line in view.above(view.lines[2], view.lines[2].box)] == ["b"]


boxes = st.builds(
    lambda top, height: Box(left=0, top=top, right=1, bottom=top + height), st.integers(0, 50), st.integers(1, 30)
)


@given(boxes, boxes)
def test_sharing_a_row_is_mutual_and_means_half_the_smaller_height(first: Box, second: Box) -> None:
    assert shares_row(first, second) == shares_row(second, first)
    rows = set(range(int(first.top), int(first.bottom))) & set(range(int(second.top), int(second.bottom)))
    smaller = min(first.bottom - first.top, second.bottom - second.top)
    assert shares_row(first, second) == (2 * len(rows) >= smaller)


words = st.lists(st.text(st.characters(codec="utf-8", exclude_characters=" "), min_size=1, max_size=6), min_size=1, max_size=6)


@given(words, st.data())
def test_a_part_lies_inside_its_line(parts: list[str], data: st.DataObject) -> None:
    line = view_of_rows(" ".join(parts)).lines[0]
    start = data.draw(st.integers(0, len(line.text) - 1))
    end = data.draw(st.integers(start + 1, len(line.text)))
    box = line.box_of(start, end)
    assert line.box.left <= box.left <= box.right <= line.box.right + 0.001
    # By the builder's ruler, a part that begins and ends at characters of words is as wide as its characters.
    if not line.text[start].isspace() and not line.text[end - 1].isspace():
        assert (round(box.left), round(box.right)) == (50 + 5 * start, 50 + 5 * end)
