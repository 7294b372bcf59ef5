"""Which regular expressions a schema may bring. Only those whose backtracking is bounded: a pattern runs on hostile text.

An expression is refused when the number of ways in which it could match a text of `MAX_TEXT` characters is beyond `MAX_WAYS`,
or when it uses what ECMA-262 and Python read differently (look-around, back-references, flags).
"""

import re
from collections.abc import Iterable, Sequence
from re import _constants as opcode  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from ...errors import SchemaRefused

MAX_PATTERN_CHARACTERS = 200
#: Values longer than this are not offered to a leaf with a pattern.
MAX_TEXT = 256
#: About a fifth of a second at 10 million steps a second.
MAX_WAYS = 2_000_000

#: What ECMA-262 reads otherwise or not at all: a class that is empty or has a bracket or a set operation inside, `{,5}`, named
#: groups and comments of Python. Looked for after escapes are taken out.
_PYTHON_ONLY = re.compile(r"\[\^?(?:\]|[^\]]*(?:\[|--|&&|\|\||~~))|\{,|\(\?[P#]")
_ESCAPE = re.compile(r"\\.", re.S)
_LITERALS = frozenset({opcode.LITERAL, opcode.NOT_LITERAL, opcode.ANY, opcode.IN})
_ANCHORS = frozenset({opcode.AT_BEGINNING, opcode.AT_END, opcode.AT_BOUNDARY, opcode.AT_NON_BOUNDARY})
_REPEATS = frozenset({opcode.MAX_REPEAT, opcode.MIN_REPEAT})


def check_pattern(pattern: str, pointer: str) -> None:
    """Raises `SchemaRefused` unless the pattern is one we run. `pointer` is where it stands in the schema."""
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        raise SchemaRefused(pointer, f"The pattern has {len(pattern)} characters; at most {MAX_PATTERN_CHARACTERS} are read.")
    if _PYTHON_ONLY.search(_ESCAPE.sub("x", pattern)):
        raise SchemaRefused(
            pointer, "The pattern uses what JavaScript reads otherwise.", hint="Escape brackets and doubled signs in a class."
        )
    try:
        parsed = _parser.parse(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise SchemaRefused(pointer, "The pattern is not a regular expression that we can read.") from error
    if parsed.state.flags & ~re.UNICODE.value:
        raise SchemaRefused(pointer, "The pattern sets flags.", hint="Write both cases as [Aa].")
    ways = _ways(parsed, pointer)
    if not _is_anchored(parsed):
        ways *= MAX_TEXT
    if ways > MAX_WAYS:
        raise SchemaRefused(
            pointer,
            f"The pattern could be tried in more than {MAX_WAYS} ways on a text of {MAX_TEXT} characters.",
            hint="Anchor it with ^ and $, and bound its repeats: \\d{1,8} instead of \\d*; no repeat inside a repeat.",
        )


def _is_anchored(parsed: Sequence[Any]) -> bool:
    return len(parsed) > 0 and parsed[0] == (opcode.AT, opcode.AT_BEGINNING)


def _ways(parsed: Iterable[Any], pointer: str) -> int:
    """An upper bound of the ways to match: repeats multiply by their lengths, alternatives add up."""
    product = 1
    for operation, argument in parsed:
        if operation in _LITERALS or (operation is opcode.AT and argument in _ANCHORS):
            continue
        if operation in _REPEATS:
            least, most, body = argument
            most = min(int(most), MAX_TEXT)
            inner = _ways(body, pointer)
            product *= max(1, most - int(least) + 1) * (min(inner, MAX_WAYS + 1) ** min(most, 32) if inner > 1 else 1)
        elif operation is opcode.SUBPATTERN and not argument[1] and not argument[2]:  # flags added, flags taken away
            product *= _ways(argument[-1], pointer)
        elif operation is opcode.BRANCH:
            product *= sum(_ways(branch, pointer) for branch in argument[1])
        else:
            raise SchemaRefused(
                pointer,
                "The pattern uses look-around, back-references or another extension.",
                hint="Use classes, groups and repeats.",
            )
        product = min(product, MAX_WAYS + 1)
    return product
