"""Text as digits: what recognition mistakes for a digit is read as one where digits are around it.

Letters are exchanged one for one, so offsets into the line stay true. Lines of a text layer are left alone.
"""

import re

from ..scene.view import ViewLine

#: Letters that recognition puts where a digit stands, and the digit.
_CONFUSED = str.maketrans("OoQDlI|SBZ", "0000111582")
#: A word of digits, confusable letters and the signs of numbers and dates.
_NUMERIC_WORD = re.compile(r"(?<!\S)[\dOoQDlI|SBZ][\dOoQDlI|SBZ.,:/'’-]*(?!\S)")
#: A document's number with a letter before it. A zero is misread as O more often than a number begins with one.
_PREFIXED = re.compile(r"[DISBZ]\d{3,}")


def readable(line: ViewLine) -> str:
    """The line's text, no-break spaces as spaces; on a scan, words that are mostly digits wholly so."""
    text = line.text.translate({0xA0: " ", 0x202F: " ", 0x2009: " ", 0x2212: "-"})
    return _NUMERIC_WORD.sub(_as_digits, text) if line.scanned else text


def _as_digits(match: re.Match[str]) -> str:
    word = match[0]
    digits = sum(character.isdigit() for character in word)
    letters = sum(character.isalpha() or character == "|" for character in word)
    if _PREFIXED.fullmatch(word):
        return word
    # "O1" could be a name; "2O26" could not. A lone letter is never a number.
    return word.translate(_CONFUSED) if digits > letters else word
