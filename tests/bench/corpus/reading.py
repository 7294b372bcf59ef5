"""Reads the documents of a corpus, each once: what was read is kept until the document or the reader's code changes."""

import asyncio
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import lamplighter_serving.documents
from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.page import Document
from lamplighter_serving.documents.reader import DocumentReader
from lamplighter_serving.documents.wire import pack_document, unpack_answer

from .case import CACHE

_READ = CACHE / "read"


async def read_all(documents: Sequence[bytes], jobs: int) -> list[Document]:
    """The documents, read; `jobs` at once where they are not yet known."""
    reader = DocumentReader(DocumentLimits(), processes=jobs)
    try:
        return list(await asyncio.gather(*(_read(reader, data) for data in documents)))
    finally:
        await reader.close()


async def _read(reader: DocumentReader, data: bytes) -> Document:
    file = _READ / f"{digest(data, _code())}.json"
    if file.exists():
        document = unpack_answer(file.read_bytes())
        if isinstance(document, Document):
            return document
    document = await reader.read(data)
    keep(file, pack_document(document))
    return document


def keep(file: Path, data: bytes) -> None:
    """Writes a file of the cache whole, so that a run beside this one never sees half of it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{hashlib.sha256(data).hexdigest()[:8]}.part")
    part.write_bytes(data)
    part.replace(file)


def digest(*parts: bytes) -> str:
    """A name for what follows from these bytes."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:32]


@cache
def _code() -> bytes:
    """The source of everything that reads documents."""
    folder = Path(str(lamplighter_serving.documents.__file__)).parent
    return digest(*(path.read_bytes() for path in sorted(folder.glob("*.py")))).encode()
