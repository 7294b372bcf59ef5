"""Pictures as pages: frames decoded one after another, upright, straight, on white, with the size the page had on paper.

Sizes are checked before anything is decoded: a header may promise any number of pixels. Knows no text.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageOps

from ..errors import DocumentError
from .detect import JPEG, PNG, TIFF, WEBP
from .limits import DocumentLimits, require
from .straighten import straightened

_FORMATS = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF", WEBP: "WEBP"}

POINTS_PER_INCH = 72.0
#: What cameras and programs write when they know nothing: the resolution of screens.
SCREEN_DPI = frozenset({72, 96})
#: A resolution outside these bounds is a mistake of the program that wrote it.
LEAST_DPI = 50.0
MOST_DPI = 2400.0
#: The long side of A4; a picture that does not say its resolution is taken for such a page.
A4_LONG_INCHES = 11.69
#: The brightest value of a sample of 16 bits, as a divisor to 8.
SIXTEEN_TO_EIGHT = 1 / 256

# Our own limits are checked first and say more than Pillow's warning.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """One page's picture, upright and straight. `width` and `height` are the page's size in points."""

    number: int
    width: float
    height: float
    image: Image.Image  # mode L or RGB


class ImageFile:
    """An open image file. Only a TIFF has more than one page; an animation is its first frame."""

    def __init__(self, image: Image.Image, media_type: str, limits: DocumentLimits) -> None:
        self._image = image
        self._limits = limits
        self._frames = limits.max_pages if media_type == TIFF else 1  # at most

    def pictures(self) -> Iterator[Picture]:
        """All pages, decoded one at a time. Raises `DocumentError`."""
        require(
            self._frames == 1 or not self._seek(self._limits.max_pages),
            "document-too-many-pages",
            f"The image has more than {self._limits.max_pages} pages, the limit.",
            "Split it into several documents.",
        )
        number = 1
        while picture := self.picture(number):
            yield picture
            number += 1

    def picture(self, number: int) -> Picture | None:
        """One page, None when there is no such page. Raises `DocumentError`."""
        if not 1 <= number <= self._frames or not self._seek(number - 1):
            return None
        return self._picture(number)

    def _seek(self, index: int) -> bool:
        try:
            self._image.seek(index)
        except EOFError:
            return False
        return True

    def _picture(self, number: int) -> Picture:
        width, height = self._image.size
        limits = self._limits
        require(
            width * height <= limits.max_page_pixels and max(width, height) <= limits.max_side_pixels,
            "document-page-too-large",
            f"Page {number} has {width} x {height} pixels; the limits are {limits.max_page_pixels} pixels "
            f"and {limits.max_side_pixels} a side.",
            "Scan it at 300 dpi.",
        )
        horizontal, vertical = _dpi(self._image)
        upright = ImageOps.exif_transpose(self._image)
        if upright.size == (height, width) and width != height:
            horizontal, vertical = vertical, horizontal
        image = straightened(on_white(upright))
        return Picture(
            number=number,
            width=image.width / horizontal * POINTS_PER_INCH,
            height=image.height / vertical * POINTS_PER_INCH,
            image=image,
        )


@contextmanager
def opened(data: bytes, media_type: str, limits: DocumentLimits) -> Iterator[ImageFile]:
    """Opens an image. What Pillow raises for damaged files, and it has many ways, becomes `DocumentError`."""
    try:
        with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as image:
            yield ImageFile(image, media_type, limits)
    except (OSError, SyntaxError, ValueError, TypeError, ArithmeticError, LookupError, EOFError) as error:
        raise DocumentError(
            "document-damaged", f"The {_FORMATS[media_type]} image is damaged and cannot be decoded.", hint="Save it anew."
        ) from error


def on_white(image: Image.Image) -> Image.Image:
    """The image as L or RGB: what is transparent is white, 16 bits become 8."""
    if image.mode.startswith(("I", "F")):
        scale = SIXTEEN_TO_EIGHT if image.mode.startswith("I") else 1.0
        return image.convert("F").point(lambda value: value * scale).convert("L")
    if image.has_transparency_data:
        colours = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, colours).convert("RGB")
    return image.convert("L" if image.mode in {"1", "L"} else "RGB")


def _dpi(image: Image.Image) -> tuple[float, float]:
    """Dots per inch along and across: what the file says, or as if its long side were that of A4."""
    said = image.info.get("dpi", (0, 0))
    try:
        horizontal, vertical = float(said[0]), float(said[1])
    except (TypeError, ValueError, LookupError, ArithmeticError):
        horizontal = vertical = 0.0
    known = all(LEAST_DPI <= value <= MOST_DPI and round(value) not in SCREEN_DPI for value in (horizontal, vertical))
    if known:
        return horizontal, vertical
    guess = max(image.size) / A4_LONG_INCHES
    return guess, guess
