"""One document from bytes to pages of words. Runs in the child process; the one place that knows all kinds of documents."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import DocumentError
from . import image, ocr, pdf, plain
from .detect import IMAGES, PDF, detect
from .layout import lines_of
from .limits import DocumentLimits, require
from .page import Document, Page, TextSource, Word
from .straighten import straightened

#: What OCR of one page needs at the very least; with less left, it is not begun.
LEAST_OCR_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """What holds for one reading of one document. `deadline` is on the monotonic clock."""

    limits: DocumentLimits
    languages: str
    deadline: float


def read_document(data: bytes, limits: DocumentLimits, languages: str) -> Document:
    """All pages of a document. Raises `DocumentError`, and `SettingsError` where OCR is not installed."""
    media_type = detect(data)
    reading = _Reading(limits=limits, languages=languages, deadline=time.monotonic() + limits.max_seconds)
    pages = _within_words(_pages(data, media_type, reading), limits.max_words)
    document = Document(media_type=media_type, pages=tuple(pages))
    require(
        document.words > 0,
        "document-without-text",
        f"No text was found on the {len(document.pages)} page(s) of the document.",
        "Check that the pages are not blank, upside down or too dark to read.",
    )
    return document


def _within_words(pages: Iterator[Page], most_words: int) -> Iterator[Page]:
    words = 0
    for page in pages:
        words += sum(len(line.words) for line in page.lines)
        require(
            words <= most_words,
            "document-too-large",
            f"The document has more than {most_words} words, the limit; they are reached on page {page.number}.",
            "Split it into several documents.",
        )
        yield page


def _pages(data: bytes, media_type: str, reading: _Reading) -> Iterator[Page]:
    if media_type == PDF:
        with pdf.opened(data, reading.limits) as file:
            yield from _pdf_pages(file, reading)
    elif media_type in IMAGES:
        with image.opened(data, media_type, reading.limits) as frames:
            for picture in frames.pictures():
                yield _scanned(picture, reading)
    else:
        for page in plain.pages_of(data, reading.limits):
            yield _page(page.number, page.width, page.height, page.words, TextSource.PLAIN)


def _pdf_pages(file: pdf.PdfFile, reading: _Reading) -> Iterator[Page]:
    words_left = reading.limits.max_words
    for number in range(1, file.page_count + 1):
        found = file.read(number, words_left)
        if found.words is None:
            page = _scanned(_pdf_picture(file, found), reading)
        else:
            page = _page(number, found.width, found.height, found.words, TextSource.TEXT_LAYER)
        words_left -= sum(len(line.words) for line in page.lines)
        yield page


def _pdf_picture(file: pdf.PdfFile, page: pdf.PdfPage) -> image.Picture:
    drawn = straightened(file.picture(page.number, ocr.TARGET_DPI))
    return image.Picture(number=page.number, width=page.width, height=page.height, image=drawn)


def _scanned(picture: image.Picture, reading: _Reading) -> Page:
    seconds_left = reading.deadline - time.monotonic()
    if seconds_left < LEAST_OCR_SECONDS:
        raise DocumentError(
            "document-too-slow",
            f"Reading took longer than {reading.limits.max_seconds:g} s; it was at page {picture.number}.",
            hint="Split the document.",
        )
    words = ocr.read_picture(
        picture.image,
        number=picture.number,
        width=picture.width,
        height=picture.height,
        languages=reading.languages,
        seconds=seconds_left,
    )
    return _page(picture.number, picture.width, picture.height, words, TextSource.OCR)


def _page(number: int, width: float, height: float, words: tuple[Word, ...], source: TextSource) -> Page:
    return Page(number=number, width=width, height=height, lines=lines_of(words), source=source)
