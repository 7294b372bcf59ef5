"""Data as YAML text that every reader takes the same way: what `yamlfile` reads, written. Nothing of YAML's shorthand is used.

Text is quoted unless it is a plain word to every reader; PyYAML's own writer leaves `1e3` and `y` bare, which Go reads as a
number and as true.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

INDENT = 2
#: As wide as the repository's other lines.
MOST_COLUMNS = 128

#: Begins with a letter and goes on without anything that YAML takes for itself.
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
#: Words that some reader takes for true, false or null.
_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def yaml_text(data: Mapping[str, Any]) -> str:
    """A map as a block of lines, empty maps and short lists of scalars in flow form.

    Raises `ValueError` for what YAML values cannot say: numbers that are not finite, text that is not Unicode, other types.
    """
    return "".join(f"{line}\n" for line in _map_lines(data, 0)) or "{}\n"


def _map_lines(data: Mapping[str, Any], depth: int) -> list[str]:
    lines: list[str] = []
    for key, value in data.items():
        lines += _entry(" " * depth + f"{_text(key)}:", value, depth + INDENT)
    return lines


def _entry(start: str, value: Any, depth: int) -> list[str]:
    """A key or a dash, with its value beside it or below."""
    if isinstance(value, Mapping) and value:
        return [start, *_map_lines(value, depth)]
    if isinstance(value, list | tuple) and value:
        flow = _flow(value)
        if flow is not None and len(start) + 1 + len(flow) <= MOST_COLUMNS:
            return [f"{start} {flow}"]
        return [start, *_list_lines(value, depth)]
    return [f"{start} {_scalar(value)}"]


def _list_lines(items: Sequence[Any], depth: int) -> list[str]:
    lines: list[str] = []
    for item in items:
        # A map or a list below a dash begins on the next line: longer by one, and the same to every reader.
        lines += _entry(" " * depth + "-", item, depth + INDENT)
    return lines


def _flow(items: Sequence[Any]) -> str | None:
    """`[a, b]`; None where an item is a map or a list with something in it."""
    if any(isinstance(item, Mapping | list | tuple) and item for item in items):
        return None
    return f"[{', '.join(_scalar(item) for item in items)}]"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool) or value in ({}, [], ()):
        return json.dumps(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        # Readers of YAML 1.1 take 1e-05 for text; with a point it is a number to all.
        return re.sub(r"^(-?\d+)e", r"\1.0e", repr(value))
    raise ValueError(f"{value!r} cannot be written as a value")


def _text(text: str) -> str:
    if _WORD.fullmatch(text) and text.lower() not in _NOT_TEXT:
        return text
    # JSON's quoted form is YAML's, but for signs that JSON leaves bare and YAML refuses.
    return "".join(_escaped(sign) if ord(sign) > 126 else sign for sign in json.dumps(text, ensure_ascii=False))


def _escaped(sign: str) -> str:
    if sign.isprintable() and sign != "\ufeff":
        return sign
    number = ord(sign)
    if 0xD800 <= number <= 0xDFFF:
        raise ValueError(f"{sign!r} is half a sign and cannot be written")
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
