"""What the tests of documents share: one way to call a reader, and PDFs written by hand."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import pytest

from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.reader import DocumentReader

T = TypeVar("T")


class WithReader(Protocol):
    """Runs an async function with a reader of its own."""

    def __call__(
        self, use: Callable[[DocumentReader], Awaitable[T]], limits: DocumentLimits = ..., processes: int = ...
    ) -> T: ...


@pytest.fixture
def with_reader() -> WithReader:
    def run(
        use: Callable[[DocumentReader], Awaitable[T]],
        limits: DocumentLimits = DocumentLimits(),  # noqa: B008 (frozen)
        processes: int = 1,
    ) -> T:
        async def main() -> T:
            reader = DocumentReader(limits, processes=processes)
            try:
                return await use(reader)
            finally:
                await reader.close()

        return asyncio.run(main())

    return run


@pytest.fixture
def pdf_of() -> Callable[[list[bytes]], bytes]:
    """A PDF of the given objects, numbered from 1; the first is the catalog."""

    def build(objects: list[bytes]) -> bytes:
        out = b"%PDF-1.7\n"
        offsets = []
        for number, body in enumerate(objects, start=1):
            offsets.append(len(out))
            out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        size = len(objects) + 1
        return (
            out
            + b"xref\n0 %d\n0000000000 65535 f \n" % size
            + table
            + b"trailer\n<</Size %d /Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
        )

    return build
