"""The text layer of PDFs that reportlab writes at known places, and what another program finds in them."""

import io
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from lamplighter_serving.documents import pdf
from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.page import Word

WIDTH, HEIGHT = 595.0, 842.0
FONT = "DejaVuSans"
#: DejaVu Sans: ascent 0.928, descent 0.236 of an em; a box is one font size high and stands on the descent's share of it.
BELOW_BASELINE = 0.236 / (0.928 + 0.236)

pdfmetrics.registerFont(TTFont(FONT, "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"))


def document(draw: Callable[[Canvas], None], size: tuple[float, float] = (WIDTH, HEIGHT)) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size)
    canvas.setFont(FONT, 10)
    draw(canvas)
    canvas.save()
    return out.getvalue()


def words(data: bytes, number: int = 1) -> tuple[Word, ...]:
    with pdf.opened(data, DocumentLimits()) as file:
        found = file.read(number, 10_000).words
    assert found is not None
    return found


def texts(data: bytes) -> list[str]:
    return [word.text for word in words(data)]


def test_a_word_stands_where_it_was_drawn() -> None:
    data = document(lambda canvas: canvas.drawString(100, 700, "Příliš žluťoučký kůň"))

    first, second, third = words(data)

    space = pdfmetrics.stringWidth(" ", FONT, 10)
    second_left = 100 + pdfmetrics.stringWidth("Příliš", FONT, 10) + space
    assert [first.text, second.text, third.text] == ["Příliš", "žluťoučký", "kůň"]
    assert first.box.left == pytest.approx(100, abs=1)
    assert second.box.left == pytest.approx(second_left, abs=1)
    assert second.box.right == pytest.approx(second_left + pdfmetrics.stringWidth("žluťoučký", FONT, 10), abs=1)
    assert first.box.bottom == pytest.approx(HEIGHT - 700 + 10 * BELOW_BASELINE, abs=1)
    assert first.box.bottom - first.box.top == pytest.approx(10, abs=1.5)
    assert first.confidence == 1.0


@pytest.mark.parametrize(
    ("degrees", "left", "bottom", "size"),
    [
        # A point (x, y) of the page as drawn, seen turned clockwise: see the PDF specification's Rotate entry.
        (0, 100, HEIGHT - 700, (WIDTH, HEIGHT)),
        (180, WIDTH - 100, 700, (WIDTH, HEIGHT)),
        (90, 700, 100, (HEIGHT, WIDTH)),
        (270, HEIGHT - 700, WIDTH - 100, (HEIGHT, WIDTH)),
    ],
)
def test_a_turned_page_gives_boxes_of_its_view(degrees: int, left: float, bottom: float, size: tuple[float, float]) -> None:
    data = document(lambda canvas: canvas.drawString(100, 700, "Faktura")).replace(b"/Rotate 0", b"/Rotate %d" % degrees)

    (word,) = words(data)

    with pdf.opened(data, DocumentLimits()) as file:
        page = file.read(1, 10)
    assert (page.width, page.height) == pytest.approx(size)
    box = word.box
    near = {0: (box.left, box.bottom), 180: (box.right, box.top), 90: (box.left, box.top), 270: (box.right, box.bottom)}[
        degrees
    ]
    assert near == pytest.approx((left, bottom), abs=3)  # 3: the baseline is 2 points inside the box


def test_a_cropped_page_starts_at_its_crop_box() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setCropBox((50, 400, 500, 800))
        canvas.drawString(100, 700, "inside")
        canvas.drawString(10, 700, "out")

    (word,) = words(document(draw))

    assert word.text == "inside"
    assert word.box.left == pytest.approx(50, abs=1)
    assert word.box.bottom == pytest.approx(100 + 10 * BELOW_BASELINE, abs=1)


def test_letter_spaced_text_is_whole_words() -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(50, 700)
        text.setCharSpace(4)
        text.textOut("FAKTURA - DAŇOVÝ DOKLAD")
        text.setCharSpace(0)
        canvas.drawText(text)
        canvas.drawString(50, 600, "D O D A V A T E L")
        canvas.drawString(50, 500, "2 ks à 3 000 Kč")

    assert texts(document(draw)) == [
        *("FAKTURA", "-", "DAŇOVÝ", "DOKLAD"),
        "DODAVATEL",
        *("2", "ks", "à", "3", "000", "Kč"),
    ]


def test_words_drawn_apart_are_apart_and_letters_drawn_one_by_one_are_together() -> None:
    def draw(canvas: Canvas) -> None:
        left = 50.0
        for letter in "Celkem":
            canvas.drawString(left, 700, letter)
            left += pdfmetrics.stringWidth(letter, FONT, 10)
        canvas.drawString(200, 700, "26")
        canvas.drawRightString(500, 700, "862,00")
        canvas.drawString(50, 690, "úhradě")

    assert texts(document(draw)) == ["Celkem", "26", "862,00", "úhradě"]


def test_ligatures_and_typographic_hyphens_and_spaces_are_plain() -> None:
    data = document(lambda canvas: canvas.drawString(50, 700, "o\ufb03cial e\u2011mail 26\u00a0862,00\u202fKč"))

    assert texts(data) == ["official", "e-mail", "26", "862,00", "Kč"]


def test_text_that_runs_upwards_is_whole_words() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rotate(90)
        canvas.drawString(100, -50, "Registered office")

    first, second = words(document(draw))

    assert (first.text, second.text) == ("Registered", "office")
    assert first.box.bottom == pytest.approx(HEIGHT - 100, abs=1)
    assert first.box.bottom - first.box.top > first.box.right - first.box.left


def test_text_nobody_sees_is_not_read() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 700, "Celkem 121,00")
        hidden = canvas.beginText(50, 600)
        hidden.setTextRenderMode(3)
        hidden.textOut("Celkem 999,00")
        canvas.drawText(hidden)

    assert texts(document(draw)) == ["Celkem", "121,00"]


def scan(canvas: Canvas) -> None:
    picture = io.BytesIO()
    Image.effect_noise((200, 280), 60).save(picture, "PNG")
    canvas.drawImage(ImageReader(picture), 0, 0, WIDTH, HEIGHT)


def test_a_scan_with_its_own_hidden_reading_is_taken_from_it() -> None:
    def draw(canvas: Canvas) -> None:
        scan(canvas)
        reading = canvas.beginText(50, 700)
        reading.setTextRenderMode(3)
        for _ in range(20):
            reading.textLine("Faktura 2026001")
        canvas.drawText(reading)

    assert texts(document(draw)) == ["Faktura", "2026001"] * 20


@pytest.mark.parametrize("stamp", ["", "Scanned by Scanner"])
def test_a_scan_with_no_more_than_a_stamp_is_to_be_read_from_its_picture(stamp: str) -> None:
    def draw(canvas: Canvas) -> None:
        scan(canvas)
        canvas.drawString(50, 30, stamp)

    with pdf.opened(document(draw), DocumentLimits()) as file:
        assert file.read(1, 10_000).words is None


def test_a_page_whose_letters_mean_nothing_is_to_be_read_from_its_picture() -> None:
    # Code points of the private use area: what subset fonts without a mapping give.
    data = document(lambda canvas: canvas.drawString(50, 700, "\ue001\ue002\ue003\ue004\ue005 ab"))

    with pdf.opened(data, DocumentLimits()) as file:
        assert file.read(1, 10_000).words is None


def test_an_empty_page_has_no_words_and_needs_no_reading() -> None:
    with pdf.opened(document(lambda canvas: canvas.showPage()), DocumentLimits()) as file:
        assert file.read(1, 10_000).words == ()


def test_what_was_typed_into_a_form_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 700, "Variabilní symbol")
        canvas.acroForm.textfield(name="symbol", value="2026001234", x=200, y=690, width=150, height=20, fontName="Helvetica")

    assert texts(document(draw)) == ["Variabilní", "symbol", "2026001234"]


def test_the_words_are_those_that_pdftotext_finds(tmp_path: Path) -> None:
    lines = [
        "Faktura – daňový doklad č. 20260001",
        "Dodavatel: Kovářství Řehoř s.r.o., Třída Míru 1245/7, 370 01 České Budějovice",
        "IČO: 27596853   DIČ: CZ27596853   tel. +420 566 064 261",
        "Ocelový profil 40×40 mm   12 ks   1 234,50   21 %   17 926,94 Kč",
        "„Úhradu poukažte na účet 19-2000145399/0800,“ píše dodavatel; VS 20260001.",
    ]

    def draw(canvas: Canvas) -> None:
        for number, line in enumerate(lines):
            canvas.drawString(40, 750 - 20 * number, line)
        canvas.setFont("Helvetica", 9)
        canvas.drawString(40, 500, "Payment terms: 14 days (net), late fee 0.05 % per day")

    path = tmp_path / "document.pdf"
    path.write_bytes(document(draw))

    other = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True, text=True).stdout

    assert Counter(texts(path.read_bytes())) == Counter(other.split())
