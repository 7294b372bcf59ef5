"""Documents in pieces, so that nobody holds a large one whole."""

from collections.abc import Iterable, Iterator

#: The largest piece of a document that is stored as one row. Large enough for most documents to be one row, small enough that
#: eight uploads at once are a few megabytes.
PIECE_BYTES = 1024 * 1024


def pieces(document: bytes | Iterable[bytes]) -> Iterator[bytes]:
    """The document in pieces of exactly `PIECE_BYTES`, the last one shorter. An empty document has no piece."""
    if isinstance(document, bytes) and 0 < len(document) <= PIECE_BYTES:
        yield document
        return
    buffer = bytearray()
    for chunk in (document,) if isinstance(document, bytes) else document:
        view = memoryview(chunk)
        while len(view) > 0:
            room = PIECE_BYTES - len(buffer)
            buffer += view[:room]
            view = view[room:]
            if len(buffer) == PIECE_BYTES:
                yield bytes(buffer)
                buffer.clear()
    if buffer:
        yield bytes(buffer)
