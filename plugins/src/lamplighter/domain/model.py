"""Models of a deployment: what was said of each, and the architecture that follows from its config.json."""

from dataclasses import dataclass

from .llm import Architecture
from .unknown import Unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A model. `architecture` is unknown where its config lacks a size or names a family nobody has added."""

    name: str
    architecture: Architecture | Unknown
    weights_bytes: int | None = None  # of its files together; None when nobody counted them
    quantization: str = "none"

    @property
    def positions(self) -> int | None:
        """The longest sequence it was made for; None where that is not known."""
        return None if isinstance(self.architecture, Unknown) else self.architecture.positions
