"""Texts as both stores keep and compare them: JSON, strings that PostgreSQL can hold, and what a search sees of them."""

import json
import unicodedata
from collections.abc import Mapping

import orjson

from .job import JsonObject


def json_text(value: JsonObject) -> str:
    """JSON in ASCII, so that no character can be one that PostgreSQL does not take. Raises `ValueError` for NaN."""
    return json.dumps(value, allow_nan=False)


def facts_text(facts: Mapping[str, str | int | None]) -> str:
    """JSON of texts and whole numbers, faster. A text that is none is left for PostgreSQL to refuse, as in `json_text`."""
    try:
        return orjson.dumps(facts).decode()
    except TypeError:
        return json_text(facts)


class RememberedJson:
    """JSON texts of objects that come again and again and never change. By identity: an equal object is written anew.

    Bounded by number and by size: clients' own requests pass through here once each.
    """

    def __init__(self, *, most: int = 64, most_characters: int = 16 * 1024) -> None:
        self._most = most
        self._most_characters = most_characters
        self._texts: dict[int, tuple[JsonObject, str]] = {}  # the object is kept, so that no other can have its id

    def text(self, value: JsonObject) -> str:
        """As `json_text`."""
        known = self._texts.get(id(value))
        if known is not None:
            return known[1]
        text = json_text(value)
        if len(text) <= self._most_characters:
            if len(self._texts) >= self._most:
                self._texts.clear()
            self._texts[id(value)] = (value, text)
        return text


def storable(text: str) -> str:
    """The text without what PostgreSQL's text type cannot hold: NUL, and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def searchable(text: str) -> str:
    """What a search compares: without case, and accents in one form (macOS writes them as characters of their own).

    Done here because PostgreSQL's lower() knows only the letters of the database's locale; CloudNativePG's default is ASCII.
    """
    # Decomposed before too: folding alone tells a few letters with two accents apart by the order of these.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", storable(text)).casefold())
