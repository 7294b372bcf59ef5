"""A document while it arrives: small ones stay in memory, larger ones wait in a temporary file that has no name.

The file is unlinked from the start, so nothing is left behind whatever happens to the process. Point `LAMPLIGHTER_SPOOL_DIR`
at a disk: a folder in memory (tmpfs) would count against the process after all.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

KIB = 1024

#: Documents up to this size never touch the disk.
MEMORY_BYTES = 64 * KIB
#: Bytes gathered before they are written: writing goes through a thread, which costs a tenth of a millisecond each time.
WRITE_BYTES = 256 * KIB
#: The store takes chunks of at most 1 MiB.
CHUNK_BYTES = 1024 * KIB


class Spool:
    """Bytes that arrive in pieces and are read back in chunks, once."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._buffer = bytearray()
        self._file: BinaryIO | None = None
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self._file.close()

    @property
    def digest(self) -> bytes:
        """SHA-256 of the bytes so far."""
        return self._hash.digest()

    def write(self, piece: bytes | bytearray) -> None:
        """Takes a piece. Call `settle` soon after: until then it is held in memory."""
        self._hash.update(piece)
        self._buffer += piece
        self.size_bytes += len(piece)

    async def settle(self) -> None:
        """Moves to the disk what should not stay in memory. Raises `OSError` when the disk is full."""
        if len(self._buffer) >= WRITE_BYTES or (self._file is None and len(self._buffer) > MEMORY_BYTES):
            await self._spill()

    async def content(self) -> bytes | Iterator[bytes]:
        """All bytes: whole when small, else in chunks. Raises `OSError` when the disk is full."""
        if self._file is None and len(self._buffer) <= MEMORY_BYTES:
            return bytes(self._buffer)
        await self._spill()
        return self._chunks()

    async def _spill(self) -> None:
        full, self._buffer = self._buffer, bytearray()
        await asyncio.to_thread(self._append, full)

    def _append(self, piece: bytearray) -> None:
        if self._file is None:
            # Unbuffered: the pieces are large already.
            self._file = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 - closed with the spool
        view = memoryview(piece)
        while view:
            view = view[self._file.write(view) :]

    def _chunks(self) -> Iterator[bytes]:
        # Read on the event loop: written a moment ago, the bytes come from the page cache in a fraction of a millisecond.
        if self._file is None:
            return
        self._file.seek(0)
        while chunk := self._file.read(CHUNK_BYTES):
            yield chunk
