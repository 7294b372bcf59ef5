"""Lists of a schema: rows of tables, and repeated values."""

from collections.abc import Mapping

from .decide import Decision
from .scene import Scene
from .schema import ArrayNode, Leaf


def find_items(array: ArrayNode, scene: Scene) -> tuple[Mapping[Leaf, Decision], ...]:
    """The items of a list, best guess."""
    return ()
