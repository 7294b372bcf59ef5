"""One document of a corpus with the truth about it, and the places that every part of the corpus shares."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
#: Git ignores it. Whatever is in it may be deleted at any time.
CACHE = ROOT / ".cache" / "bench"

Scalar = str | int | float | bool | None
#: What is true of a field; several where more than one way to write it is right.
Truth = Scalar | tuple[Scalar, ...]
Schema = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A document and what it is asked. `truth` has a value for each leaf by its path, null where the document does not say."""

    name: str
    data: bytes
    schema: Schema
    instructions: str
    truth: Mapping[str, Truth]
