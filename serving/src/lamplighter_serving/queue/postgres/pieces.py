"""Answers while they are written: pieces that a worker adds and a gateway reads."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from uuid import UUID

from ..job import Mark, Piece, Wakeup
from ..text import json_text
from .notices import Notices
from .rows import QUERIES

#: The channel that `write_pieces` notifies.
CHANNEL = "lamplighter_written"


class Pieces(Notices):
    """The part of the store about answers that are not whole yet."""

    async def write(self, pieces: Sequence[Piece]) -> None:
        """See `JobStore.write`."""
        parameters = {
            "jobs": [piece.job_id for piece in pieces],
            "fences": [piece.fence for piece in pieces],
            "ordinals": [piece.ordinal for piece in pieces],
            "contents": [json_text(piece.content) for piece in pieces],
        }
        await self._database.rows(QUERIES["write_pieces"], parameters)

    async def pieces(self, after: Mapping[UUID, Mark]) -> Sequence[Piece]:
        """See `JobStore.pieces`."""
        parameters = {
            "jobs": list(after),
            "fences": [mark.fence for mark in after.values()],
            "ordinals": [mark.ordinal for mark in after.values()],
        }
        return [Piece(**row) for row in await self._database.rows(QUERIES["read_pieces"], parameters)]

    def watch_written(self) -> AbstractAsyncContextManager[AsyncIterator[Wakeup]]:
        """See `JobStore.watch_written`."""
        return self._watch(CHANNEL)
