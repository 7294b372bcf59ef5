"""How fast a disk gives files that nobody has in memory: direct reads, in order, one at a time, past the page cache.

A model's own files, or files of the same sizes that are written first and removed afterwards. What is written cannot be
compressed, and a part of the disk stays free.
"""

import errno
import mmap
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..errors import CannotJudge
from .speed import MIB, Bounds, Meter, Progress, Speed

#: As fio is asked to in the comparison (make bench ONLY=measure).
BLOCK_BYTES = MIB
#: Of the disk, and at least so many bytes, are left to others: a kubelet removes images once 85 % are used (its
#: imageGCHighThresholdPercent), and ends pods below 10 % (nodefs.available).
FREE_PART = 0.15
FREE_BYTES = 2 * 1024 * MIB
#: Hugging Face' shards have 5 GB at most (save_pretrained's max_shard_size).
SHARD_BYTES = 5_000_000_000


def read_files(files: Sequence[Path], bounds: Bounds, tell: Progress) -> Speed:
    """Reads files one after the other until a bound is reached. Raises `CannotJudge` where they cannot be read directly."""
    # Memory of whole pages, as direct reads need it.
    buffer = mmap.mmap(-1, BLOCK_BYTES)
    meter = Meter(bounds, tell)
    try:
        for file in files:
            _read(file, buffer, meter)
    finally:
        buffer.close()
    if not meter.size_bytes:
        raise CannotJudge("There is nothing to read.", hint="Name a folder with a model's files, or a larger --bytes.")
    whole = sum(file.stat().st_size for file in files)
    return meter.speed(f"direct reads of 1 MiB in order, one at a time, {len(files)} files of {whole / MIB:.0f} MiB")


def _read(file: Path, buffer: mmap.mmap, meter: Meter) -> None:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_DIRECT)
    except OSError as error:
        reason = "its file system has no direct reads" if error.errno == errno.EINVAL else error.strerror
        hint = "Name a folder on the disk that holds the weights."
        raise CannotJudge(f"{file} cannot be measured: {reason}.", hint=hint) from error
    try:
        while not meter.full and (size := os.readv(descriptor, [buffer])):
            meter.add(size)
    except OSError as error:
        raise CannotJudge(f"{file} cannot be read: {error.strerror}.", hint="Name a folder on a local disk.") from error
    finally:
        os.close(descriptor)


@contextmanager
def files_of(size_bytes: int, folder: Path, tell: Progress) -> Iterator[list[Path]]:
    """Files of a model of that size, for the length of the block. Raises `CannotJudge` where they would fill the disk."""
    try:
        there = os.statvfs(folder)
    except OSError as error:
        raise CannotJudge(f"{folder} cannot be measured: {error.strerror}.", hint="Name a folder.") from error
    free = there.f_bavail * there.f_frsize
    kept = max(int(FREE_PART * there.f_blocks * there.f_frsize), FREE_BYTES)
    if size_bytes > free - kept:
        raise CannotJudge(
            f"{folder} has {free // MIB} MiB free and {kept // MIB} of them stay free, so {size_bytes // MIB} MiB do not fit.",
            hint=f"Give --bytes {max(0, free - kept) // MIB}MiB or less, or --files with a model that is there.",
        )
    with tempfile.TemporaryDirectory(dir=folder, prefix=".lamplighter-measure-") as scratch:
        files: list[Path] = []
        meter = Meter(Bounds(most_bytes=size_bytes, most_seconds=float("inf")), tell)
        while not meter.full:
            files.append(Path(scratch) / f"{len(files)}.bin")
            _write(files[-1], min(SHARD_BYTES, size_bytes - meter.size_bytes), meter)
        yield files


def _write(file: Path, size_bytes: int, meter: Meter) -> None:
    with file.open("wb", buffering=0) as stream:
        written = 0
        while written < size_bytes:
            more = stream.write(os.urandom(min(BLOCK_BYTES, size_bytes - written)))
            written += more
            meter.add(more)
        os.fsync(stream.fileno())
