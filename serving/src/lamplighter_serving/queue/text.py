"""Texts as both stores keep them: JSON, and strings that PostgreSQL can hold."""

import json

from .job import JsonObject


def json_text(value: JsonObject) -> str:
    """JSON in ASCII, so that no character can be one that PostgreSQL does not take. Raises `ValueError` for NaN."""
    return json.dumps(value, allow_nan=False)


def storable(text: str) -> str:
    """The text without what PostgreSQL's text type cannot hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
