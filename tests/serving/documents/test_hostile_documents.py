"""Documents that are broken, huge, or made to hurt: each is one clean failure, and the reader goes on.

All are made here, by hand, so that what is wrong with each can be read.
"""

import io
import random
import resource
import struct
import time
import zipfile
import zlib
from collections.abc import Callable

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.reader import DocumentReader
from lamplighter_serving.errors import DocumentError

#: The default limits, with less time: a test must not wait four minutes.
LIMITS = DocumentLimits(max_seconds=15.0)
#: What this process may grow by while it deals with one hostile document beyond the document itself.
MOST_GROWTH_KIB = 64 * 1024
#: How long after the limit of time the answer may come.
SPARE_SECONDS = 5.0

PdfOf = Callable[[list[bytes]], bytes]
GOOD = "Faktura 2026001\nCelkem 121,00 Kč\n".encode()


def inflating_to(size: int, byte: bytes) -> bytes:
    """Deflated data of `size` equal bytes, without its checksum: one block of 16 MiB, repeated."""
    packer = zlib.compressobj(9)
    piece = byte * 2**24
    first = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(piece) + packer.flush(zlib.Z_FULL_FLUSH)
    return first + block * (size // 2**24 - 1)


def stream(content: bytes, facts: bytes = b"") -> bytes:
    return b"<<%s /Length %d>>\nstream\n" % (facts, len(content)) + content + b"\nendstream"


def one_page(pdf_of: PdfOf, page: bytes, *more: bytes) -> bytes:
    """A PDF whose only page has these entries; `more` are the objects from 4 on."""
    catalog = b"<</Type/Catalog /Pages 2 0 R>>"
    pages = b"<</Type/Pages /Kids[3 0 R] /Count 1>>"
    return pdf_of([catalog, pages, b"<</Type/Page /Parent 2 0 R " + page + b">>", *more])


def encrypted(_: PdfOf) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, encrypt=StandardEncryption("a password", strength=128))
    page.drawString(50, 700, "secret")
    page.save()
    return out.getvalue()


def good_pdf() -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out)
    page.drawString(50, 700, "Invoice 2026001")
    page.save()
    return out.getvalue()


def truncated_pdf(_: PdfOf) -> bytes:
    return good_pdf()[:200]


def ten_thousand_pages(pdf_of: PdfOf) -> bytes:
    kids = b"3 0 R " * 10_000
    pages = b"<</Type/Pages /Kids[" + kids + b"] /Count 10000>>"
    return pdf_of([b"<</Type/Catalog /Pages 2 0 R>>", pages, b"<</Type/Page /MediaBox[0 0 9 9]>>"])


def page_of_a_thousand_kilometres(pdf_of: PdfOf) -> bytes:
    return one_page(pdf_of, b"/MediaBox[0 0 1000000000 1000000000]")


def page_tree_that_contains_itself(pdf_of: PdfOf) -> bytes:
    return pdf_of([b"<</Type/Catalog /Pages 2 0 R>>", b"<</Type/Pages /Kids[2 0 R 2 0 R] /Count 2>>"])


def forms_that_draw_themselves(pdf_of: PdfOf) -> bytes:
    form = b"/Type/XObject /Subtype/Form /BBox[0 0 600 800] /Resources<</XObject<</A 5 0 R>>>>"
    page = b"/MediaBox[0 0 595 842] /Contents 4 0 R /Resources<</XObject<</A 5 0 R>>>>"
    return one_page(pdf_of, page, stream(b"/A Do"), stream(b"/A Do /A Do", form))


def forms_in_forms(pdf_of: PdfOf) -> bytes:
    """Twenty forms, each drawing the next one ten times: 10^20 drawings."""
    forms = []
    for number in range(5, 25):
        below = b"/Resources<</XObject<</A %d 0 R>>>>" % (number + 1)
        forms.append(stream(b"/A Do " * 10, b"/Type/XObject /Subtype/Form /BBox[0 0 600 800]" + below))
    leaf = stream(b"0 0 m 1 1 l S", b"/Type/XObject /Subtype/Form /BBox[0 0 600 800]")
    page = b"/MediaBox[0 0 595 842] /Contents 4 0 R /Resources<</XObject<</A 5 0 R>>>>"
    return one_page(pdf_of, page, stream(b"/A Do"), *forms, leaf)


def picture_of_a_hundred_thousand_squared(pdf_of: PdfOf) -> bytes:
    size = b"/Width 100000 /Height 100000 /ColorSpace/DeviceRGB /BitsPerComponent 8"
    facts = b"/Type/XObject /Subtype/Image " + size + b" /Filter/FlateDecode"
    page = b"/MediaBox[0 0 595 842] /Contents 4 0 R /Resources<</XObject<</I 5 0 R>>>>"
    return one_page(pdf_of, page, stream(b"595 0 0 842 0 0 cm /I Do"), stream(zlib.compress(bytes(10_000)), facts))


def content_of_gigabytes(pdf_of: PdfOf) -> bytes:
    """Spaces compress a thousandfold, and that a hundredfold again: 40 KB that unpack to 4 GiB."""
    twice = zlib.compress(inflating_to(4 * 2**30, b" "), 9)
    page = b"/MediaBox[0 0 595 842] /Contents 4 0 R"
    return one_page(pdf_of, page, stream(twice, b"/Filter[/FlateDecode /FlateDecode]"))


def a_million_words(pdf_of: PdfOf) -> bytes:
    line = b"(" + b"word " * 100 + b") Tj 0 -1 Td "
    content = zlib.compress(b"BT /F 1 Tf 10 800 Td " + line * 10_000 + b"ET")
    font = b"<</Type/Font /Subtype/Type1 /BaseFont/Helvetica>>"
    page = b"/MediaBox[0 0 14000 14000] /Contents 4 0 R /Resources<</Font<</F" + font + b">>>>"
    return one_page(pdf_of, page, stream(content, b"/Filter/FlateDecode"))


def blank_page(pdf_of: PdfOf) -> bytes:
    return one_page(pdf_of, b"/MediaBox[0 0 595 842]")


def pdf_of_random_bytes(_: PdfOf) -> bytes:
    return b"%PDF-1.7\n" + random.Random(1).randbytes(100_000)


def zip_bomb_called_pdf(_: PdfOf) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("invoice.pdf", bytes(50_000_000))
    return out.getvalue()


def word_document(_: PdfOf) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return out.getvalue()


def png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def huge_png(_: PdfOf) -> bytes:
    return png(100_000, 100_000, zlib.compress(bytes(1000)))


def long_png(_: PdfOf) -> bytes:
    return png(1, 1_000_000, zlib.compress(bytes(4_000_000)))


def png_bomb(_: PdfOf) -> bytes:
    """Within the limit of pixels by its header; its data unpack to 1 GiB."""
    return png(1000, 1000, inflating_to(2**30, b"\x00"))


def png_with_a_text_bomb(_: PdfOf) -> bytes:
    body = b"Comment\x00\x00" + inflating_to(2**29, b"\x00")
    chunk = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    whole = png(100, 100, zlib.compress(bytes(301 * 100)))
    return whole[:33] + chunk + whole[33:]


def saved(form: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((400, 300), 90).convert("RGB").save(out, form, **options)
    return out.getvalue()


def truncated_jpeg(_: PdfOf) -> bytes:
    return saved("JPEG")[:5000]


def broken_webp(_: PdfOf) -> bytes:
    return saved("WEBP")[:60] + bytes(500)


def tiff_directory(width: int, height: int, pixels_at: int) -> bytes:
    """Tags of a page of one bit a pixel, as the TIFF 6.0 specification lists them: size, bits, no compression, white is 1."""
    tags = ((256, width), (257, height), (258, 1), (259, 1), (262, 1), (273, pixels_at), (278, height), (279, height))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return struct.pack("<H", len(tags)) + entries


def tiff_of_ten_thousand_pages(_: PdfOf) -> bytes:
    pixels = b"\xff" * 8
    out = b"II*\x00" + struct.pack("<I", 16) + pixels
    for number in range(10_000):
        directory = tiff_directory(width=8, height=8, pixels_at=8)
        following = len(out) + len(directory) + 4 if number < 9_999 else 0
        out += directory + struct.pack("<I", following)
    return out


def tiff_whose_directory_names_itself(_: PdfOf) -> bytes:
    directory = tiff_directory(width=8, height=8, pixels_at=200) + struct.pack("<I", 8)  # the next directory is this one
    return (b"II*\x00" + struct.pack("<I", 8) + directory).ljust(200, b"\x00") + b"\xff" * 8


def tiff_with_an_absurd_directory(_: PdfOf) -> bytes:
    return b"II*\x00" + struct.pack("<I", 8) + struct.pack("<H", 65535) + bytes(range(256)) * 40


def a_hundred_megabytes(_: PdfOf) -> bytes:
    return b"some text\n" * 10_000_000


def text_of_a_million_lines(_: PdfOf) -> bytes:
    return b"some text\n" * 1_000_000


HOSTILE: list[tuple[Callable[[PdfOf], bytes], str]] = [
    (lambda _: b"", "document-empty"),
    (lambda _: bytes(4096), "document-empty"),
    (lambda _: b" \r\n\t" * 100, "document-empty"),
    (encrypted, "document-encrypted"),
    (truncated_pdf, "document-damaged"),
    (pdf_of_random_bytes, "document-damaged"),
    (ten_thousand_pages, "document-too-many-pages"),
    (page_of_a_thousand_kilometres, "document-page-too-large"),
    (page_tree_that_contains_itself, "document-damaged"),
    (forms_that_draw_themselves, "document-too-much-memory or document-too-slow"),
    (forms_in_forms, "document-too-much-memory or document-too-slow"),
    (picture_of_a_hundred_thousand_squared, "document-page-too-large"),
    (content_of_gigabytes, "document-too-much-memory"),
    (a_million_words, "document-too-large"),
    (blank_page, "document-without-text"),
    (zip_bomb_called_pdf, "document-unsupported"),
    (word_document, "document-unsupported"),
    (lambda _: saved("GIF"), "document-unsupported"),
    (lambda _: b"MZ\x90\x00" + bytes(1000), "document-unsupported"),
    (lambda _: b"\x7fELF" + bytes(1000), "document-unsupported"),
    (lambda _: b"<!DOCTYPE html><html><body>Invoice</body></html>", "document-unsupported"),
    (lambda _: b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "document-unsupported"),
    (lambda _: random.Random(2).randbytes(10_000), "document-unsupported"),
    (lambda _: b"Invoice\x00" * 1000, "document-unsupported"),
    (huge_png, "document-page-too-large"),
    (long_png, "document-page-too-large"),
    (png_bomb, "document-without-text"),
    (png_with_a_text_bomb, "document-damaged"),
    (truncated_jpeg, "document-damaged"),
    (broken_webp, "document-damaged"),
    (tiff_of_ten_thousand_pages, "document-too-many-pages"),
    (tiff_whose_directory_names_itself, "document-without-text"),
    (tiff_with_an_absurd_directory, "document-damaged"),
    (a_hundred_megabytes, "document-too-large"),
    (text_of_a_million_lines, "document-too-many-pages"),
    (lambda _: b"\xef\xbb\xbfInvoice \xff\xfe 1", "document-damaged"),
]


@pytest.mark.parametrize(("make", "code"), HOSTILE, ids=[f"{make.__name__.strip('<>')}-{code}" for make, code in HOSTILE])
def test_a_hostile_document_is_one_clean_failure(make: Callable[[PdfOf], bytes], code: str, pdf_of: PdfOf, with_reader) -> None:
    document = make(pdf_of)
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.monotonic()

    async def use(reader: DocumentReader) -> DocumentError:
        with pytest.raises(DocumentError) as caught:
            await reader.read(document)
        assert time.monotonic() - begin < LIMITS.max_seconds + SPARE_SECONDS
        good = await reader.read(GOOD)
        assert [line.text for line in good.pages[0].lines] == ["Faktura 2026001", "Celkem 121,00 Kč"]
        return caught.value

    error = with_reader(use, LIMITS)

    assert error.code in code.split(" or "), error.sentence
    assert error.sentence.endswith(".")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < MOST_GROWTH_KIB
