"""What a document calls its values: by their line, their row and their column."""

from lamplighter_serving.documents.page import Line
from lamplighter_serving.extract.candidates.candidate import Kind
from lamplighter_serving.extract.scene.labels import Label, is_prose
from lamplighter_serving.extract.scene.scene import read_scene
from serving.extract.layout import document_of, line_at, rows_of


def labels_of(text: str, *lines: Line) -> list[Label]:
    """The labels of the first candidate with this text, strongest first."""
    scene = read_scene(document_of(lines))
    candidate = next(item for item in scene.candidates if item.text == text and item.kind is not Kind.TEXT)
    return sorted(scene.labels(candidate), key=lambda label: -label.strength)


def called(text: str, *lines: Line) -> list[tuple[str, str]]:
    return [(label.place, label.text.strip()) for label in labels_of(text, *lines)]


def test_the_text_before_a_value_names_it_most() -> None:
    first = labels_of("2026-0117", *rows_of("Číslo faktury: 2026-0117"))[0]
    assert (first.place, first.text.strip(), first.strength) == ("inside", "Číslo faktury:", 1.0)


def test_of_several_clauses_the_last_names_it_more_than_all() -> None:
    first, second = labels_of("12.3.2026", *rows_of("Dodávka zboží, splatnost 12.3.2026"))[:2]
    assert (first.text.strip(), second.text.strip()) == ("splatnost", "Dodávka zboží, splatnost")
    assert first.strength > second.strength


def test_the_line_left_of_a_value_names_it() -> None:
    lines = [line_at(50, 50, "Datum splatnosti"), line_at(300, 50, "12.3.2026")]
    assert called("12.3.2026", *lines)[0] == ("left", "Datum splatnosti")


def test_a_heading_of_a_row_names_all_its_values_the_first_most() -> None:
    lines = [line_at(50, 50, "Celkem"), line_at(200, 50, "100,00"), line_at(300, 50, "121,00")]
    near, far = labels_of("100,00", *lines)[0], labels_of("121,00", *lines)[0]
    assert (near.place, far.place, near.text, far.text) == ("left", "row", "Celkem", "Celkem")
    assert near.strength > far.strength


def test_the_line_above_a_value_names_it() -> None:
    assert called("12.3.2026", *rows_of("Datum splatnosti", "12.3.2026"))[0] == ("above", "Datum splatnosti")


def test_a_heading_of_a_column_names_all_its_values() -> None:
    lines = rows_of("Částka", "100,00", "200,00", "300,00")
    assert called("300,00", *lines)[0] == ("column", "Částka")


def test_a_heading_of_two_lines_is_read_whole_too() -> None:
    lines = rows_of("Datum uskutečnění", "plnění", "12.3.2026")
    assert ("above", "Datum uskutečnění plnění") in called("12.3.2026", *lines)


def test_a_heading_of_another_column_names_nothing() -> None:
    lines = [line_at(50, 50, "Cena"), line_at(300, 50, "Datum"), line_at(300, 62, "12.3.2026")]
    assert [text for _, text in called("12.3.2026", *lines)] == ["Datum"]


def test_a_label_with_a_colon_needs_nothing_from_above() -> None:
    assert called("12.3.2026", *rows_of("Datum splatnosti", "Vystaveno: 12.3.2026")) == [("inside", "Vystaveno:")]


def test_a_label_that_has_its_own_value_names_the_next_less() -> None:
    lines = rows_of("Vystaveno 11.3.2026", "12.3.2026")
    assert all(label.strength < 0.5 for label in labels_of("12.3.2026", *lines))


def test_a_percentage_between_label_and_amount_belongs_to_the_label() -> None:
    assert called("2 100,00", *rows_of("DPH 21 % 2 100,00"))[0][0] == "inside"


def test_text_after_a_value_names_it_a_little() -> None:
    place, text = called("100,00", *rows_of("100,00 bez DPH"))[0]
    assert (place, text) == ("after", "bez DPH")


def test_a_number_and_its_date_share_a_label() -> None:
    assert ("linked", "Invoice") in called("3 May 2026", *rows_of("Invoice 2026017 dated 3 May 2026"))


def test_a_value_alone_has_no_label() -> None:
    assert called("12.3.2026", *rows_of("12.3.2026")) == []


def test_a_label_has_no_more_words_than_count() -> None:
    (label,) = labels_of("17", *rows_of("jedna dvě tři čtyři pět šest sedm osm devět deset jedenáct 17"))
    assert label.text == "čtyři pět šest sedm osm devět deset jedenáct"


def test_a_sentence_is_prose_and_a_label_is_not() -> None:
    assert is_prose("Smluvní strany se dohodly, že cena bude uhrazena do třiceti dnů od převzetí")
    assert not is_prose("Datum uskutečnění zdanitelného plnění (DUZP):")
    assert not is_prose("12 34 56 78 90 12 34 56 78 90")
