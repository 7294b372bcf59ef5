"""Pictures of pages: the boxes of the words lie on the words."""

import io

import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from lamplighter_serving.documents.draw import draw_page
from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.page import Document, Page
from lamplighter_serving.documents.read import read_document
from lamplighter_serving.errors import DocumentError

LIMITS = DocumentLimits()


def drawn(data: bytes, number: int = 1, width: int = 900) -> Image.Image:
    return Image.open(io.BytesIO(draw_page(data, number, width, LIMITS))).convert("L")


def read(data: bytes) -> Document:
    return read_document(data, LIMITS, "eng")


def pdf(rotation: int = 0) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.setFont("Helvetica-Bold", 14)
    canvas.drawString(70, 700, "Invoice")
    canvas.drawString(400, 120, "121.00")
    canvas.save()
    return out.getvalue().replace(b"/Rotate 0", b"/Rotate %d" % rotation)


def dark_outside_and_inside(picture: Image.Image, page: Page) -> tuple[int, int]:
    """How many dark pixels stand outside all boxes of the page's words, and how many inside; boxes with 2 points around."""
    scale = picture.width / page.width
    dark = picture.point(lambda value: 255 if value < 128 else 0)
    inside = Image.new("L", picture.size, 0)
    pen = ImageDraw.Draw(inside)
    for line in page.lines:
        for word in line.words:
            box = word.box
            pen.rectangle([side * scale for side in (box.left - 2, box.top - 2, box.right + 2, box.bottom + 2)], fill=255)
    all_dark = dark.histogram()[255]
    covered = Image.composite(dark, Image.new("L", dark.size, 0), inside).histogram()[255]
    return all_dark - covered, covered


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_of_a_pdf_lie_on_its_picture(rotation: int) -> None:
    data = pdf(rotation)
    page = read(data).pages[0]

    outside, inside = dark_outside_and_inside(drawn(data), page)

    assert inside > 100
    assert outside == 0


def test_words_of_a_plain_text_lie_on_its_picture() -> None:
    data = "Faktura 2026001\n\tCelkem    121,00 Kč\n".encode()
    page = read(data).pages[0]

    outside, inside = dark_outside_and_inside(drawn(data), page)

    assert inside > 100
    assert outside == 0


@pytest.mark.parametrize("degrees", [0.0, 2.0])
def test_words_of_a_scan_lie_on_its_picture_even_of_a_skewed_one(degrees: float) -> None:
    scan = drawn(pdf(), width=2479).rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=255)
    out = io.BytesIO()
    scan.save(out, "PNG", dpi=(300, 300))
    page = read(out.getvalue()).pages[0]

    outside, inside = dark_outside_and_inside(drawn(out.getvalue()), page)

    assert inside > 100
    assert outside <= 0.01 * inside


def test_a_picture_has_the_width_asked_for_and_the_shape_of_its_page() -> None:
    assert drawn(pdf(), width=300).size == (300, pytest.approx(300 * 842 / 595, abs=1))
    assert drawn(pdf(90), width=300).size == (300, pytest.approx(300 * 595 / 842, abs=1))
    assert drawn(b"text", width=64).size == (64, pytest.approx(64 * 842 / 595, abs=1))


@pytest.mark.parametrize("number", [0, 2, 99_999])
@pytest.mark.parametrize("kind", ["pdf", "text", "png"])
def test_a_page_that_is_not_there_is_named(kind: str, number: int) -> None:
    png = io.BytesIO()
    Image.new("L", (50, 50)).save(png, "PNG")
    data = {"pdf": pdf(), "text": b"text", "png": png.getvalue()}[kind]

    with pytest.raises(DocumentError) as caught:
        draw_page(data, number, 900, LIMITS)

    assert caught.value.code == "document-page-missing"
    assert str(number) in caught.value.sentence


def test_a_very_tall_page_is_drawn_narrower() -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(72, 14_000))
    canvas.drawString(10, 7000, "x")
    canvas.save()

    picture = drawn(out.getvalue(), width=2400)

    assert picture.height <= LIMITS.max_side_pixels
    assert picture.width < 2400
