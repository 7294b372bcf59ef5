"""A value set or taken out in a YAML file's text, with every comment and every other line as it was.

Only maps in block form with scalars in one line: what version.yaml is made of. Anything else is refused, never guessed.
"""

import re
from collections.abc import Sequence

from .yamlfile import parse_yaml
from .yamltext import yaml_text

INDENT = "  "
#: A scalar in one line: in either kind of quotes, or plain and without YAML's own signs at its start.
_SCALAR = r"\"[^\"]*\"|'[^']*'|[^\s#\"'{\[|>&*!][^#]*?"
_ENTRY = re.compile(rf"(?P<indent> *)(?P<key>[A-Za-z][A-Za-z0-9_-]*):(?: +(?:{_SCALAR}))?(?P<rest>\s*| +#.*)")


class NotEditable(Exception):
    """A place in the text is written in a form that is not changed here."""


def with_value(text: str, path: Sequence[str], value: str | int) -> str:
    """The text with one value set, where it stands or at the end of its map. Raises `NotEditable`."""
    lines = text.splitlines()
    written = yaml_text({path[-1]: value}).rstrip("\n")
    if number := _scalar_line(text, path):
        match = _entry(lines[number - 1], path)
        lines[number - 1] = f"{match['indent']}{written}{match['rest'].rstrip()}"
    else:
        above = _deepest(text, path)
        depth = len(above)
        last = _last_line(text, above) if above else len(lines)
        indent = _indent_below(text, lines, above)
        added = [f"{indent}{INDENT * step}{key}:" for step, key in enumerate(path[depth:-1])]
        lines[last:last] = [*added, f"{indent}{INDENT * len(added)}{written}"]
    return _checked("\n".join(lines) + "\n", path, value)


def without_value(text: str, path: Sequence[str]) -> str:
    """The text without one value and its line; as it is where there is none. Raises `NotEditable`."""
    number = _scalar_line(text, path)
    if not number:
        return text
    lines = text.splitlines()
    _entry(lines[number - 1], path)
    del lines[number - 1]
    return "\n".join(lines) + "\n"


def _line(text: str, path: Sequence[str]) -> int | None:
    return parse_yaml(text.encode()).lines.get(tuple(path))


def _scalar_line(text: str, path: Sequence[str]) -> int | None:
    """The line of a value that is no map and no list; None where there is no such key."""
    found = parse_yaml(text.encode()).lines
    if any(len(place) > len(path) and place[: len(path)] == tuple(path) for place in found):
        raise NotEditable(f"{'.'.join(path)} is a map or a list")
    return found.get(tuple(path))


def _entry(line: str, path: Sequence[str]) -> "re.Match[str]":
    match = _ENTRY.fullmatch(line)
    if match is None or match["key"] != path[-1]:
        raise NotEditable(f"{'.'.join(path)} is not written in a line of its own: {line.strip()[:80]}")
    return match


def _deepest(text: str, path: Sequence[str]) -> Sequence[str]:
    """The longest part of a path that is there."""
    return next((path[:length] for length in range(len(path) - 1, 0, -1) if _line(text, path[:length])), ())


def _last_line(text: str, path: Sequence[str]) -> int:
    """The last line of anything in a map."""
    found = parse_yaml(text.encode()).lines
    return max(line for place, line in found.items() if place[: len(path)] == tuple(path))


def _indent_below(text: str, lines: Sequence[str], above: Sequence[str]) -> str:
    """How far the entries of a map stand in."""
    if not above:
        return ""
    found = parse_yaml(text.encode()).lines
    own = found[tuple(above)]
    below = [line for place, line in found.items() if len(place) == len(above) + 1 and place[:-1] == tuple(above)]
    head = lines[own - 1]
    if own in below or (not below and not head.split(" #")[0].rstrip().endswith(":")):
        raise NotEditable(f"{'.'.join(above)} is not written as a block: {head.strip()[:80]}")
    start = lines[min(below) - 1] if below else INDENT + head
    return start[: len(start) - len(start.lstrip())]


def _checked(text: str, path: Sequence[str], value: str | int) -> str:
    """What came out says what was meant."""
    found = parse_yaml(text.encode()).data
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    if found != value:
        raise NotEditable(f"{'.'.join(path)} cannot be set to {value!r} in this file")
    return text
