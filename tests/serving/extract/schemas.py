"""Schemas of one property, for tests of what a schema may say about it."""

from collections.abc import Mapping

from lamplighter_serving.extract.schema.parse import Leaf, parse_schema


def with_property(schema: object, *, required: bool = False, **around: object) -> dict[str, object]:
    """A root object whose only property `a` has this schema."""
    return {"type": "object", "properties": {"a": schema}, **({"required": ["a"]} if required else {}), **around}


def leaf_of(schema: Mapping[str, object], name: str = "a") -> Leaf:
    """The leaf that a property with this schema becomes."""
    (leaf,) = parse_schema({"type": "object", "properties": {name: schema}}).leaves
    return leaf
