"""Reads and draws documents, each in a child process of its own: the door to this package for the worker and the gateway.

A child costs about 0.1 s to start, so spare ones wait, started before they are needed. Cancelling a call kills its child.
"""

import asyncio
from collections import deque

from ..errors import DocumentError, LamplighterError, SettingsError
from .limits import MIB, DocumentLimits
from .page import Document
from .sandbox import Child
from .wire import Refusal, Task

#: A picture's width: below nothing can be recognised, above it is larger than any screen shows.
LEAST_WIDTH_PIXELS = 64
MOST_WIDTH_PIXELS = 2400
#: Spares that wait, each with some 30 MiB of memory; more would not be used up before new ones are ready.
MOST_SPARES = 4


class DocumentReader:
    """Reads up to `processes` documents at once; more wait. `languages` is Tesseract's form, for documents that do not say.

    All methods belong to one event loop. The system's parsers never run in this process.
    """

    def __init__(self, limits: DocumentLimits, languages: str = "ces+eng", processes: int = 1) -> None:
        self._limits = limits
        self._languages = languages
        self._slots = asyncio.Semaphore(processes)
        self._wanted_spares = min(processes, MOST_SPARES)
        self._spares: deque[Child] = deque()
        self._busy: set[Child] = set()
        self._closed = False

    def start(self) -> None:
        """Starts the spare children, so that the first document does not wait for one. Not needed, only quicker."""
        self._refill()

    async def read(self, data: bytes, languages: str | None = None) -> Document:
        """Reads a whole document. `languages` instead of the reader's own, where the document's are known.

        Raises `DocumentError`; `SettingsError` where a scan needs Tesseract or a language that is not installed.
        """
        answer = await self._ask(Task(limits=self._limits, languages=languages or self._languages), data)
        if not isinstance(answer, Document):
            raise _no_answer()
        return answer

    async def render(self, data: bytes, page_number: int, width_pixels: int) -> bytes:
        """One page (from 1) as PNG, `width_pixels` wide within 64 and 2400, narrower for a very tall page.

        Raises `DocumentError`, with code document-page-missing when there is no such page.
        """
        width = min(MOST_WIDTH_PIXELS, max(LEAST_WIDTH_PIXELS, width_pixels))
        task = Task(limits=self._limits, languages=self._languages, page_number=max(1, page_number), width_pixels=width)
        answer = await self._ask(task, data)
        if not isinstance(answer, bytes):
            raise _no_answer()
        return answer

    async def close(self) -> None:
        """Kills all children. Calls still running raise `LamplighterError`."""
        self._closed = True
        for child in self._busy:
            child.kill()
        await asyncio.gather(*(child.gone() for child in self._busy), *(child.end() for child in self._spares))
        self._spares.clear()

    async def _ask(self, task: Task, data: bytes) -> Document | bytes:
        if len(data) > self._limits.max_bytes:
            raise _too_large(len(data), self._limits.max_bytes)
        async with self._slots:
            self._require_open()
            child = await self._take()
            self._busy.add(child)
            try:
                answer = await child.ask(task, data)
            except DocumentError:
                self._require_open()  # it was `close` that killed the child, not the document
                raise
            finally:
                await child.end()
                self._busy.discard(child)
                self._refill()
        if isinstance(answer, Refusal):
            raise _error(answer)
        return answer

    async def _take(self) -> Child:
        while self._spares:
            child = self._spares.popleft()
            if child.alive:
                return child
            await child.end()
        return Child()

    def _refill(self) -> None:
        """Starts what is missing of the spares; they get ready while nobody waits for them."""
        while not self._closed and len(self._spares) < self._wanted_spares:
            self._spares.append(Child())

    def _require_open(self) -> None:
        if self._closed:
            raise LamplighterError("The reader of documents was closed.")


def _too_large(size_bytes: int, most_bytes: int) -> DocumentError:
    return DocumentError(
        "document-too-large",
        f"The document has {size_bytes / MIB:.1f} MiB; the limit is {most_bytes / MIB:.1f} MiB.",
        hint="Split it, or scan it at 300 dpi in black and white.",
    )


def _error(refusal: Refusal) -> DocumentError | SettingsError:
    if refusal.settings:
        return SettingsError(refusal.sentence, hint=refusal.hint)
    return DocumentError(refusal.code, refusal.sentence, hint=refusal.hint)


def _no_answer() -> DocumentError:
    return DocumentError("document-damaged", "The document cannot be read: the reader gave an answer of another kind.")
