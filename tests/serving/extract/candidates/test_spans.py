"""All kinds of candidates together: whatever a document says, each stands where it claims to."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lamplighter_serving.extract.candidates.candidate import Candidate, Kind
from lamplighter_serving.extract.candidates.find import find_candidates
from lamplighter_serving.extract.candidates.literals import find_literals
from lamplighter_serving.extract.scene.view import View, view_of
from lamplighter_serving.extract.words.folding import tokens
from serving.extract.layout import document_of, line_at, view_of_rows

#: Pieces of which the forms are made, whole forms, digits of other scripts, and signs that folding changes in length.
pieces = st.sampled_from(
    [
        *"0123456789.,:;-/'() \u00a0\u202f’–%€$£²٣３İßłK\u030c\t@+#|OlI",
        *("Kč", "CZK", "IČO", "CZ", "12.3.2026", "1 234,50", "března", "May", "2026", "s.r.o.", "ano", "  ", "FV-1", "a@b.cz"),
        *("CZ65 0800 0000 1920 0014 5399", "27082440", "+420 224 123 456", "21 %", "12/MAR/2026", "III"),
    ]
)
texts = st.one_of(
    st.lists(pieces, max_size=14).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)


def found_in(view: View) -> list[Candidate]:
    literals = find_literals(view, ["ano", "may", "Kč", "a b"])
    return [*find_candidates(view, lambda text: text.strip() == "CZ"), *literals]


@settings(max_examples=400)
@given(st.lists(texts, min_size=1, max_size=4), st.booleans())
def test_a_candidate_is_exactly_the_slice_of_the_line_that_it_claims(rows: list[str], scanned: bool) -> None:
    view = view_of_rows(*rows, scanned=scanned)
    for candidate in found_in(view):
        line = view.lines[candidate.line]
        assert 0 <= candidate.start < candidate.end <= len(line.text)
        assert candidate.text == line.text[candidate.start : candidate.end]
        assert candidate.text == candidate.text.strip() != ""
        assert candidate.page == line.page
        assert line.box.left <= candidate.box.left <= candidate.box.right <= line.box.right + 0.001
        assert (candidate.box.top, candidate.box.bottom) == (line.box.top, line.box.bottom)


@settings(max_examples=200)
@given(texts, st.booleans())
def test_a_value_is_of_its_kind(row: str, scanned: bool) -> None:
    types = {Kind.AMOUNT: int | float, Kind.NUMBER: int | float, Kind.FLAG: bool}
    for candidate in found_in(view_of_rows(row, scanned=scanned)):
        assert isinstance(candidate.value, types.get(candidate.kind, str))
        assert candidate.value != ""


@settings(max_examples=100)
@given(texts)
def test_a_literal_says_its_value(row: str) -> None:
    for literal in find_literals(view_of_rows(row), ["ano", "may", "Kč", "a b"]):
        assert tokens(literal.text) == tokens(str(literal.value))


def test_a_confidence_is_that_of_the_worst_word() -> None:
    line = line_at(50, 50, "Celkem 1 000,00", confidence=0.5)
    view = view_of(document_of([line], scanned=True))
    assert {candidate.confidence for candidate in found_in(view)} == {0.5}


def test_what_is_a_date_is_no_number_and_money_no_identifier() -> None:
    found = found_in(view_of_rows("12.3.2026  1 234,50 Kč"))
    assert [candidate.kind for candidate in found if candidate.kind is not Kind.TEXT] == [Kind.DATE, Kind.AMOUNT, Kind.CURRENCY]


def test_candidates_stand_in_reading_order() -> None:
    found = find_candidates(view_of_rows("b 2  a 1", "c 3"), lambda _: False)
    assert [candidate.place for candidate in found] == sorted(candidate.place for candidate in found)
