"""Documents set by hand for tests of lists, and what is found in them. Numbers stand right-aligned and words left-aligned."""

from collections.abc import Mapping, Sequence
from typing import Any

from lamplighter_serving.documents.layout import lines_of
from lamplighter_serving.documents.page import Box, Document, Page, TextSource, Word
from lamplighter_serving.extract.decide import Decision
from lamplighter_serving.extract.rows.find import find_items
from lamplighter_serving.extract.scene.scene import Scene, read_scene
from lamplighter_serving.extract.schema.parse import Leaf, parse_schema

LETTER, SIZE, PITCH = 5.0, 10.0, 14.0
LEFT, TOP = 40.0, 60.0

#: A piece of a line: its text and where it begins, or where it ends when that is negative.
Piece = tuple[str, float]
#: An empty line is a gap.
Line = Sequence[Piece]

ITEM = {
    "description": {"type": "string"},
    "quantity": {"type": ["number", "null"]},
    "unit_price": {"type": ["number", "null"]},
    "total": {"type": ["number", "null"]},
}


def piece(text: str, at: float, top: float) -> list[Word]:
    width = LETTER * len(text)
    left = at if at >= 0 else -at - width
    words = []
    for part in text.split(" "):
        right = left + LETTER * len(part)
        words.append(Word(text=part, box=Box(left=left, top=top, right=right, bottom=top + SIZE)))
        left = right + LETTER * 0.6
    return words


def document(*pages: Sequence[Line]) -> Document:
    made = []
    for number, lines in enumerate(pages, start=1):
        words = [word for place, line in enumerate(lines) for text, at in line for word in piece(text, at, TOP + PITCH * place)]
        made.append(Page(number=number, width=595, height=842, lines=lines_of(words), source=TextSource.TEXT_LAYER))
    return Document(media_type="application/pdf", pages=tuple(made))


def items(made: Document | Scene, array: Mapping[str, Any]) -> list[dict[str, object]]:
    """What a list finds, as plain values by the fields' names."""
    return [{leaf.name: value(found) for leaf, found in item.items()} for item in decisions(made, array)]


def decisions(made: Document | Scene, array: Mapping[str, Any]) -> tuple[Mapping[Leaf, Decision], ...]:
    schema = parse_schema(
        {"type": "object", "properties": {array.get("x-name", "lines"): {k: v for k, v in array.items() if k != "x-name"}}}
    )
    scene = read_scene(made) if isinstance(made, Document) else made
    return find_items(schema.arrays[0], scene)


def value(found: Decision) -> object:
    return found.option.value if found.option else None


def rows(*required: str, properties: Mapping[str, Any] = ITEM, **more: object) -> dict[str, Any]:
    """A list of objects."""
    return {"type": "array", "items": {"type": "object", "properties": dict(properties), "required": list(required)}, **more}


def scalars(name: str, **schema: object) -> dict[str, Any]:
    """A list of scalars under a name."""
    outer = {key: schema.pop(key) for key in ("minItems", "maxItems", "uniqueItems", "title") if key in schema}
    return {"x-name": name, "type": "array", "items": schema, **outer}


def item(description: object, quantity: object, unit_price: object, total: object) -> dict[str, object]:
    return {"description": description, "quantity": quantity, "unit_price": unit_price, "total": total}


HEADING: Line = [("Description", 40), ("Qty", -330), ("Unit price", -420), ("Total", -540)]


def line(description: str, quantity: str = "", price: str = "", total: str = "") -> Line:
    pieces = [(description, 40.0), (quantity, -330.0), (price, -420.0), (total, -540.0)]
    return [(text, at) for text, at in pieces if text]


DESK, CHAIR = line("Oak desk", "2", "400.00", "800.00"), line("Chair", "6", "75.50", "453.00")
DESK_ITEM, CHAIR_ITEM = item("Oak desk", 2, 400.0, 800.0), item("Chair", 6, 75.5, 453.0)
