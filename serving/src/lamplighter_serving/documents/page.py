"""A document once it is read: pages of words, each word with its place. Nothing here knows where the words came from.

Lengths are PostScript points (1/72 inch), the origin is the page's top left corner, x grows right, y grows down.
"""

from dataclasses import dataclass
from enum import StrEnum


class TextSource(StrEnum):
    """Where a page's words came from."""

    TEXT_LAYER = "text-layer"
    OCR = "ocr"
    PLAIN = "plain-text"


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A rectangle on a page, in points."""

    left: float
    top: float
    right: float
    bottom: float

    def union(self, other: "Box") -> "Box":
        """The smallest box that holds both."""
        return Box(
            left=min(self.left, other.left),
            top=min(self.top, other.top),
            right=max(self.right, other.right),
            bottom=max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A run of characters without white space. `confidence` is 1.0 for a text layer, the OCR's own (0–1) otherwise."""

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Words that stand on one line of one block, left to right."""

    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        """The words joined by single spaces."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """The box around all words. A line has at least one word."""
        box = self.words[0].box
        for word in self.words[1:]:
            box = box.union(word.box)
        return box


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """One page: its size and its lines in reading order. `number` counts from 1."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    source: TextSource


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A whole document, read. `media_type` is what the bytes are, whatever the client called them."""

    media_type: str
    pages: tuple[Page, ...]

    @property
    def words(self) -> int:
        """How many words all pages have."""
        return sum(len(line.words) for page in self.pages for line in page.lines)
