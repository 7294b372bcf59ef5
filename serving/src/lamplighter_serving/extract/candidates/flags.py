"""Yes and no, where they stand alone: after a colon or as a whole cell."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..words.folding import tokens
from .candidate import Candidate, Kind

_YES = frozenset(["yes", "y", "true", "ano", "ja", "tak", "oui", "si", "sim", "áno", "ok", "x", "☒", "✓", "✔"])
_NO = frozenset(["no", "n", "false", "ne", "nein", "nie", "non", "nao", "☐"])


def find_flags(texts: Iterable[Candidate]) -> Iterator[Candidate]:
    """The texts that are one word of yes or no."""
    for text in texts:
        words = tokens(text.text) or (text.text,)
        if len(words) == 1 and words[0] in _YES | _NO:
            yield replace(text, kind=Kind.FLAG, value=words[0] in _YES)
