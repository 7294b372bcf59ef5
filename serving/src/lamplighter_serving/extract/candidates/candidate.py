"""One span of a document that could be a value. Knows where it stands and what it says, not which field it belongs to."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from ...documents.page import Box
from ..outcome import Scalar
from ..scene.view import ViewLine


class Kind(StrEnum):
    """What a candidate is."""

    DATE = "date"
    AMOUNT = "amount"  # money: has decimals or stands at a currency
    NUMBER = "number"  # any other number
    IDENTIFIER = "identifier"
    CURRENCY = "currency"
    TEXT = "text"
    EMAIL = "email"
    FLAG = "flag"


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A span of one line. `value` is normalised: ISO 8601 date, number, ISO 4217 code, or the text itself.

    `tags` name concepts of the lexicon that the span's own form speaks for (a check digit that fits, a legal form).
    """

    kind: Kind
    value: Scalar
    text: str
    page: int
    line: int  # index in the view
    start: int
    end: int
    box: Box
    confidence: float = 1.0
    tags: frozenset[str] = frozenset()

    @classmethod
    def of(cls, line: ViewLine, start: int, end: int, *, kind: Kind, value: Scalar, tags: frozenset[str] = frozenset()) -> Self:
        """The characters from `start` to `end` of a line, as a candidate."""
        return cls(
            kind=kind,
            value=value,
            text=line.text[start:end],
            page=line.page,
            line=line.index,
            start=start,
            end=end,
            box=line.box_of(start, end),
            confidence=line.confidence_of(start, end),
            tags=tags,
        )

    @property
    def place(self) -> tuple[int, int, int]:
        """Where it stands, to compare and to sort."""
        return (self.line, self.start, self.end)

    def overlaps(self, other: "Candidate") -> bool:
        """Whether both share characters."""
        return self.line == other.line and self.start < other.end and other.start < self.end
