"""The text of files that findings speak of, with the place of every key and value, for reports to show."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath

import yaml

from ..findings import Path, path_text
from ..source import Mark, Source, Span
from .yamlfile import MOST_BYTES, YamlRefused, parse_yaml

#: What YAML 1.1 counts as the end of a line.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_text_of(root: FilePath, names: Iterable[str]) -> Mapping[str, Source]:
    """Each file that is there. Bytes that are not UTF-8 are shown as the replacement sign; a file too large is left out."""
    found: dict[str, Source] = {}
    for name in sorted(set(names)):
        try:
            content = (root / name).read_bytes()
        except (OSError, ValueError):
            continue
        if len(content) <= MOST_BYTES:
            found[name] = source_of(content)
    return found


def source_of(content: bytes) -> Source:
    """The lines of a file and its marks; no marks where it is refused as values."""
    text = content.decode("utf-8", errors="replace")
    return Source(lines=tuple(_BREAK.split(text)), marks=_marks(content, text))


def _marks(content: bytes, text: str) -> Mapping[str, Mark]:
    try:
        # Refuses what would expand without end; what it lets pass is small enough to walk.
        parse_yaml(content)
        node = yaml.compose(text, Loader=_Loader)
    except (YamlRefused, yaml.YAMLError):
        return {}
    return {path_text(path): mark for path, mark in _walk(node, ())} if node else {}


def _walk(node: yaml.Node, path: Path) -> Iterator[tuple[Path, Mark]]:
    if isinstance(node, yaml.MappingNode):
        for key_node, value_node in node.value:
            below = (*path, str(key_node.value))
            yield below, Mark(key=_span(key_node), value=_span(value_node))
            yield from _walk(value_node, below)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*path, index), Mark(key=None, value=_span(item))
            yield from _walk(item, (*path, index))


def _span(node: yaml.Node) -> Span | None:
    """The piece of one line; None for a block over several lines."""
    start, end = node.start_mark, node.end_mark
    if start.line != end.line or start.column >= end.column:
        return None
    return Span(line=start.line + 1, column=start.column + 1, end_column=end.column + 1)
