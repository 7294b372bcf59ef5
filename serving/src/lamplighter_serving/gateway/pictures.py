"""Pictures of pages: drawn once, kept while there is room, never drawn twice at the same time."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

#: Bytes of pictures kept. A page of 900 pixels is 50 to 300 KiB as PNG, so this is some two hundred pages.
CACHE_BYTES = 32 * 1024 * 1024
#: Documents held in memory at once while their pages are drawn; each may be as large as an upload may be.
MOST_DRAWING = 2

PictureKey = tuple[UUID, int, int]  # job, page number, width in pixels


class PageRenderer(Protocol):
    """Draws pages; `documents.reader.DocumentReader` is one."""

    async def render(self, data: bytes, page_number: int, width_pixels: int) -> bytes:
        """One page as PNG. Raises `DocumentError`."""
        ...

    async def close(self) -> None:
        """Ends what draws."""
        ...


class PictureCache:
    """The least recently asked picture goes first when there are more bytes than `most_bytes`."""

    def __init__(self, most_bytes: int = CACHE_BYTES) -> None:
        self._most_bytes = most_bytes
        self._pictures: OrderedDict[PictureKey, bytes] = OrderedDict()
        self._bytes = 0
        self._drawing: dict[PictureKey, asyncio.Task[bytes]] = {}
        self._slots = asyncio.Semaphore(MOST_DRAWING)

    @property
    def size_bytes(self) -> int:
        """Bytes of all pictures kept."""
        return self._bytes

    async def picture(self, key: PictureKey, draw: Callable[[], Awaitable[bytes]]) -> bytes:
        """The kept picture, or what `draw` gives; several who ask at once wait for the same drawing."""
        if key in self._pictures:
            self._pictures.move_to_end(key)
            return self._pictures[key]
        task = self._drawing.get(key)
        if task is None:
            task = asyncio.create_task(self._draw(key, draw))
            self._drawing[key] = task
        # Shielded: one client that goes away must not take the drawing from the others.
        return await asyncio.shield(task)

    def forget(self, job_id: UUID) -> None:
        """Drops the pictures of a job that is no more."""
        for key in [key for key in self._pictures if key[0] == job_id]:
            self._bytes -= len(self._pictures.pop(key))

    async def _draw(self, key: PictureKey, draw: Callable[[], Awaitable[bytes]]) -> bytes:
        try:
            async with self._slots:
                picture = await draw()
        finally:
            del self._drawing[key]
        self._keep(key, picture)
        return picture

    def _keep(self, key: PictureKey, picture: bytes) -> None:
        self._pictures[key] = picture
        self._bytes += len(picture)
        while self._bytes > self._most_bytes:
            _, dropped = self._pictures.popitem(last=False)
            self._bytes -= len(dropped)
