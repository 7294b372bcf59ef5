"""PDF pages: words from the text layer, and pictures of pages. The only module that knows PDFium.

PDFium is not thread safe and crashes on some hostile files: this runs in a child process of its own, one thread. Boxes are of
the page as a viewer shows it: crop box, rotation, origin at the top left. A box is as high as the font is large and as wide as
the characters' advance, so that all words of a line have one height.
"""

import ctypes
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from ..errors import DocumentError
from .glyphs import Glyph, spelling, words_of
from .limits import DocumentLimits, require
from .page import Box, Word

POINTS_PER_INCH = 72.0
#: What a page may have at most for its text layer to be ignored when a picture covers it: a scanner's footer, a stamp.
SPARSE_CHARACTERS = 100
#: The part of the page a picture must cover to be a scan.
SCAN_SHARE = 0.5
#: More characters without a meaning than this part, and the text layer is not to be trusted.
MOST_UNMAPPED_SHARE = 0.1
#: Words are at most this many characters on average; bounds what is read before words can be counted.
CHARACTERS_PER_WORD = 20
#: Objects of a page that are looked at for pictures; a drawing may have millions.
OBJECTS_LOOKED_AT = 5000
#: Forms within forms that are looked into.
OBJECT_DEPTH = 4
#: PDFium gives angles of text with the clock.
QUARTER_RADIANS = math.pi / 2


@dataclass(frozen=True, kw_only=True, slots=True)
class PdfPage:
    """One page. `words` is None when the page must be read from its picture; an empty page has none and needs no reading."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...] | None


class PdfFile:
    """An open PDF. Closed by its `opened` context."""

    def __init__(self, pdf: pdfium.PdfDocument, limits: DocumentLimits) -> None:
        self._pdf = pdf
        self._limits = limits
        self._has_form = pdf.get_formtype() != raw.FORMTYPE_NONE

    @property
    def page_count(self) -> int:
        """How many pages it says it has; at least 1."""
        return len(self._pdf)

    def read(self, number: int, words_left: int) -> PdfPage:
        """The page `number` (from 1) with its text layer. Raises `DocumentError`."""
        with self._page(number) as page:
            width, height = page.get_size()
            share = _picture_share(page, width * height)
            words = _text_layer(page, covered=share >= SCAN_SHARE, words_left=words_left, limits=self._limits)
            if words is None and share == 0.0 and raw.FPDFPage_CountObjects(page) == 0:
                words = ()
            return PdfPage(number=number, width=width, height=height, words=words)

    def picture(self, number: int, dpi: float) -> Image.Image:
        """The page in grey at `dpi`, or less where the limit of pixels asks for less. Raises `DocumentError`."""
        with self._page(number) as page:
            return self._draw(page, number, dpi / POINTS_PER_INCH, gray=True)

    def picture_of_width(self, number: int, width_pixels: int) -> Image.Image:
        """The page in colour, `width_pixels` wide or less, as `picture`."""
        with self._page(number) as page:
            return self._draw(page, number, width_pixels / page.get_width(), gray=False)

    def _draw(self, page: pdfium.PdfPage, number: int, pixels_per_point: float, *, gray: bool) -> Image.Image:
        limits = self._limits
        _require_drawable(page, number, limits)
        width, height = page.get_size()
        scale = min(
            pixels_per_point, math.sqrt(limits.max_page_pixels / (width * height)), limits.max_side_pixels / max(width, height)
        )
        bitmap = page.render(scale=scale, grayscale=gray, rev_byteorder=True, limit_image_cache=True)
        picture: Image.Image = bitmap.to_pil()
        return picture

    @contextmanager
    def _page(self, number: int) -> Iterator[pdfium.PdfPage]:
        try:
            page = self._pdf[number - 1]
            if self._has_form and raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY) == raw.FLATTEN_SUCCESS:
                # What people typed into a form is no part of the page until it is flattened and read anew.
                page.close()
                page = self._pdf[number - 1]
        except pdfium.PdfiumError as error:
            raise DocumentError("document-damaged", f"Page {number} of the PDF cannot be opened.", hint=_REPAIR) from error
        try:
            width, height = page.get_size()
            most = self._limits.max_page_points
            require(
                0 < width <= most and 0 < height <= most,
                "document-page-too-large",
                f"Page {number} is {width:g} x {height:g} points; the limit is {most:g} points a side.",
                "Print it to a smaller paper size.",
            )
            yield page
        finally:
            page.close()


_REPAIR = "Open it in a viewer and save it anew."


@contextmanager
def opened(data: bytes, limits: DocumentLimits) -> Iterator[PdfFile]:
    """Opens a PDF. Raises `DocumentError` (document-encrypted, document-damaged, document-too-many-pages)."""
    try:
        pdf = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in {raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY}:
            raise DocumentError(
                "document-encrypted", "The PDF is encrypted and needs a password.", hint="Save it without a password."
            ) from error
        raise DocumentError("document-damaged", "The PDF is damaged: no page of it can be found.", hint=_REPAIR) from error
    try:
        require(
            len(pdf) <= limits.max_pages,
            "document-too-many-pages",
            f"The document has {len(pdf)} pages; the limit is {limits.max_pages}.",
            "Split it into several documents.",
        )
        yield PdfFile(pdf, limits)
    finally:
        pdf.close()


def _text_layer(page: pdfium.PdfPage, *, covered: bool, words_left: int, limits: DocumentLimits) -> tuple[Word, ...] | None:
    """The words of the text layer, None when there is none that can be trusted."""
    text = page.get_textpage()
    try:
        count = raw.FPDFText_CountChars(text)
        require(
            count <= words_left * CHARACTERS_PER_WORD,
            "document-too-large",
            f"The document has more than {limits.max_words} words, the limit.",
            "Split it into several documents.",
        )
        glyphs, unmapped = _glyphs(page, text, count, keep_hidden=covered)
    finally:
        text.close()
    drawn = sum(not glyph.space for glyph in glyphs)
    if drawn == 0 or unmapped > MOST_UNMAPPED_SHARE * (drawn + unmapped) or (covered and drawn < SPARSE_CHARACTERS):
        return None
    return tuple(words_of(glyphs))


def _glyphs(page: pdfium.PdfPage, text: pdfium.PdfTextPage, count: int, *, keep_hidden: bool) -> tuple[list[Glyph], int]:
    """The characters a viewer shows, and how many of them have no meaning.

    Characters drawn invisibly are kept only over a picture, where they are a scanner's own reading of it; elsewhere nobody sees
    them, and an extraction must not find what nobody sees.
    """
    to_view = _Placement(page)
    rectangle = raw.FS_RECTF()
    glyphs: list[Glyph] = []
    unmapped = 0
    for index in range(count):
        code = raw.FPDFText_GetUnicode(text, index)
        guessed = raw.FPDFText_IsGenerated(text, index) == 1
        if guessed or code in _SPACES:
            if glyphs:
                glyphs.append(Glyph(text=" ", box=glyphs[-1].box, space=True, guessed=guessed))
            continue
        if not keep_hidden and _is_hidden(text, index):
            continue
        box = _glyph_box(text, index, rectangle, to_view)
        if box is None:
            continue
        character = None if raw.FPDFText_HasUnicodeMapError(text, index) == 1 else spelling(code)
        if character is None:
            unmapped += 1
        elif character:
            turned = round(raw.FPDFText_GetCharAngle(text, index) / QUARTER_RADIANS) + to_view.quarters
            glyphs.append(Glyph(text=character, box=box, quarter=-turned % 4))
    return glyphs, unmapped


#: Spaces of all kinds, and line ends.
_SPACES = frozenset({0x09, 0x0A, 0x0D, 0x20, 0xA0, 0x202F, 0x205F, 0x3000, *range(0x2000, 0x200B)})


def _is_hidden(text: pdfium.PdfTextPage, index: int) -> bool:
    drawn_by = raw.FPDFText_GetTextObject(text, index)
    return bool(drawn_by) and raw.FPDFTextObj_GetTextRenderMode(drawn_by) in _HIDDEN_MODES


_HIDDEN_MODES = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})


def _glyph_box(text: pdfium.PdfTextPage, index: int, rectangle: raw.FS_RECTF, to_view: "_Placement") -> Box | None:
    """The character's box on the page, None when it lies outside or has no size."""
    if not raw.FPDFText_GetLooseCharBox(text, index, ctypes.byref(rectangle)):
        return None
    box = to_view.box(rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
    if box.bottom - box.top <= 0 or box.right - box.left < 0:
        return None
    x, y = (box.left + box.right) / 2, (box.top + box.bottom) / 2
    return box if 0 <= x <= to_view.width and 0 <= y <= to_view.height else None


class _Placement:
    """From the page's own coordinates (points, y grows up, not turned) to those of its view (y grows down, turned, cropped)."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self.quarters = page.get_rotation() // 90
        self.width, self.height = page.get_size()
        self._left, self._bottom, self._right, self._top = page.get_bbox()

    def box(self, left: float, bottom: float, right: float, top: float) -> Box:
        x1, y1 = self._point(left, bottom)
        x2, y2 = self._point(right, top)
        return Box(left=min(x1, x2), top=min(y1, y2), right=max(x1, x2), bottom=max(y1, y2))

    def _point(self, x: float, y: float) -> tuple[float, float]:
        match self.quarters:
            case 0:
                return x - self._left, self._top - y
            case 1:
                return y - self._bottom, x - self._left
            case 2:
                return self._right - x, y - self._bottom
            case _:
                return self._top - y, self._right - x


def _picture_share(page: pdfium.PdfPage, area: float) -> float:
    """The part of the page's area that its pictures cover, overlaps counted twice, at most 1."""
    covered = 0.0
    for picture in _pictures(page):
        left, bottom, right, top = picture.get_bounds()
        covered += max(0.0, right - left) * max(0.0, top - bottom)
    return min(1.0, covered / area)


def _pictures(page: pdfium.PdfPage) -> Iterator[pdfium.PdfImage]:
    for looked_at, thing in enumerate(page.get_objects(max_depth=OBJECT_DEPTH)):
        if looked_at >= OBJECTS_LOOKED_AT:
            return
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
            yield thing


def _require_drawable(page: pdfium.PdfPage, number: int, limits: DocumentLimits) -> None:
    for picture in _pictures(page):
        width, height = picture.get_px_size()
        require(
            width * height <= limits.max_page_pixels,
            "document-page-too-large",
            f"Page {number} holds a picture of {width} x {height} pixels; the limit is {limits.max_page_pixels} pixels.",
            "Scan it at 300 dpi.",
        )
