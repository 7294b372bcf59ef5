"""What one document may cost. Beyond a limit the job fails with a sentence; the worker goes on."""

from dataclasses import dataclass

from ..errors import DocumentError

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentLimits:
    """Limits of one document. The defaults take a 200-page contract or a scan at 600 dpi, and stop what is neither."""

    max_bytes: int = 32 * MIB  # the gateway's own limit
    max_pages: int = 200
    max_page_pixels: int = 40_000_000  # A4 at 600 dpi has 35 million
    max_side_pixels: int = 20_000  # Tesseract refuses more than 32,767
    max_page_points: float = 14_400.0  # 200 inches, the largest page PDF 1.7 allows
    max_words: int = 200_000  # 200 dense pages of 1,000 words
    max_seconds: float = 240.0  # of the clock: 60 scanned pages at about 4 s
    max_memory_bytes: int = 1536 * MIB  # address space; a page at the pixel limit needs about 400 MiB


def require(condition: bool, code: str, sentence: str, hint: str = "") -> None:
    """Raises `DocumentError` when a limit does not hold."""
    if not condition:
        raise DocumentError(code, sentence, hint=hint)
