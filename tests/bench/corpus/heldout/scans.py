"""The held-out documents as scans, with the samples' scanner and settings that differ from page to page. Kept once made.

Only first pages can be scanned that way, so a document of several pages becomes several pictures in one PDF.
"""

import importlib.util
import sys
from functools import cache
from io import BytesIO
from time import gmtime
from types import ModuleType

import pypdfium2
from PIL import Image

from ..case import CACHE, ROOT
from ..reading import digest, keep

_SCANNER = ROOT / "scripts" / "samples" / "scan.py"
#: Turned by so many degrees, at so many dots per inch, one after the other.
_TURNS = (0.0, 0.6, -0.9, 1.2, -0.4)
_RESOLUTIONS = (200, 240, 300)


def scan_of(pdf: bytes, number: int) -> bytes:
    """The document as a PDF of grey pictures. `number` chooses the settings."""
    file = CACHE / "scans" / f"{digest(pdf, _SCANNER.read_bytes(), str(number).encode())}.pdf"
    if not file.exists():
        keep(file, _scanned(pdf, number))
    return file.read_bytes()


def _scanned(pdf: bytes, number: int) -> bytes:
    scanner = _scanner()
    scan = scanner.Scan(suffix="jpg", dpi=_RESOLUTIONS[number % 3], turn_degrees=_TURNS[number % 5], quality=45)
    pictures = [Image.open(BytesIO(scanner.scanned(page, scan, seed=number))) for page in _pages(pdf)]
    out = BytesIO()
    pictures[0].save(
        out,
        "PDF",
        save_all=True,
        append_images=pictures[1:],
        resolution=scan.dpi,
        quality=60,
        creationDate=gmtime(0),
        modDate=gmtime(0),
    )
    return out.getvalue()


def _pages(pdf: bytes) -> list[bytes]:
    """Each page as a PDF of its own."""
    document = pypdfium2.PdfDocument(pdf)
    pages = []
    for number in range(len(document)):
        single = pypdfium2.PdfDocument.new()
        single.import_pages(document, [number])
        out = BytesIO()
        single.save(out)
        single.close()
        pages.append(out.getvalue())
    document.close()
    return pages


@cache
def _scanner() -> ModuleType:
    """The samples' scanner; scripts/ is no package."""
    spec = importlib.util.spec_from_file_location("samples_scan", _SCANNER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)

    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module
