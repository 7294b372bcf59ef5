"""safetensors files made by hand, after the format's page: 8 bytes of length, the JSON header, the data."""

import json
import math
from collections.abc import Mapping
from pathlib import Path

#: Bytes of an element of the formats that tests use.
WIDTHS = {"BF16": 2, "F32": 4, "U8": 1, "I32": 4, "F8_E4M3": 1}

Shapes = Mapping[str, tuple[str, tuple[int, ...]]]


def header_of(shapes: Shapes) -> dict[str, object]:
    """The header: tensors one after the other."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    begin = 0
    for name, (dtype, shape) in shapes.items():
        end = begin + math.prod(shape) * WIDTHS[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}
        begin = end
    return header


def content_of(header: object, data_bytes: int = 0) -> bytes:
    """A file's bytes."""
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(data_bytes)


def write(file: Path, shapes: Shapes, *, data: bool = True) -> Path:
    """A whole file, or its header alone."""
    size = sum(math.prod(shape) * WIDTHS[dtype] for dtype, shape in shapes.values())
    file.write_bytes(content_of(header_of(shapes), size if data else 0))
    return file


def write_index(file: Path, places: Mapping[str, str], total_bytes: object = None) -> Path:
    """model.safetensors.index.json."""
    metadata = {} if total_bytes is None else {"metadata": {"total_size": total_bytes}}
    file.write_text(json.dumps({**metadata, "weight_map": dict(places)}))
    return file
