"""Scans made from known text: what Tesseract makes of them, and where it says the words stand."""

import io

import pypdfium2
import pytest
from PIL import Image, ImageFilter
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.page import Document, TextSource
from lamplighter_serving.documents.read import read_document
from lamplighter_serving.errors import DocumentError, SettingsError

FONT = "DejaVuSerif"
pdfmetrics.registerFont(TTFont(FONT, "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"))

LINES = [
    "Smluvní strany se dohodly na tomto znění smlouvy o dílo.",
    "Zhotovitel se zavazuje provést dílo řádně a včas,",
    "objednatel se zavazuje dílo převzít a zaplatit cenu.",
    "Příliš žluťoučký kůň úpěl ďábelské ódy.",
    "Celkem k úhradě do dvaceti jedna dnů: 26862,00 Kč",
    "Kovářství Řehoř, Třída Míru 1245, České Budějovice",
]
#: Of the known words, in their right spelling. Measured: 1.00 on each of the three.
LEAST_ACCURACY = 0.93


def page_pdf() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.setFont(FONT, 11)
    for number, line in enumerate(LINES):
        canvas.drawString(70, 700 - 18 * number, line)
    canvas.drawRightString(540, 600, "Strana")
    canvas.save()
    return out.getvalue()


def picture(dpi: float) -> Image.Image:
    return pypdfium2.PdfDocument(page_pdf())[0].render(scale=dpi / 72).to_pil().convert("L")


def as_png(image: Image.Image, dpi: float) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(dpi, dpi))
    return out.getvalue()


def read(data: bytes, languages: str = "ces+eng") -> Document:
    return read_document(data, DocumentLimits(), languages)


def accuracy(document: Document) -> float:
    found = {word.text for page in document.pages for line in page.lines for word in line.words}
    known = " ".join(LINES).split()
    return sum(word in found for word in known) / len(known)


def test_a_clean_scan_is_read_with_its_diacritics_and_its_boxes() -> None:
    document = read(as_png(picture(300), 300))

    (page,) = document.pages
    assert page.source is TextSource.OCR
    assert accuracy(document) >= LEAST_ACCURACY
    words = {word.text: word for line in page.lines for word in line.words}
    # The ink of "Strana" ends at x = 540 and stands on y = 842 - 600, capitals are 0.73 of 11 points high.
    box = words["Strana"].box
    assert box.right == pytest.approx(540, abs=1.5)
    assert box.bottom == pytest.approx(242, abs=1.5)
    assert box.top == pytest.approx(242 - 0.73 * 11, abs=1.5)
    assert 0.5 < words["Strana"].confidence <= 1.0
    assert [line.text for line in page.lines][1] == LINES[1]


def test_a_noisy_skewed_jpeg_is_read() -> None:
    skewed = picture(300).rotate(1.4, resample=Image.Resampling.BICUBIC, fillcolor=255).filter(ImageFilter.GaussianBlur(1))
    noisy = Image.blend(skewed, Image.effect_noise(skewed.size, 50), 0.15)
    out = io.BytesIO()
    noisy.save(out, "JPEG", quality=60, dpi=(300, 300))

    assert accuracy(read(out.getvalue())) >= LEAST_ACCURACY


def test_a_small_picture_without_a_resolution_is_enlarged_and_read() -> None:
    out = io.BytesIO()
    picture(120).save(out, "PNG")

    assert accuracy(read(out.getvalue())) >= LEAST_ACCURACY


def test_a_pdf_mixes_pages_of_text_and_scans() -> None:
    pdf = pypdfium2.PdfDocument(page_pdf())
    scanned = pypdfium2.PdfDocument.new()
    out = io.BytesIO()
    picture(200).save(out, "PDF", resolution=200)
    scanned.import_pages(pdf)
    scanned.import_pages(pypdfium2.PdfDocument(out.getvalue()))
    both = io.BytesIO()
    scanned.save(both)

    document = read(both.getvalue())

    assert [page.source for page in document.pages] == [TextSource.TEXT_LAYER, TextSource.OCR]
    text_layer, ocr = document.pages
    assert ocr.lines[0].text == text_layer.lines[0].text
    assert ocr.lines[0].box.left == pytest.approx(text_layer.lines[0].box.left, abs=2)


def test_no_time_left_names_the_page() -> None:
    with pytest.raises(DocumentError) as caught:
        read_document(as_png(picture(100), 100), DocumentLimits(max_seconds=0.5), "eng")

    assert caught.value.code == "document-too-slow"
    assert "page 1" in caught.value.sentence


@pytest.mark.parametrize("languages", ["xyz", "../eng", "eng; id", ""])
def test_a_language_that_is_not_there_is_the_installation_s_fault(languages: str) -> None:
    with pytest.raises(SettingsError):
        read(as_png(picture(50), 50), languages)
