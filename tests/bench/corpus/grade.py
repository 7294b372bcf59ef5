"""Whether a value is the one that the truth says. Strict about its meaning, lenient about white space and letter case."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .case import Case, Scalar, Truth

#: A cent of a sum may fall under the table when a float is written; half of one may not.
_SLACK = 0.005


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """One field of one document."""

    case: str
    field: str
    expected: Truth
    got: Scalar

    @property
    def right(self) -> bool:
        """The value is the true one; null where the document does not say."""
        return same(self.expected, self.got)

    @property
    def invented(self) -> bool:
        """A value where the document says none."""
        return self.expected is None and self.got is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Fields of a run, counted."""

    right: int
    fields: int
    invented: int
    nulls: int

    def __str__(self) -> str:
        return f"{self.right} of {self.fields} right, {self.invented} of {self.nulls} nulls invented"


def grade(case: Case, data: Mapping[str, object]) -> list[Mark]:
    """The marks of every field that the truth names."""
    found = dict(leaves(data))
    return [
        Mark(case=case.name, field=field, expected=expected, got=found.get(field)) for field, expected in case.truth.items()
    ]


def count(marks: list[Mark]) -> Score:
    """The marks as a score."""
    return Score(
        right=sum(mark.right for mark in marks),
        fields=len(marks),
        invented=sum(mark.invented for mark in marks),
        nulls=sum(mark.expected is None for mark in marks),
    )


def same(expected: Truth, got: Scalar) -> bool:
    """Equal numbers to half a hundredth; equal texts but for white space, letter case and a full stop or comma at the end."""
    if isinstance(expected, tuple):
        return any(same(each, got) for each in expected)
    if isinstance(expected, bool) or isinstance(got, bool) or expected is None or got is None:
        return expected is got
    if isinstance(expected, int | float) and isinstance(got, int | float):
        return abs(expected - got) < _SLACK
    if isinstance(expected, str) and isinstance(got, str):
        return _plain(expected) == _plain(got)
    return False


def leaves(value: object, path: str = "") -> Iterator[tuple[str, Scalar]]:
    """The leaves of an answer, with paths such as `items/0/quantity`."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, f"{path}/{name}" if path else name)
    elif isinstance(value, list | tuple):
        for number, child in enumerate(value):
            yield from leaves(child, f"{path}/{number}" if path else str(number))
    elif value is None or isinstance(value, str | int | float | bool):
        yield path, value


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(".,;:")
