"""Documents cut into pieces."""

from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from lamplighter_serving.queue import pieces as pieces_module
from lamplighter_serving.queue.pieces import PIECE_BYTES, pieces

CHUNKS = st.lists(st.binary(max_size=40), max_size=12)


@given(chunks=CHUNKS, piece_bytes=st.integers(1, 16))
def test_pieces_are_the_document_in_equal_parts_however_it_came(chunks: list[bytes], piece_bytes: int) -> None:
    whole = b"".join(chunks)
    with patch.object(pieces_module, "PIECE_BYTES", piece_bytes):
        found = list(pieces(chunks))
        assert found == list(pieces(whole))
    assert b"".join(found) == whole
    assert all(len(piece) == piece_bytes for piece in found[:-1])
    assert all(0 < len(piece) <= piece_bytes for piece in found[-1:])


def test_an_empty_document_has_no_piece() -> None:
    assert list(pieces(b"")) == list(pieces([])) == list(pieces([b"", b""])) == []


def test_a_document_is_never_read_further_than_its_next_piece() -> None:
    taken = 0

    def document() -> object:
        nonlocal taken
        for _ in range(10):
            taken += 1
            yield bytes(PIECE_BYTES // 2)

    first = next(pieces(document()))  # type: ignore[arg-type]
    assert (len(first), taken) == (PIECE_BYTES, 2)


def test_a_piece_does_not_change_when_the_caller_reuses_its_buffer() -> None:
    buffer = bytearray(b"a" * PIECE_BYTES)
    found = pieces([buffer, buffer])  # type: ignore[list-item]
    first = next(found)
    buffer[:] = b"b" * PIECE_BYTES
    assert first == b"a" * PIECE_BYTES
