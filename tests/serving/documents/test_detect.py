"""What documents are, told from their bytes."""

import io

import pytest
from PIL import Image

from lamplighter_serving.documents import detect
from lamplighter_serving.errors import DocumentError


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, form)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"%PDF-1.4\n...", detect.PDF),
        (b"junk of a mail gateway\r\n%PDF-1.7\n...", detect.PDF),
        (picture("PNG"), detect.PNG),
        (picture("JPEG"), detect.JPEG),
        (picture("TIFF"), detect.TIFF),
        (picture("WEBP"), detect.WEBP),
        (b"Faktura", detect.TEXT),
        ("Žluťoučký kůň".encode(), detect.TEXT),
        ("Žluťoučký kůň".encode("cp1250"), detect.TEXT),
        ("Žluťoučký kůň".encode("utf-16"), detect.TEXT),
        ("Č".encode() * 3000, detect.TEXT),
        (b"From: a@example.org\r\n\r\nMZ is not a program here", detect.TEXT),
    ],
)
def test_the_bytes_say_what_a_document_is(data: bytes, media_type: str) -> None:
    assert detect.detect(data) == media_type


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"PK\x03\x04...", "ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office document"),
        (picture("GIF"), "GIF image"),
        (picture("BMP"), "BMP image"),
        (b"  <HTML><body>", "HTML page"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "HTML page"),
        (b"{\\rtf1 text}", "RTF document"),
        (b"\x00\x01\x02\x03", "no known kind"),
    ],
)
def test_a_refusal_names_what_came_and_what_is_read(data: bytes, named: str) -> None:
    with pytest.raises(DocumentError) as caught:
        detect.detect(data)

    assert caught.value.code == "document-unsupported"
    assert named in caught.value.sentence
    assert "PDF, PNG, JPEG, TIFF, WebP and plain text" in caught.value.sentence


def test_a_document_of_nothing_is_empty() -> None:
    with pytest.raises(DocumentError) as caught:
        detect.detect(b"\r\n \x00")

    assert caught.value.code == "document-empty"
