"""What an extraction gives back: the data, and for every value where it stands in the document."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..documents.page import Box

#: What a leaf of the data may be.
Scalar = str | int | float | bool | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldValue:
    """One leaf of the data. `path` is a JSON pointer into it. A null has no page, box or source text.

    `score` is the pooled confidence (0–1); `prior` and `model` are what label and layout alone, and the model alone, said.
    """

    path: str
    value: Scalar
    page: int | None = None
    box: Box | None = None  # points, see documents.page
    text: str | None = None  # as it stands in the document
    score: float = 0.0
    prior: float | None = None
    model: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A finished extraction. `data` satisfies the caller's schema."""

    data: Mapping[str, object]
    fields: tuple[FieldValue, ...]
    page_sizes: tuple[tuple[int, float, float], ...]  # (number, width, height in points)
    prompt_tokens: int
    completion_tokens: int
    notes: tuple[str, ...] = field(default_factory=tuple)  # for the operator: repair round used, windows, …
