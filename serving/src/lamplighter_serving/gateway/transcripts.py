"""Answers while they are written: one reader a process, which hands each piece to the stream that waits for it.

Pieces that arrive while the reader asks the database are read with its next question, so three hundred streams cost some dozens
of questions a second and not thousands.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Never
from uuid import UUID

from .. import logs
from ..errors import StoreUnavailable
from ..queue.job import Mark, Piece, Wakeup
from ..queue.store import JobStore
from .watch import RETRY_SECONDS, Subscription

#: After a question so long passes until the next: what is written meanwhile comes along.
GATHER_SECONDS = 0.01


class Transcript:
    """The pieces of one job's answer for one stream. Its notices (`watch.Subscription`) say when there are new ones."""

    def __init__(self, job_id: UUID, worker: str, notices: Subscription) -> None:
        self._wakeup = Wakeup(worker=worker, job_id=job_id, kind="written")
        self._notices = notices
        self._pieces: list[Piece] = []
        self.mark = Mark()

    def take(self) -> list[Piece]:
        """The pieces since the last call, in order."""
        taken, self._pieces = self._pieces, []
        return taken

    def add(self, piece: Piece) -> None:
        """Takes a piece, if it has not been there before and none is missing between."""
        here, last = (piece.fence, piece.ordinal), (self.mark.fence, self.mark.ordinal)
        if here != (last[0], last[1] + 1) and not (piece.fence > last[0] and piece.ordinal == 1):
            return
        self.mark = Mark(fence=piece.fence, ordinal=piece.ordinal)
        self._pieces.append(piece)
        self._notices.tell(self._wakeup)


class Transcripts:
    """All transcripts of this process. `run` is the task that listens and reads."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._followed: defaultdict[UUID, set[Transcript]] = defaultdict(set)
        self._dirty: set[UUID] = set()
        self._news = asyncio.Event()

    @contextmanager
    def following(self, job_id: UUID, worker: str, notices: Subscription) -> Iterator[Transcript]:
        """The transcript of a job, from its beginning, for the length of the block."""
        transcript = Transcript(job_id, worker, notices)
        self._followed[job_id].add(transcript)
        self._mark(job_id)
        try:
            yield transcript
        finally:
            self._followed[job_id].discard(transcript)
            if not self._followed[job_id]:
                del self._followed[job_id]

    async def run(self) -> Never:
        """Listens and reads until cancelled, through outages of the store."""
        reader = asyncio.create_task(self._read_forever())
        try:
            while True:
                try:
                    async with self._store.watch_written() as notices:
                        self._mark(*self._followed)  # what was written before we listened
                        async for notice in notices:
                            self._mark(*(self._followed if notice.job_id is None else [notice.job_id]))
                except StoreUnavailable:
                    logs.event("transcripts-lost")
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            reader.cancel()
            await asyncio.wait([reader])

    def _mark(self, *jobs: UUID) -> None:
        """Notes the jobs that have news, of those that somebody here follows."""
        self._dirty.update(job for job in jobs if job in self._followed)
        if self._dirty:
            self._news.set()

    async def _read_forever(self) -> Never:
        while True:
            await self._news.wait()
            self._news.clear()
            dirty, self._dirty = self._dirty, set()
            try:
                await self._read(dirty)
            except StoreUnavailable:
                self._mark(*dirty)
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(GATHER_SECONDS)

    async def _read(self, jobs: set[UUID]) -> None:
        # Of several streams of one job the one furthest behind says where to begin.
        after = {
            job: min((each.mark for each in self._followed[job]), key=lambda mark: (mark.fence, mark.ordinal))
            for job in jobs
            if job in self._followed
        }
        for piece in await self._store.pieces(after) if after else ():
            for transcript in self._followed.get(piece.job_id, ()):
                transcript.add(piece)
