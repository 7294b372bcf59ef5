"""Files, batches and who works on them, put together once for a gateway that has a database."""

from dataclasses import dataclass
from datetime import timedelta

from ...database import Database
from ...queue.store import JobStore
from ..models import Models
from .files import FileTable
from .runner import BatchRunner
from .table import BatchTable


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """The doors to files and batches."""

    files: FileTable
    batches: BatchTable
    runner: BatchRunner

    async def purge(self, *, files: timedelta, batches: timedelta) -> int:
        """Deletes files and ended batches that are older. Returns how many."""
        return await self.files.purge(files) + await self.batches.purge(batches)


def archive_over(database: Database, store: JobStore, models: Models) -> Archive:
    """The archive in a database."""
    batches = BatchTable(database)
    return Archive(files=FileTable(database), batches=batches, runner=BatchRunner(batches, store, models))
