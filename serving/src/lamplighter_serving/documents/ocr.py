"""The door to Tesseract: a picture in, words with boxes and confidences out. Runs only in the sandbox's child process."""

import csv
import io
import re
import subprocess
from collections.abc import Iterator

from PIL import Image

from ..errors import DocumentError, SettingsError
from .confinement import die_with_parent
from .page import Box, Word

#: Tesseract's models know lines as they are at about 300 dpi; pictures far from it are brought there.
TARGET_DPI = 300.0
LEAST_GOOD_DPI = 200.0
MOST_GOOD_DPI = 400.0
#: Enlarging more adds no information, only time.
MOST_ENLARGED = 3.0
#: More pixels than this take over ten seconds and find nothing more: A3 at 300 dpi has 17 million.
MOST_PIXELS = 20_000_000
POINTS_PER_INCH = 72.0
#: "A single column of text of variable sizes". Measured on 12 pages of invoices (clean, noisy, skewed): 3 and 4 find 96 % of
#: the pieces of text without an error, 6 finds 95 % and 11 (sparse text) 91 %; 4 is quicker than 3.
PAGE_SEGMENTATION = 4

_LANGUAGES = re.compile(r"[A-Za-z_]{3,20}(\+[A-Za-z_]{3,20}){0,7}")
_WORD_LEVEL = "5"
_NO_MEMORY = re.compile(rb"bad_alloc|allocat|out of memory", re.IGNORECASE)


def read_picture(
    image: Image.Image, *, number: int, width: float, height: float, languages: str, seconds: float
) -> tuple[Word, ...]:
    """The words of page `number`, whose picture is `image` and whose size is `width` x `height` points.

    `languages` is Tesseract's own form ("ces+eng"). Raises `DocumentError` (document-too-slow, document-too-much-memory,
    document-damaged) and `SettingsError` where Tesseract or a language is not installed.
    """
    gray = _resized(image.convert("L"), dpi=image.width / width * POINTS_PER_INCH)
    table = _run_tesseract(gray, languages, seconds, number)
    return tuple(_words(table, width / gray.width, height / gray.height))


def _resized(gray: Image.Image, dpi: float) -> Image.Image:
    scale = 1.0 if LEAST_GOOD_DPI <= dpi <= MOST_GOOD_DPI else min(MOST_ENLARGED, TARGET_DPI / dpi)
    scale = min(scale, (MOST_PIXELS / (gray.width * gray.height)) ** 0.5)
    if scale == 1.0:
        return gray
    size = (max(1, round(gray.width * scale)), max(1, round(gray.height * scale)))
    return gray.resize(size, Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC)


def _run_tesseract(gray: Image.Image, languages: str, seconds: float, number: int) -> str:
    if not _LANGUAGES.fullmatch(languages):
        raise SettingsError(f"The OCR languages are {languages!r}, which is not a list such as ces+eng.")
    picture = io.BytesIO()
    gray.save(picture, format="PPM")  # no compression to undo: faster than PNG through a pipe
    command = [
        "tesseract",
        "stdin",
        "stdout",
        "-l",
        languages,
        "--psm",
        str(PAGE_SEGMENTATION),
        "--dpi",
        f"{TARGET_DPI:g}",
        "tsv",
    ]
    try:
        done = subprocess.run(
            command,
            input=picture.getbuffer(),
            capture_output=True,
            timeout=seconds,
            check=False,
            preexec_fn=die_with_parent,  # safe: this process has one thread
        )
    except FileNotFoundError as error:
        raise SettingsError(
            "Tesseract is not installed; scanned pages cannot be read.", hint="Install tesseract-ocr."
        ) from error
    except subprocess.TimeoutExpired as error:
        raise DocumentError(
            "document-too-slow",
            f"Page {number} was not read in the {seconds:.0f} s that were left for the document.",
            hint="Split the document, or scan it at 300 dpi in black and white.",
        ) from error
    if done.returncode != 0:
        raise _failure(done.returncode, done.stderr, languages, number)
    return done.stdout.decode("utf-8", errors="replace")


def _failure(status: int, complaint: bytes, languages: str, number: int) -> DocumentError | SettingsError:
    if b"Failed loading language" in complaint or b"couldn't load any languages" in complaint:
        return SettingsError(f"Tesseract has not all languages of {languages}.", hint="Install their tesseract-ocr packages.")
    if _NO_MEMORY.search(complaint):
        return DocumentError("document-too-much-memory", f"Reading page {number} took more memory than a document may use.")
    return DocumentError("document-damaged", f"Page {number} cannot be read: Tesseract ended with status {status}.")


def _words(table: str, x_points: float, y_points: float) -> Iterator[Word]:
    """Words of Tesseract's table; a pixel is `x_points` wide and `y_points` high."""
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        text = row["text"].strip() if row["level"] == _WORD_LEVEL else ""
        if not text:
            continue
        left, top = int(row["left"]), int(row["top"])
        yield Word(
            text=text,
            box=Box(
                left=left * x_points,
                top=top * y_points,
                right=(left + int(row["width"])) * x_points,
                bottom=(top + int(row["height"])) * y_points,
            ),
            confidence=min(1.0, max(0.0, float(row["conf"]) / 100)),
        )
