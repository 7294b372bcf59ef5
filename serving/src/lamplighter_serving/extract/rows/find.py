"""The items of a list of the schema: rows of a table or blocks of parties for objects, all values of a kind for scalars.

Every value is a span of the document, or the words of one cell that wraps over lines. The work is linear in the document: rows
are built once, a heading is judged once, at most four tables are read to their end, and each row of them a bounded number of
times.
"""

from ..outcome import Scalar
from ..prior.wish import wish_of
from ..scene.scene import Scene
from ..schema.parse import ArrayNode, Leaf, ObjectNode
from .blocks import find_parties
from .items import Item, values
from .scalars import find_list
from .search import find_rows


def find_items(array: ArrayNode, scene: Scene) -> tuple[Item, ...]:
    """The items in reading order, at most `maxItems`: those with the best evidence. Empty when the document has no such list.

    Each item has a decision for every leaf of the list's items, and none lacks what the schema requires not to be null.
    """
    items = find_list(array, array.items, scene) if isinstance(array.items, Leaf) else _rows(array.items, scene)
    if array.unique:
        first: dict[tuple[Scalar, ...], Item] = {}
        for item in items:
            first.setdefault(values(item), item)
        items = tuple(first.values())
    if array.max_items is None or len(items) <= array.max_items:
        return items
    best = sorted(range(len(items)), key=lambda number: -_score(items[number]))[: array.max_items]
    return tuple(items[number] for number in sorted(best))


def _rows(node: ObjectNode, scene: Scene) -> tuple[Item, ...]:
    leaves = [leaf for leaf in node.properties.values() if isinstance(leaf, Leaf)]
    asked = frozenset(number for number, leaf in enumerate(leaves) if leaf.name in node.required)
    wishes = [wish_of(leaf, scene.lexicon) for leaf in leaves]
    return find_rows(wishes, asked, scene) or find_parties(wishes, asked, scene)


def _score(item: Item) -> float:
    scores = [decision.score for decision in item.values() if decision.option]
    return sum(scores) / len(item) if scores else 0.0
