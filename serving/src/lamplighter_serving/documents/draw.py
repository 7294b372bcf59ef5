"""One page of a document as PNG, to look at: boxes of the words that `read` finds lie on it where the words are.

Needs no OCR. A plain text is drawn on the same grid its boxes come from.
"""

import io

from PIL import Image, ImageDraw, ImageFont

from ..errors import DocumentError
from . import image, pdf, plain
from .detect import IMAGES, PDF, detect
from .limits import DocumentLimits
from .page import Word
from .straighten import straightened

#: A font with all letters of Europe, where it is installed; the one that Pillow brings has only those of English.
FONT = "DejaVuSansMono.ttf"


def draw_page(data: bytes, number: int, width_pixels: int, limits: DocumentLimits) -> bytes:
    """The page as PNG, `width_pixels` wide, or less where its height would need too many pixels. Raises `DocumentError`."""
    media_type = detect(data)
    if media_type == PDF:
        drawn = _pdf_page(data, number, width_pixels, limits)
    elif media_type in IMAGES:
        drawn = _image_page(data, media_type, number, width_pixels, limits)
    else:
        drawn = _text_page(data, number, width_pixels, limits)
    out = io.BytesIO()
    drawn.save(out, format="PNG", compress_level=3)
    return out.getvalue()


def _pdf_page(data: bytes, number: int, width_pixels: int, limits: DocumentLimits) -> Image.Image:
    with pdf.opened(data, limits) as file:
        if not 1 <= number <= file.page_count:
            raise _no_such_page(number, file.page_count)
        scanned = file.read(number, limits.max_words).words is None
        drawn = file.picture_of_width(number, width_pixels)
        return straightened(drawn) if scanned else drawn


def _image_page(data: bytes, media_type: str, number: int, width_pixels: int, limits: DocumentLimits) -> Image.Image:
    with image.opened(data, media_type, limits) as frames:
        picture = frames.picture(number)
        if picture is None:
            raise _no_such_page(number, None)
        height_pixels = max(1, round(width_pixels * picture.height / picture.width))
        return picture.image.resize((width_pixels, height_pixels), Image.Resampling.LANCZOS, reducing_gap=2.0)


def _text_page(data: bytes, number: int, width_pixels: int, limits: DocumentLimits) -> Image.Image:
    pages = list(plain.pages_of(data, limits))
    if not 1 <= number <= len(pages):
        raise _no_such_page(number, len(pages))
    page = pages[number - 1]
    scale = width_pixels / page.width
    picture = Image.new("L", (width_pixels, max(1, round(page.height * scale))), "white")
    pen = ImageDraw.Draw(picture)
    size = plain.SIZE_POINTS * scale
    try:
        font: ImageFont.FreeTypeFont | ImageFont.ImageFont = ImageFont.truetype(FONT, size)
    except OSError:
        font = ImageFont.load_default(size)
    for word in page.words:
        _write(pen, word, scale, font)
    return picture


def _write(pen: ImageDraw.ImageDraw, word: Word, scale: float, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> None:
    for index, character in enumerate(word.text):
        left = (word.box.left + index * plain.CHARACTER_POINTS) * scale
        pen.text((left, word.box.top * scale), character, fill="black", font=font)


def _no_such_page(number: int, count: int | None) -> DocumentError:
    has = "" if count is None else f" The document has {count}."
    return DocumentError("document-page-missing", f"There is no page {number}.{has}", hint="Pages are numbered from 1.")
