"""Texts as both stores keep and compare them: JSON, strings that PostgreSQL can hold, and what a search sees of them."""

import json
import unicodedata

from .job import JsonObject


def json_text(value: JsonObject) -> str:
    """JSON in ASCII, so that no character can be one that PostgreSQL does not take. Raises `ValueError` for NaN."""
    return json.dumps(value, allow_nan=False)


def storable(text: str) -> str:
    """The text without what PostgreSQL's text type cannot hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def searchable(text: str) -> str:
    """What a search compares: without case, and accents in one form (macOS writes them as characters of their own).

    Done here because PostgreSQL's lower() knows only the letters of the database's locale; CloudNativePG's default is ASCII.
    """
    # Decomposed before too: folding alone tells a few letters with two accents apart by the order of these.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", storable(text)).casefold())
