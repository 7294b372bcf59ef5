"""The reader and its children: one document a child, nothing inherited, nothing left behind."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.reader import DocumentReader
from lamplighter_serving.errors import DocumentError, LamplighterError

TEXT = b"Faktura 2026001"
#: A condition that must come true does so within this time, on a busy machine too.
DEADLINE_SECONDS = 20.0


def slow_scan() -> bytes:
    """A page of noise: Tesseract takes many seconds to find nothing in it."""
    out = io.BytesIO()
    Image.effect_noise((2000, 2800), 150).save(out, "PNG", dpi=(300, 300))
    return out.getvalue()


def children_of(pid: int) -> list[int]:
    """All processes below one, from /proc."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            state, parent = stat.rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(entry.name)] = int(parent)
    found = [child for child, parent in parents.items() if parent == pid]
    return found + [below for child in found for below in children_of(child)]


def readers() -> list[int]:
    """The readers of this process, with what they started. Other tests' servers may be its children too."""
    own = [pid for pid in children_of(os.getpid()) if b"lamplighter_serving.documents.child" in command_of(pid)]
    return own + [below for reader in own for below in children_of(reader)]


def command_of(pid: int) -> bytes:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def named(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def open_files_of(pid: int) -> list[str]:
    return [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not holds():  # noqa: ASYNC110 (of another process)
            await asyncio.sleep(0.02)


def tesseract_runs() -> bool:
    try:
        return any(named(pid) == "tesseract" for pid in readers())
    except FileNotFoundError:
        return False


def test_many_documents_at_once_are_each_read(with_reader) -> None:
    async def use(reader: DocumentReader) -> list[str]:
        documents = await asyncio.gather(*(reader.read(b"number %d" % number) for number in range(12)))
        return [document.pages[0].lines[0].text for document in documents]

    assert with_reader(use, processes=3) == [f"number {number}" for number in range(12)]


def test_a_large_document_and_a_large_answer_go_through(with_reader) -> None:
    data = ("Slovo číslo jedna dvě tři čtyři " * 60 + "\n").encode() * 500

    async def use(reader: DocumentReader) -> int:
        return (await reader.read(data)).words

    assert with_reader(use) == 60 * 6 * 500


def test_a_text_of_more_words_than_the_limit_is_refused(with_reader) -> None:
    async def use(reader: DocumentReader) -> DocumentError:
        with pytest.raises(DocumentError) as caught:
            await reader.read(b"word " * 1001)
        return caught.value

    error = with_reader(use, limits=DocumentLimits(max_words=1000))
    assert (error.code, "1000 words" in error.sentence) == ("document-too-large", True)


def test_no_more_children_work_at_once_than_processes(with_reader) -> None:
    async def use(reader: DocumentReader) -> None:
        reads = [asyncio.create_task(reader.read(slow_scan())) for _ in range(3)]
        await until(tesseract_runs)
        assert sum(named(pid) == "tesseract" for pid in readers()) == 1
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)

    with_reader(use, processes=1)


def test_a_cancelled_reading_takes_its_child_and_tesseract_with_it(with_reader) -> None:
    async def use(reader: DocumentReader) -> str:
        read = asyncio.create_task(reader.read(slow_scan()))
        await until(tesseract_runs)
        read.cancel()
        with pytest.raises(asyncio.CancelledError):
            await read
        await until(lambda: not tesseract_runs())
        return (await reader.read(TEXT)).pages[0].lines[0].text

    assert with_reader(use) == "Faktura 2026001"


def test_a_document_that_takes_too_long_ends_at_the_limit_and_leaves_nothing(with_reader) -> None:
    async def use(reader: DocumentReader) -> DocumentError:
        begin = time.monotonic()
        with pytest.raises(DocumentError) as caught:
            await reader.read(slow_scan())
        assert time.monotonic() - begin < 10
        await until(lambda: not tesseract_runs())
        return caught.value

    error = with_reader(use, DocumentLimits(max_seconds=2.0))

    assert error.code == "document-too-slow"


def test_a_child_that_is_killed_is_one_failure_and_the_next_document_is_read(with_reader) -> None:
    async def use(reader: DocumentReader) -> DocumentError:
        read = asyncio.create_task(reader.read(slow_scan()))
        await until(tesseract_runs)
        (child,) = [pid for pid in readers() if any(named(below) == "tesseract" for below in children_of(pid))]
        os.kill(child, signal.SIGSEGV)
        with pytest.raises(DocumentError) as caught:
            await read
        await until(lambda: not tesseract_runs())
        await reader.read(TEXT)
        return caught.value

    error = with_reader(use)

    assert error.code == "document-damaged"
    assert "SIGSEGV" in error.sentence


def test_a_spare_that_died_while_it_waited_is_not_used(with_reader) -> None:
    async def use(reader: DocumentReader) -> str:
        reader.start()
        (spare,) = readers()
        os.kill(spare, signal.SIGKILL)
        await until(lambda: not readers())
        return (await reader.read(TEXT)).pages[0].lines[0].text

    assert with_reader(use) == "Faktura 2026001"


def test_a_child_inherits_neither_environment_nor_files(with_reader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    inherited: list[bytes] = []
    files: list[str] = []

    async def use(reader: DocumentReader) -> None:
        reader.start()
        (child,) = readers()
        inherited.append(environment_of(child))
        files.extend(open_files_of(child))

    with (tmp_path / "open").open("w") as kept:
        with_reader(use)
    (environment,) = inherited
    assert b"secret" not in environment
    names = {entry.partition(b"=")[0] for entry in environment.split(b"\0") if entry}
    assert names == {b"PATH", b"LC_ALL", b"OMP_THREAD_LIMIT"}
    assert kept.name not in files


def test_nothing_is_left_when_the_reader_is_closed(with_reader) -> None:
    async def use(reader: DocumentReader) -> None:
        reader.start()
        read = asyncio.create_task(reader.read(slow_scan()))
        await until(tesseract_runs)
        await reader.close()
        with pytest.raises(LamplighterError) as caught:
            await read
        assert not isinstance(caught.value, DocumentError)  # the document is not at fault
        with pytest.raises(LamplighterError):
            await reader.read(TEXT)

    with_reader(use, processes=2)

    assert readers() == []


PARENT = """
import asyncio, sys
from lamplighter_serving.documents.limits import DocumentLimits
from lamplighter_serving.documents.reader import DocumentReader

async def main():
    reader = DocumentReader(DocumentLimits(), processes=2)
    reader.start()
    await reader.read(sys.stdin.buffer.read())

asyncio.run(main())
"""


@pytest.mark.kill
def test_children_and_tesseract_die_with_a_killed_parent() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdin=subprocess.PIPE) as parent:
        assert parent.stdin is not None
        parent.stdin.write(slow_scan())
        parent.stdin.close()
        asyncio.run(until(tesseract_runs))
        family = children_of(parent.pid)
        assert len(family) >= 3  # two children and Tesseract
        parent.kill()
        parent.wait()
        asyncio.run(until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family)))


@pytest.mark.parametrize(("asked", "given"), [(1, 64), (300, 300), (100_000, 2400)])
def test_a_picture_s_width_stays_within_bounds(with_reader, asked: int, given: int) -> None:
    async def use(reader: DocumentReader) -> bytes:
        return await reader.render(TEXT, 1, asked)

    assert Image.open(io.BytesIO(with_reader(use))).width == given


def test_a_document_beyond_the_limit_of_bytes_is_refused_with_both_numbers(with_reader) -> None:
    async def use(reader: DocumentReader) -> None:
        await reader.read(bytes(3 * 1024 * 1024))

    with pytest.raises(DocumentError) as caught:
        with_reader(use, DocumentLimits(max_bytes=1024 * 1024))

    assert caught.value.code == "document-too-large"
    assert "3.0 MiB" in caught.value.sentence
    assert "1.0 MiB" in caught.value.sentence


def test_it_works_on_uvloop_as_the_gateway_runs_it() -> None:
    uvloop = pytest.importorskip("uvloop")

    async def main() -> str:
        reader = DocumentReader(DocumentLimits(), processes=1)
        try:
            return (await reader.read(TEXT)).pages[0].lines[0].text
        finally:
            await reader.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == "Faktura 2026001"
