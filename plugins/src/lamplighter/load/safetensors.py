"""Headers of safetensors files and their index: names, number formats, shapes and bytes. No tensor is ever read.

The format (https://huggingface.co/docs/safetensors): 8 bytes with the header's length, little end first; a JSON header that
gives each tensor its dtype, shape and [begin, end) in the data; the data. A file may also be its header alone, as one gets it
with a range request. Everything is checked against the file's real length before it is believed.
"""

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeGuard

from ..domain.tensors import StoredWeights, Tensor
from ..errors import CannotJudge

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"

#: The reference implementation refuses longer headers (safetensors 0.7, MAX_HEADER_SIZE).
MOST_HEADER_BYTES = 100_000_000
#: The largest published index (DeepSeek-V3, 91,991 tensors) has 9 MB.
MOST_INDEX_BYTES = 100_000_000
LENGTH_BYTES = 8

#: Bits of an element, by the format's name.
DTYPE_BITS: Mapping[str, int] = {
    "F4": 4,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "BOOL": 8,
    "U8": 8,
    "I8": 8,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "U16": 16,
    "I16": 16,
    "F16": 16,
    "BF16": 16,
    "U32": 32,
    "I32": 32,
    "F32": 32,
    "U64": 64,
    "I64": 64,
    "F64": 64,
    "C64": 64,
}

#: What a clone without its large files holds instead of them (https://git-lfs.com).
_POINTER = b"version https://git-lfs"
#: A shard is named by its plain name: an index must not point out of its folder.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.safetensors")


def weights_from_folder(folder: Path) -> StoredWeights:
    """The weights of a model's folder: by its index, else `model.safetensors`, else every safetensors file but duplicates.

    Raises `CannotJudge` when there are none or one cannot be believed.
    """
    if (folder / INDEX).is_file():
        return weights_from_index(folder / INDEX)
    if (folder / SINGLE).is_file():
        return weights_from_file(folder / SINGLE)
    files = sorted(path for path in folder.glob("*.safetensors") if path.is_file())
    # Mistral's repositories hold the same weights twice, once under its own names in consolidated.safetensors.
    files = [path for path in files if not path.name.startswith("consolidated")] or files
    if not files:
        raise CannotJudge(f"{folder} holds no safetensors file and no {INDEX}.", hint="Name a folder that does.")
    return _together(files)


def weights_from_file(file: Path) -> StoredWeights:
    """The weights of one safetensors file. Raises `CannotJudge`."""
    return _together([file])


def weights_from_index(index: Path) -> StoredWeights:
    """The weights an index names. Reads the files' headers where all lie beside it; else only names and the total are known.

    Raises `CannotJudge` when the index or a header cannot be believed, or when neither files nor total are there.
    """
    content = _json(_start_of(index, MOST_INDEX_BYTES, "an index"), index)
    places = content.get("weight_map")
    if not isinstance(places, dict) or not places or not all(isinstance(name, str) for name in places.values()):
        raise CannotJudge(f"{index} has no weight_map from tensors to files.", hint=f"Name a model's {INDEX}.")
    names = sorted(set(places.values()))
    for name in names:
        if not _PLAIN_NAME.fullmatch(name):
            raise CannotJudge(f"{index} names the file {name[:80]!r}, which is not a plain *.safetensors name beside it.")
    files = [index.parent / name for name in names]
    if all(file.is_file() for file in files):
        return _agreed(index, places, _together(files))
    metadata = content.get("metadata")
    total = metadata.get("total_size") if isinstance(metadata, dict) else None
    if isinstance(total, bool) or not isinstance(total, int | float) or not 0 < total < 2**63 or total != int(total):
        missing = next(file.name for file in files if not file.is_file())
        raise CannotJudge(
            f"{index} does not say metadata.total_size, and {missing} is not beside it.",
            hint="Fetch the files, or their headers.",
        )
    return StoredWeights(tensors=(), names=tuple(sorted(places)), total_bytes=int(total), files=tuple(names))


def stored_bytes(file: Path) -> int:
    """Bytes of the tensors of an index's files, or of one file. Raises `CannotJudge`."""
    weights = weights_from_index(file) if file.name.endswith(".json") else weights_from_file(file)
    return weights.total_bytes


def _agreed(index: Path, places: Mapping[str, str], weights: StoredWeights) -> StoredWeights:
    """The headers, if they hold just what the index names."""
    if odd := sorted(set(places) ^ set(weights.names)):
        where = "index only" if odd[0] in places else "file only"
        raise CannotJudge(
            f"{index} and its files do not hold the same tensors: {len(odd)} differ, the first {odd[0][:80]!r} ({where}).",
            hint="Fetch all of them from one revision.",
        )
    return weights


def _together(files: list[Path]) -> StoredWeights:
    tensors: dict[str, Tensor] = {}
    for file in files:
        for tensor in _header(file):
            if tensor.name in tensors:
                raise CannotJudge(f"{file} holds the tensor {tensor.name[:80]!r}, which another file holds already.")
            tensors[tensor.name] = tensor
    return StoredWeights(
        tensors=tuple(tensors.values()),
        names=tuple(sorted(tensors)),
        total_bytes=sum(tensor.size_bytes for tensor in tensors.values()),
        files=tuple(file.name for file in files),
    )


def _header(file: Path) -> list[Tensor]:
    """The tensors of one file, in the order of their data."""
    try:
        with file.open("rb") as stream:
            length = _header_length(stream, file)
            header = _json(stream.read(length), file)
            data_bytes = file.stat().st_size - LENGTH_BYTES - length
    except OSError as error:
        raise CannotJudge(f"{file} cannot be read: {error.strerror}.") from error
    tensors: list[tuple[int, Tensor]] = []
    for name, entry in header.items():
        if name != "__metadata__":
            tensors.append(_tensor(file, name, entry))
    tensors.sort(key=lambda placed: (placed[0], placed[1].size_bytes))
    end = 0
    for begin, tensor in tensors:
        if begin != end:
            raise CannotJudge(f"{file}: {tensor.name[:80]!r} begins at byte {begin} of the data, where {end} is due.")
        end += tensor.size_bytes
    if data_bytes not in (0, end):
        raise CannotJudge(
            f"{file} has {data_bytes} bytes of data; its header speaks of {end}.", hint="Fetch it again: it is not whole."
        )
    return [tensor for _begin, tensor in tensors]


def _header_length(stream: BinaryIO, file: Path) -> int:
    start = stream.read(LENGTH_BYTES)
    if start == _POINTER[:LENGTH_BYTES]:
        raise CannotJudge(f"{file} is a Git LFS pointer, not the file.", hint="Fetch it with git lfs pull.")
    rest = file.stat().st_size - LENGTH_BYTES
    length = int.from_bytes(start, "little")
    if len(start) < LENGTH_BYTES or not 2 <= length <= min(rest, MOST_HEADER_BYTES):
        raise CannotJudge(
            f"{file} is not a safetensors file: its header would have {length} bytes, "
            f"and there are {max(rest, 0)} (at most {MOST_HEADER_BYTES} are read)."
        )
    return length


def _tensor(file: Path, name: str, entry: Any) -> tuple[int, Tensor]:
    """Where a tensor begins in the data, and its facts."""
    fields = entry if isinstance(entry, dict) else {}
    dtype, shape, offsets = fields.get("dtype"), fields.get("shape"), fields.get("data_offsets")
    if not (isinstance(dtype, str) and _naturals(shape) and _naturals(offsets) and len(offsets) == 2):
        raise CannotJudge(f"{file}: the header's entry of {name[:80]!r} is not dtype, shape and data_offsets.")
    begin, end = offsets
    bits = DTYPE_BITS.get(dtype)
    if bits is None:
        raise CannotJudge(
            f"{file}: {name[:80]!r} has the dtype {dtype[:20]!r}, whose width is not known.",
            hint=f"Known are {', '.join(DTYPE_BITS)}; add it with its source to load/safetensors.py.",
        )
    needed = math.prod(shape) * bits
    if needed % 8 or end - begin != needed // 8:
        raise CannotJudge(f"{file}: {name[:80]!r} has {end - begin} bytes; {dtype} of shape {shape[:8]} takes {needed // 8}.")
    return begin, Tensor(name=name, dtype=dtype, shape=tuple(shape), size_bytes=end - begin)


def _naturals(value: Any) -> TypeGuard[list[int]]:
    """Whether it is a list of whole numbers that a file could count to."""
    return isinstance(value, list) and all(type(item) is int and 0 <= item < 2**63 for item in value) and len(value) <= 64


def _start_of(file: Path, most_bytes: int, what: str) -> bytes:
    try:
        with file.open("rb") as stream:
            content = stream.read(most_bytes + 1)
    except OSError as error:
        raise CannotJudge(f"{file} cannot be read: {error.strerror}.") from error
    if len(content) > most_bytes:
        raise CannotJudge(f"{file} has more than {most_bytes} bytes; {what} has fewer.")
    return content


def _json(content: bytes, file: Path) -> dict[str, Any]:
    """An object without double keys."""
    try:
        value = json.loads(content, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error).splitlines()[0][:120]
        raise CannotJudge(f"{file} does not hold JSON that can be used: {reason}.") from error
    if not isinstance(value, dict):
        raise CannotJudge(f"{file} does not hold a JSON object.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a key stands twice")
    return fields
