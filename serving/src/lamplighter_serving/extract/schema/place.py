"""Where a part of a schema stands: in the schema, in the answer, and within what."""

from dataclasses import dataclass, replace

from ...errors import SchemaRefused
from .pointer import pointer_step


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """`pointer` is into the schema, `path` the properties down to the value, `within` the titles of the objects around it."""

    pointer: str = ""
    path: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    depth: int = 0
    in_array: bool = False

    def refuse(self, keyword: str, sentence: str, hint: str = "") -> SchemaRefused:
        """The error that names a keyword here; the part itself when `keyword` is empty."""
        pointer = self.pointer + pointer_step(keyword) if keyword else self.pointer
        return SchemaRefused(pointer, sentence, hint=hint)

    def moved(self, step: str) -> "Place":
        """The same value, described at a further step of the schema."""
        return replace(self, pointer=self.pointer + step)
