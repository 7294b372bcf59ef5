"""A page as an office scanner gives it: turned a little, noisy, grey or black and white. Needs no other file of this folder.

The noise comes from the seed. Pixels follow the libraries that draw and compress, so another version may give other bytes.
"""

from dataclasses import dataclass
from io import BytesIO
from random import Random
from time import gmtime

import pypdfium2
from PIL import Image, ImageChops, ImageFilter

#: Paper is not white and ink is not black.
_PAPER_GREY, _INK_GREY = 246, 38
#: The file says no day, so that it does not change with the clock.
_NO_DAY = gmtime(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """How a page is scanned. `suffix` is the file's kind; png and tiff are black and white, jpg and pdf hold grey JPEG."""

    suffix: str
    dpi: int
    turn_degrees: float
    quality: int = 50
    noise: float = 0.1


def scanned(pdf: bytes, scan: Scan, seed: int) -> bytes:
    """The first page of a PDF as a scan."""
    page = _drawn(pdf, scan.dpi)
    page = page.rotate(scan.turn_degrees, Image.Resampling.BICUBIC, fillcolor=255)
    page = page.filter(ImageFilter.GaussianBlur(0.35 * scan.dpi / 200))
    page = page.point([_INK_GREY + value * (_PAPER_GREY - _INK_GREY) // 255 for value in range(256)])
    page = Image.blend(page, _noise(page.size, seed), scan.noise)
    return _saved(page, scan)


def _drawn(pdf: bytes, dpi: int) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        page = document[0]
        bitmap = page.render(scale=dpi / 72, grayscale=True)
        return bitmap.to_pil().convert("L")
    finally:
        document.close()


def _noise(size: tuple[int, int], seed: int) -> Image.Image:
    """Grey noise, its grains a little softer than a pixel."""
    random = Random(f"lamplighter scan {seed}")
    count = size[0] * size[1]
    layers = [Image.frombytes("L", size, random.randbytes(count)) for _ in range(2)]
    return ImageChops.add(*layers, scale=2).filter(ImageFilter.GaussianBlur(0.6))


def _saved(page: Image.Image, scan: Scan) -> bytes:
    out = BytesIO()
    resolution = (scan.dpi, scan.dpi)
    if scan.suffix == "jpg":
        page.save(out, "JPEG", quality=scan.quality, dpi=resolution)
    elif scan.suffix == "pdf":
        page.save(out, "PDF", quality=scan.quality, resolution=scan.dpi, creationDate=_NO_DAY, modDate=_NO_DAY, producer="scan")
    else:
        bilevel = page.point([0] * 150 + [255] * 106).convert("1", dither=Image.Dither.NONE)
        if scan.suffix == "tiff":
            bilevel.save(out, "TIFF", compression="group4", dpi=resolution)
        else:
            bilevel.save(out, "PNG", optimize=True, dpi=resolution)
    return out.getvalue()
