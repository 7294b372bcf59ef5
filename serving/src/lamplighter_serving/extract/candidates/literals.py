"""The values of an enum where they stand in the document, word for word."""

import re
from collections.abc import Iterator, Sequence

from ..scene.view import View
from ..words.folding import tokens
from .candidate import Candidate, Kind

#: Not the words of the view: a no-break space inside one of those parts it here.
_WORD = re.compile(r"\S+")


def find_literals(view: View, values: Sequence[str]) -> Iterator[Candidate]:
    """Every place where one of the values stands as whole words; case and diacritics do not matter."""
    wanted = [(value, tokens(value)) for value in values if tokens(value)]
    for line in view.lines:
        words = [(match.start(), match[0]) for match in _WORD.finditer(line.text)]
        folded = [tokens(word) for _, word in words]
        for value, parts in wanted:
            for first in range(len(words) - len(parts) + 1):
                if all(folded[first + place] == (part,) for place, part in enumerate(parts)):
                    last_start, last_word = words[first + len(parts) - 1]
                    start, end = words[first][0], last_start + len(last_word)
                    yield Candidate.of(line, start, end, kind=Kind.TEXT, value=value)
