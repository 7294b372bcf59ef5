"""YAML as Helm reads it, with the line of every value. What two readers could take differently is refused with its line.

Refused: bytes that are not UTF-8, more than 4 MiB, several documents, duplicate keys, keys that are not text, merge keys, tags,
anchors that grow beyond what a person could have written, not-a-number and infinities. Scalars follow Go's YAML 1.1 reader,
which Helm uses; Python's rules differ (`1e3`, `12:30`, dates).
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from ..findings import Path

MOST_BYTES = 4 * 1024 * 1024
#: Nodes after anchors are expanded; thirty times what the largest known chart's values.yaml has (6,000 lines).
MOST_NODES = 200_000
#: Deeper than any values file; below every reader's own limit.
MOST_DEPTH = 64

EXACT_INTEGERS = 2**53

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
_FALSE = frozenset({"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
_NUMBER_START = re.compile(r"[-+.0-9]")
_INTEGER = re.compile(r"[-+]?(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|[1-9][0-9]{0,17}|0)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_TEXT_TAG = "tag:yaml.org,2002:str"
_TEXT_TAGS = frozenset({_TEXT_TAG, "!"})
_COLLECTION_TAGS = frozenset({"tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!"})


class YamlRefused(Exception):
    """The file cannot be taken as values: a sentence and its line."""

    def __init__(self, line: int, sentence: str, change: str = "") -> None:
        super().__init__(sentence)
        self.line = line
        self.sentence = sentence
        self.change = change


@dataclass(frozen=True, kw_only=True, slots=True)
class YamlFile:
    """A file's data, and the line (from 1) of each value's key or list position."""

    data: Any
    lines: Mapping[Path, int]


def parse_yaml(content: bytes) -> YamlFile:
    """Reads one document; an empty file is an empty map. Raises `YamlRefused`."""
    if len(content) > MOST_BYTES:
        raise YamlRefused(1, f"the file has {len(content)} bytes; values have at most {MOST_BYTES}", "Split it, or shorten it.")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise YamlRefused(line, f"byte {error.start} is not UTF-8", "Save the file as UTF-8.") from None
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlRefused(mark.line + 1 if mark else 1, f"this is not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise YamlRefused(1, f"this is not YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise YamlRefused(1, f"the file is nested deeper than {MOST_DEPTH} levels") from None
    if node is None:
        return YamlFile(data={}, lines={})
    reader = _Reader()
    return YamlFile(data=reader.value(node, ()), lines=reader.lines)


class _Reader:
    """Turns nodes into data and remembers lines."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self._nodes = 0

    def value(self, node: yaml.Node, path: Path) -> Any:
        self._nodes += 1
        line = node.start_mark.line + 1
        if self._nodes > MOST_NODES:
            raise YamlRefused(line, f"the file makes more than {MOST_NODES} values, anchors expanded", "Split it.")
        if len(path) > MOST_DEPTH:
            raise YamlRefused(line, f"the file is nested deeper than {MOST_DEPTH} levels, or an anchor holds itself")
        if isinstance(node, yaml.CollectionNode) and node.tag not in _COLLECTION_TAGS:
            raise YamlRefused(line, f"the tag {node.tag} is not read the same by every tool", "Leave it out.")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._placed(item, (*path, index), item) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return _scalar(node)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        data: dict[str, Any] = {}
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = _key(key_node, line)
            if key in seen:
                raise YamlRefused(
                    line, f'the key "{key}" stands here a second time; the first is in line {seen[key]}', "Keep one."
                )
            seen[key] = line
            data[key] = self._placed(value_node, (*path, key), key_node)
        return data

    def _placed(self, node: yaml.Node, path: Path, at: yaml.Node) -> Any:
        self.lines[path] = at.start_mark.line + 1
        return self.value(node, path)


def _key(node: yaml.Node, line: int) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise YamlRefused(line, "a key is a list or a map; keys are text")
    if node.tag == "tag:yaml.org,2002:merge":
        raise YamlRefused(line, "merge keys (<<) are not read the same by every tool", "Write the keys out.")
    value = _scalar(node)
    if not isinstance(value, str):
        raise YamlRefused(line, f"the key {node.value} is not text for every reader", f'Write it in quotes: "{node.value}".')
    return value


def _scalar(node: yaml.ScalarNode) -> Any:
    text = str(node.value)
    quoted = node.style in ("'", '"', "|", ">")
    if node.tag != _guessed_tag(text, quoted):
        if node.tag in _TEXT_TAGS:
            return text
        raise YamlRefused(node.start_mark.line + 1, f"the tag {node.tag} is not read the same by every tool", "Leave it out.")
    return text if quoted else _plain(text, node.start_mark.line + 1)


def _guessed_tag(text: str, quoted: bool) -> str:
    """The tag Python's reader gives a scalar that has none of its own."""
    if not quoted:
        patterns = yaml.SafeLoader.yaml_implicit_resolvers
        for tag, pattern in [*patterns.get(text[:1], []), *patterns.get(None, [])]:
            if pattern.match(text):
                return str(tag)
    return _TEXT_TAG


def _plain(text: str, line: int) -> Any:
    """A scalar without quotes, as Go's reader resolves it."""
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _NOT_FINITE.fullmatch(text):
        raise YamlRefused(line, f"{text} is not a number JSON has", "Write a number.")
    if not _NUMBER_START.match(text):
        return text
    digits = text.replace("_", "")
    if _INTEGER.fullmatch(digits):
        return _integer(digits)
    if _FLOAT.fullmatch(digits) and math.isfinite(number := float(digits)):
        # JSON knows one kind of number: 1e3 is 1000. Beyond 2^53 a float no longer counts by ones.
        return int(number) if number.is_integer() and abs(number) < EXACT_INTEGERS else number
    return text


def _integer(digits: str) -> int:
    """Like C: 0x, 0o and 0b say the base, and so does a leading zero."""
    unsigned = digits.lstrip("+-")
    if len(unsigned) > 1 and unsigned.isdecimal() and unsigned.startswith("0"):
        return int(digits, 8)
    return int(digits, 0)
