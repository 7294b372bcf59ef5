"""A document of the held-out corpus as it is written down: its text, how it is set, what it is asked and what is true of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..case import Schema, Truth
from .sheet import Sheet


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """One document. `name` begins with its language. `setting` goes to the sheet."""

    name: str
    family: str
    body: str
    schema: Schema
    truth: Mapping[str, Truth]
    instructions: str = ""
    setting: Mapping[str, float] = field(default_factory=dict)

    def pdf(self) -> bytes:
        """The document with a text layer."""
        return Sheet(self.family, **self.setting).write(self.body)
