"""Words as they are compared: lower case, without diacritics, one token a word. Knows no language and no layout."""

import re
import unicodedata
from functools import lru_cache

#: A word, or a sign that stands for one (the number sign, the numero sign, percent).
_TOKEN = re.compile(r"[^\W_]+|[#№%]")
#: Where a property name in camelCase is split; diacritics stand behind their letters there (`celkováČástka`).
_CAMEL = re.compile(r"(?<=[a-z0-9\u0300-\u036f])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
#: Letters that Unicode does not decompose.
_LETTERS = str.maketrans(
    {"ł": "l", "Ł": "l", "ß": "ss", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "æ": "ae", "Æ": "ae", "№": "#"}
)
#: Folded texts kept: labels repeat from field to field.
_CACHE_SIZE = 8192


@lru_cache(maxsize=_CACHE_SIZE)
def fold(text: str) -> str:
    """Lower case, without diacritics; `°` and `º` after a letter fall away (`n°` is `n`)."""
    decomposed = unicodedata.normalize("NFKD", text.replace("°", "").replace("º", "").translate(_LETTERS))
    return "".join(character for character in decomposed if not unicodedata.combining(character)).casefold()


@lru_cache(maxsize=_CACHE_SIZE)
def tokens(text: str) -> tuple[str, ...]:
    """The folded words of a text, in order."""
    return tuple(_TOKEN.findall(fold(text)))


def name_tokens(name: str) -> tuple[str, ...]:
    """The folded words of a property name: `invoiceNumber`, `invoice_number` and `invoice-number` give the same."""
    return tokens(_CAMEL.sub(" ", unicodedata.normalize("NFD", name)).replace("_", " "))
