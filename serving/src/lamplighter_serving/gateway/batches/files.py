"""Files of clients in PostgreSQL: kept in chunks, so that nobody holds one whole. The SQL stands in sql/files.sql."""

import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from ...database import Database, Row, Transaction, load_queries
from ...queue.job import JsonObject
from ...queue.pieces import PIECE_BYTES, pieces
from ...queue.text import storable
from ..problems import RequestRefused
from .ids import FILE_PREFIX, id_text

QUERIES = load_queries(Path(__file__).parent.parent / "sql")

#: What a client uploads, and what a batch gives.
BATCH, BATCH_OUTPUT = "batch", "batch_output"


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """A file that stands whole."""

    id: UUID
    purpose: str
    name: str
    bytes: int
    created_at: datetime

    def json(self) -> JsonObject:
        """As the API tells it."""
        return {
            "id": id_text(FILE_PREFIX, self.id),
            "object": "file",
            "bytes": self.bytes,
            "created_at": int(self.created_at.timestamp()),
            "expires_at": None,
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }


class FileTable:
    """The files. Every method names the tenant; what is another's is not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, tenant: str, *, purpose: str, name: str, content: bytes | Iterable[bytes]) -> StoredFile:
        """Stores a file, in one transaction."""
        file_id, size = uuid.uuid4(), 0
        async with self._database.transaction() as transaction:
            facts = {"id": file_id, "tenant": tenant, "purpose": purpose, "name": storable(name), "bytes": 0, "complete": False}
            await transaction.rows(QUERIES["create_file"], facts)
            for piece in pieces(content):
                await transaction.rows(QUERIES["add_chunk"], {"id": file_id, "begin": size, "bytes": piece})
                size += len(piece)
            await transaction.rows(QUERIES["grow_file"], {"id": file_id, "bytes": size})
            await transaction.rows(QUERIES["finish_file"], {"id": file_id})
            return _file(await transaction.row(QUERIES["get_file"], {"id": file_id, "tenant": tenant}))

    async def get(self, tenant: str, file_id: UUID) -> StoredFile:
        """Raises `RequestRefused` (404)."""
        return _file(await self._database.row(QUERIES["get_file"], {"id": file_id, "tenant": tenant}))

    async def list(self, tenant: str, *, purpose: str | None, after: UUID | None, limit: int) -> Sequence[StoredFile]:
        """Newest first."""
        asked = {"tenant": tenant, "purpose": purpose, "after": after, "limit": limit}
        return [_file(row) for row in await self._database.rows(QUERIES["list_files"], asked)]

    async def content(self, tenant: str, file_id: UUID) -> AsyncIterator[bytes]:
        """The bytes in chunks. Raises `RequestRefused` (404), also when the file is deleted half way."""
        size = (await self.get(tenant, file_id)).bytes
        sent = 0
        while sent < size:
            asked = {"id": file_id, "offset": sent, "until": sent, "longest": 1, "limit": 1}
            row = await self._database.row(QUERIES["file_chunks_from"], asked)
            if row is None:
                raise not_found()
            yield bytes(row["bytes"])
            sent += len(row["bytes"])

    async def delete(self, tenant: str, file_id: UUID) -> None:
        """Deletes a file with its content. Raises `RequestRefused`: 404, and 409 while a batch reads it."""
        async with self._database.transaction() as transaction:
            if await transaction.row(QUERIES["file_is_read"], {"id": file_id}) is not None:
                await self.get(tenant, file_id)
                hint = "Cancel the batch, or wait for its end."
                raise RequestRefused(409, "file-in-use", "A batch reads this file.", hint=hint)
            if not await transaction.rows(QUERIES["delete_file"], {"id": file_id, "tenant": tenant}):
                raise not_found()

    async def purge(self, age: timedelta) -> int:
        """Deletes what is older and in nobody's use. Returns how many."""
        return len(await self._database.rows(QUERIES["purge_files"], {"age": age}))


async def stretch(transaction: Transaction, file_id: UUID, begin: int, end: int) -> bytes:
    """The bytes from `begin` to before `end`, or to the file's own end where that comes first."""
    asked = {
        "id": file_id,
        "offset": begin,
        "until": end - 1,
        "longest": PIECE_BYTES,
        "limit": 2 + (end - begin) // PIECE_BYTES,
    }
    rows = await transaction.rows(QUERIES["file_chunks_from"], asked)
    if not rows:
        return b""
    first = rows[0]["begin"]
    return b"".join(bytes(row["bytes"]) for row in rows)[begin - first : end - first]


async def append(transaction: Transaction, tenant: str, file_id: UUID | None, name: str, content: bytes) -> UUID:
    """Adds to a file that is being written; begins it when there is none yet. Returns its id."""
    if file_id is None:
        file_id = uuid.uuid4()
        facts = {"id": file_id, "tenant": tenant, "purpose": BATCH_OUTPUT, "name": name, "bytes": 0, "complete": False}
        await transaction.rows(QUERIES["create_file"], facts)
    for piece in pieces(content):
        row = await transaction.row(QUERIES["grow_file"], {"id": file_id, "bytes": len(piece)})
        begin = 0 if row is None else row["begin"]
        await transaction.rows(QUERIES["add_chunk"], {"id": file_id, "begin": begin, "bytes": piece})
    return file_id


async def finish(transaction: Transaction, file_id: UUID) -> None:
    """The file stands whole."""
    await transaction.rows(QUERIES["finish_file"], {"id": file_id})


def not_found() -> RequestRefused:
    """No such file of this tenant."""
    return RequestRefused(404, "file-not-found", "There is no such file.", hint="GET /v1/files lists yours.")


def _file(row: Row | None) -> StoredFile:
    if row is None:
        raise not_found()
    return StoredFile(**row)
