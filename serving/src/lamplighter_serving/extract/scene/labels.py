"""What a document calls a value: the words before it on its line, left of it on its row, and above it in its column.

Geometry and punctuation only; what the words mean is for the lexicon. A label carries the strength of its place: how often
words there do name the value.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..candidates.candidate import Candidate, Kind
from ..words.folding import tokens
from .view import View, ViewLine

#: Strength by place. The text straight before a value names it; the further away, the less.
INSIDE = 1.0
CLAUSE = 0.97  # the last clause only, when the text before the value has several
LEFT = 0.95
ROW = 0.8  # left of other values: the heading of a table's row
ABOVE = 0.9
COLUMN = 0.85  # above other values: the heading of a table's column
AFTER = 0.5
UNIT = 0.9  # a plain number is explained by what it counts: "90 days' notice"
LINKED = 0.9  # "Invoice 17 dated 3 May": what names the number names its date
#: A label that already stands at a value of its own.
SPOKEN_FOR = 0.35

#: Words of a label that count, from its end.
_MOST_WORDS = 8
#: A heading stands straight above its value within this many line heights.
_ABOVE_HEIGHTS = 2.6
#: Two lines of one heading stand within this many line heights.
_WRAP_HEIGHTS = 0.9
#: How many values a column or row may have between its heading and the last one.
_MOST_BETWEEN = 30
#: Between a number and its date stands a word or two, short in every language ("of", "ze dne", "vom", "du", "z dnia").
_LINK = re.compile(r"\s+(?:[^\W\d_]{1,6}\.?\s+){1,2}")
#: What a number counts follows straight after it.
_COUNTED = re.compile(r"\s?[^\W\d_]{3}")
_CLAUSE_END = re.compile(r"[,;|•·]\s|\t| {2,}|\s[-–]\s")
_LETTERS = re.compile(r"[^\W\d_]")

_BLOCKING = frozenset({Kind.DATE, Kind.AMOUNT, Kind.NUMBER, Kind.IDENTIFIER, Kind.EMAIL, Kind.CURRENCY})


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """Words that may name a value, and how much their place says so. `line` is where they stand."""

    text: str
    strength: float
    line: int
    place: str  # inside, linked, left, row, above, column, after


class LabelFinder:
    """Finds labels in one document. Keeps what it learns of a line, since many candidates share it."""

    def __init__(self, view: View, candidates: Iterable[Candidate]) -> None:
        self._view = view
        self._values: dict[int, list[tuple[int, int]]] = {}
        for candidate in candidates:
            if candidate.kind in _BLOCKING:
                self._values.setdefault(candidate.line, []).append((candidate.start, candidate.end))
        self._values = {line: _merged(spans) for line, spans in self._values.items()}
        self._found: dict[tuple[int, int, int], tuple[Label, ...]] = {}

    def labels(self, candidate: Candidate) -> tuple[Label, ...]:
        """The labels of a candidate, strongest places first. Empty for a value that stands alone."""
        if candidate.place not in self._found:
            self._found[candidate.place] = self._find(candidate)
        return self._found[candidate.place]

    def _find(self, candidate: Candidate) -> tuple[Label, ...]:
        line = self._view.lines[candidate.line]
        found = list(self._inside(line, candidate))
        if not found:
            found.extend(self._left(line))
        has_colon = any(label.text.rstrip().endswith(":") for label in found)
        if not has_colon:
            found.extend(self._above(line, candidate))
        found.extend(self._after(line, candidate))
        return tuple(found)

    def remainder(self, line: ViewLine) -> str:
        """A line's text without its values."""
        return _without(line.text, self._values.get(line.index, ()))

    def _inside(self, line: ViewLine, candidate: Candidate) -> Iterator[Label]:
        values = [span for span in self._values.get(line.index, ()) if span[1] <= candidate.start]
        yield from self._linked(line, candidate, values)
        end = candidate.start
        strength = INSIDE
        for start, value_end in [*reversed(values), (0, 0)]:
            text = line.text[value_end:end]
            if _LETTERS.search(text):
                yield from _clauses(text, strength, line.index, "inside" if strength == INSIDE else "row")
                return
            if not _is_small(line.text[start:value_end]):
                strength = ROW
            end = start

    def _linked(self, line: ViewLine, candidate: Candidate, values: Sequence[tuple[int, int]]) -> Iterator[Label]:
        if candidate.kind is not Kind.DATE or not values or not _LINK.fullmatch(line.text[values[-1][1] : candidate.start]):
            return
        text = line.text[values[-2][1] if len(values) > 1 else 0 : values[-1][0]]
        if _LETTERS.search(text):
            yield Label(text=_last_words(text), strength=LINKED, line=line.index, place="linked")

    def is_alone(self, candidate: Candidate) -> bool:
        """Whether its row has no other value, so that the row's label can only mean this one."""
        line = self._view.lines[candidate.line]
        beside = [line, *self._view.left_of(line), *self._view.right_of(line)]
        return not any(
            not _is_small(other.text[start:end]) and not (other is line and start < candidate.end and candidate.start < end)
            for other in beside
            for start, end in self._values.get(other.index, ())
        )

    def _left(self, line: ViewLine) -> Iterator[Label]:
        strength, place = LEFT, "left"
        for other in self._view.left_of(line)[:_MOST_BETWEEN]:
            text = self.remainder(other)
            if _LETTERS.search(text):
                spoken = self._ends_with_value(other)
                yield from _clauses(text, strength * (SPOKEN_FOR if spoken else 1.0), other.index, place)
                return
            strength, place = ROW, "row"

    def _above(self, line: ViewLine, candidate: Candidate) -> Iterator[Label]:
        height = self._view.usual_heights[line.page]
        between = 0
        above = self._view.above(line, candidate.box)
        for number, other in enumerate(above):
            text = self.remainder(other)
            if text.lstrip().startswith("("):
                continue  # a remark on what stands above it
            if not _LETTERS.search(text):
                between += 1
                if between > _MOST_BETWEEN:
                    return
                continue
            near = between == 0 and candidate.box.top - other.box.bottom <= _ABOVE_HEIGHTS * height
            strength = ABOVE if near else COLUMN
            if self._values.get(other.index) or self._serves_its_row(other):
                strength *= SPOKEN_FOR
            place = "above" if near else "column"
            yield Label(text=_last_words(text), strength=strength, line=other.index, place=place)
            upper = next(iter(above[number + 1 :]), other)
            wraps = other.box.top - upper.box.bottom <= _WRAP_HEIGHTS * height
            if upper is not other and wraps and not self._values.get(upper.index):
                yield Label(text=_last_words(f"{upper.text} {text}"), strength=strength, line=other.index, place=place)
            if between or number > 0:
                return

    def _after(self, line: ViewLine, candidate: Candidate) -> Iterator[Label]:
        following = [span for span in self._values.get(line.index, ()) if span[0] >= candidate.end]
        text = line.text[candidate.end : following[0][0] if following else len(line.text)]
        if following and len(following) == 1 and _is_small(line.text[following[0][0] :]):
            text = line.text[candidate.end :]
        if _LETTERS.search(text) and ":" not in text and "\t" not in text:
            strength = UNIT if candidate.kind is Kind.NUMBER and _COUNTED.match(text) else AFTER
            yield Label(text=text, strength=strength, line=line.index, place="after")

    def _ends_with_value(self, line: ViewLine) -> bool:
        for start, end in self._values.get(line.index, ())[-1:]:
            return not _LETTERS.search(line.text[end:]) and not _is_small(line.text[start:])
        return False

    def _serves_its_row(self, line: ViewLine) -> bool:
        """Whether a text has a value straight right of it, which it then names, rather than one below."""
        right = self._view.right_of(line)
        if not right or (not line.text.rstrip().endswith(":") and right[0].box.left - line.box.right > 12 * line.height):
            return False
        return bool(self._values.get(right[0].index)) and not _LETTERS.search(self.remainder(right[0]))


def is_prose(text: str) -> bool:
    """Whether a line reads like a sentence rather than like a form: more words than a label has, and few figures."""
    return len([word for word in tokens(text) if word.isalpha() and len(word) > 1]) > _MOST_WORDS


def _clauses(text: str, strength: float, line: int, place: str) -> Iterator[Label]:
    """The whole text, and its last clause when it has several."""
    parts = [part for part in _CLAUSE_END.split(text) if _LETTERS.search(part)]
    if len(parts) > 1:
        yield Label(text=_last_words(parts[-1]), strength=strength * CLAUSE, line=line, place=place)
        yield Label(text=_last_words(text), strength=strength * ROW, line=line, place=place)
    else:
        yield Label(text=_last_words(text), strength=strength, line=line, place=place)


def _last_words(text: str) -> str:
    return " ".join(text.split()[-_MOST_WORDS:])


def _is_small(text: str) -> bool:
    """A value that belongs to the label rather than being labelled: a percentage, a count of days, a currency."""
    stripped = text.strip(" .,:()\t")
    return stripped.endswith("%") or len(stripped) <= 3


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + " " + text[end:]
    return text
