"""What a document is, told from its first bytes. File names and declared types are not believed."""

import codecs

from ..errors import DocumentError

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
WEBP = "image/webp"
TEXT = "text/plain"

IMAGES = frozenset({PNG, JPEG, TIFF, WEBP})

#: Readers accept a PDF whose header stands within the first 1,024 bytes (ISO 32000-1, annex H).
PDF_HEADER_WITHIN_BYTES = 1024
#: How much of a text is looked at; a multi-byte character may be cut at its end.
SNIFFED_BYTES = 4096

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
)

#: Kinds people send that we do not read: first bytes, and what to call them in the refusal.
_REFUSED = (
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"GIF8", "a GIF image"),
    (b"BM", "a BMP image"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"%!PS", "a PostScript document"),
    (b"{\\rtf", "an RTF document"),
)
_MARKUP = (
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML file"),
)

_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
#: Control characters that occur in texts: tab, line feed, form feed, carriage return.
_TEXT_CONTROLS = frozenset(b"\t\n\f\r")


def detect(data: bytes) -> str:
    """The media type of a document. Raises `DocumentError` (document-empty, document-unsupported)."""
    if not data.strip(b"\x00 \t\r\n\f"):
        raise DocumentError(
            "document-empty", f"The document has {len(data)} bytes and no content.", hint="Send the file itself."
        )
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return WEBP
    if b"%PDF-" in data[:PDF_HEADER_WITHIN_BYTES]:
        return PDF
    for magic, name in _REFUSED:
        if data.startswith(magic):
            raise _unsupported(name)
    head = data[:SNIFFED_BYTES]
    lowered = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for magic, name in _MARKUP:
        if lowered.startswith(magic):
            raise _unsupported(name)
    if not _is_text(head):
        raise _unsupported("binary data of no known kind")
    return TEXT


def _is_text(head: bytes) -> bool:
    if head.startswith(_BYTE_ORDER_MARKS):
        return True
    return not any(byte < 0x20 and byte not in _TEXT_CONTROLS for byte in head)


def _unsupported(name: str) -> DocumentError:
    return DocumentError(
        "document-unsupported",
        f"The document is {name}; PDF, PNG, JPEG, TIFF, WebP and plain text are read.",
        hint="Export it as PDF.",
    )
