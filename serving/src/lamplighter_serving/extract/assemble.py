"""From decisions to the answer: the data as the schema nests it, and where each value stands. No value is made here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .decide import Decision
from .outcome import FieldValue, Scalar
from .schema.parse import ArrayNode, Leaf, Node, ObjectNode
from .schema.pointer import pointer_step

#: What a list of the schema got: its items, each a decision (scalars) or decisions by property (rows).
Items = Mapping[ArrayNode, tuple[Mapping[Leaf, Decision], ...]]


class _Absent:
    """A property that is left out."""


_ABSENT = _Absent()


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The data, its leaves with provenance, and the paths of required values that were not found."""

    data: dict[str, object]
    fields: tuple[FieldValue, ...]
    missing: tuple[str, ...]


def assemble(root: ObjectNode, decisions: Mapping[Leaf, Decision], items: Items) -> Answer:
    """Builds the answer. A value not found is null where null is allowed, else left out, else missing.

    So is a list with fewer items than it must have.
    """
    builder = _Builder(decisions, items)
    return Answer(data=builder.properties(root, ""), fields=tuple(builder.fields), missing=tuple(builder.missing))


class _Builder:
    def __init__(self, decisions: Mapping[Leaf, Decision], items: Items) -> None:
        self._decisions = decisions
        self._items = items
        self.fields: list[FieldValue] = []
        self.missing: list[str] = []

    def build(self, node: Node, path: str, *, required: bool) -> object:
        """The value of a node, or `_ABSENT`."""
        if isinstance(node, Leaf):
            return self._leaf(self._decisions[node], path, required=required)
        if isinstance(node, ObjectNode):
            return self._object(node, path, required=required)
        return self._array(node, path, required=required)

    def _leaf(self, decision: Decision, path: str, *, required: bool) -> object:
        if decision.option is None:
            if not decision.leaf.nullable:
                if required:
                    self.missing.append(path)
                return _ABSENT
            self.fields.append(
                FieldValue(path=path, value=None, score=decision.score, prior=decision.prior, model=decision.model)
            )
            return None
        candidate = decision.option.candidate
        self.fields.append(
            FieldValue(
                path=path,
                value=decision.option.value,
                page=candidate.page,
                box=candidate.box,
                text=candidate.text,
                score=decision.score,
                prior=decision.prior,
                model=decision.model,
            )
        )
        return decision.option.value

    def _object(self, node: ObjectNode, path: str, *, required: bool) -> object:
        if (node.nullable or not required) and not self._anything(node):
            # An object that may be absent is not begun for nothing: its required values would be missing then.
            return None if node.nullable else _ABSENT
        return self.properties(node, path)

    def properties(self, node: ObjectNode, path: str) -> dict[str, object]:
        """The object itself, whatever was found of it."""
        data = {}
        for name, child in node.properties.items():
            value = self.build(child, path + pointer_step(name), required=name in node.required)
            if not isinstance(value, _Absent):
                data[name] = value
        return data

    def _array(self, node: ArrayNode, path: str, *, required: bool) -> object:
        rows = self._items.get(node, ())
        if not rows or len(rows) < node.min_items:
            if node.nullable or not required:
                return None if node.nullable else _ABSENT
            if len(rows) < node.min_items:
                self.missing.append(path)
        return [self._item(node, row, path + pointer_step(number)) for number, row in enumerate(rows)]

    def _item(self, node: ArrayNode, row: Mapping[Leaf, Decision], path: str) -> object:
        if isinstance(node.items, Leaf):
            return self._leaf(row[node.items], path, required=True)
        data = {}
        for name, leaf in node.items.properties.items():
            assert isinstance(leaf, Leaf)
            value = self._leaf(row[leaf], path + pointer_step(name), required=name in node.items.required)
            if not isinstance(value, _Absent):
                data[name] = value
        return data

    def _anything(self, node: Node) -> bool:
        return any(True for _ in self._found(node))

    def _found(self, node: Node) -> Iterator[Scalar]:
        if isinstance(node, Leaf):
            option = self._decisions[node].option
            if option is not None:
                yield option.value
        elif isinstance(node, ObjectNode):
            for child in node.properties.values():
                yield from self._found(child)
        elif self._items.get(node):
            yield True
