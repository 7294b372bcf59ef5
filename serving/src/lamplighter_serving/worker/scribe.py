"""Answers while they are written: pieces are gathered for a moment, over all jobs of this worker, and stored together.

What is lost here is no loss to the client, who gets the whole answer at its end; so nothing waits for these writes, and a
database that is away costs pieces and no answer.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from ..completion import Delta
from ..engines.base import Tell
from ..errors import StoreError
from ..queue.job import JsonObject, Lease, Piece
from ..queue.store import JobStore

#: The first piece goes out at once, what follows within this time goes together: a reader sees no steps, and the database has
#: thirty writes a second of a worker at most, however many answers it writes.
GATHER_SECONDS = 0.03
#: Pieces of an answer that wait at most while the database is away. More are dropped, and the client waits for the whole.
MOST_WAITING = 200


class _Page:
    """One answer: what the engine said since the last write, and pieces that could not be written yet."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._said: list[Delta] = []
        self._ordinal = 0
        self._waiting: list[Piece] = []
        self._torn = False

    def add(self, delta: Delta) -> None:
        self._said.append(delta)

    def take(self) -> list[Piece]:
        """What is to be written, in pieces numbered once and for all."""
        if self._said and not self._torn:
            self._ordinal += 1
            content = delta_json(self._said)
            fence = self._lease.fence
            self._waiting.append(Piece(job_id=self._lease.job.id, fence=fence, ordinal=self._ordinal, content=content))
            self._torn = len(self._waiting) > MOST_WAITING
        self._said.clear()
        return [] if self._torn else list(self._waiting)

    def written(self, pieces: list[Piece]) -> None:
        del self._waiting[: len(pieces)]


class Scribe:
    """The answers that one worker writes."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._pages: dict[UUID, _Page] = {}
        self._writer: asyncio.Task[None] | None = None

    @contextmanager
    def writing(self, lease: Lease) -> Iterator[Tell]:
        """For the length of the block, what tells the pieces of this lease's answer. What is then unwritten is dropped."""
        page = _Page(lease)
        self._pages[lease.job.id] = page

        def tell(delta: Delta) -> None:
            page.add(delta)
            if self._writer is None or self._writer.done():
                self._writer = asyncio.create_task(self._write())

        try:
            yield tell
        finally:
            if self._pages.get(lease.job.id) is page:
                del self._pages[lease.job.id]

    async def _write(self) -> None:
        """Writes until a moment passes in which nobody said anything."""
        while taken := [(page, pieces) for page in self._pages.values() if (pieces := page.take())]:
            try:
                await self._store.write([piece for _, pieces in taken for piece in pieces])
            except StoreError:
                pass  # taken again the next time
            else:
                for page, pieces in taken:
                    page.written(pieces)
            await asyncio.sleep(GATHER_SECONDS)


def delta_json(said: list[Delta]) -> JsonObject:
    """Pieces that were said one after the other, as one."""
    content: dict[str, object] = {}
    if text := "".join(delta.text for delta in said):
        content["text"] = text
    if calls := [call for delta in said for call in delta.tool_calls]:
        content["tool_calls"] = calls
    return content
