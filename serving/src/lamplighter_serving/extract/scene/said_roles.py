"""Roles that a contract gives to a name in its sentences: `Acme Ltd (the "Client")`, `Alfa s.r.o., … dále jen „objednatel“`.

Looks forward from a name to the words that name its role, until another name begins.
"""

import re
from collections.abc import Sequence

from ..candidates.candidate import Candidate
from ..words.lexicon import Lexicon
from .view import View

#: What introduces the role of a name that has just been said: a quotation in parentheses, "hereinafter", or a word for "as".
_SAYS = re.compile(
    r"\([^()]{0,40}?[\"„“”'«‚]\s*(?P<quoted>[^\"„“”'»‘’()]{2,40})[\"“”'»‘’]\s*\)"
    r"|(?<!\w)(?:nachfolgend|nachstehend|im Folgenden|hereinafter|dále jen|ďalej len|ci-après|en adelante|di seguito|dalej)"
    r"\W{1,3}(?:referred to as |called |kurz |the |jako )?\W?(?P<after>[^\W\d_]{3,30})"
    r"|(?<!\w)(?:jako|coby|ako|as|als|en tant que|en qualité de|como|in qualità di|come)\s+"
    r"(?:the |der |die |den |el |la |le )?(?P<word>[^\W\d_]{3,30})"
)
#: Lines after the name in which its role may be said: address, numbers and representatives come before.
_MOST_LINES = 4


def find_said_roles(view: View, lexicon: Lexicon, names: Sequence[Candidate]) -> dict[tuple[int, int, int], str]:
    """Role by the place of each name that is given one. `names` in reading order."""
    roles = {}
    for number, name in enumerate(names):
        following = names[number + 1] if number + 1 < len(names) else None
        text = _text_after(view, name, following)
        if role := role_said(text, lexicon):
            roles[name.place] = role
    return roles


def role_said(text: str, lexicon: Lexicon) -> str | None:
    """The first role that a text gives to what stands before it."""
    for match in _SAYS.finditer(text):
        said = lexicon.meaning(match["quoted"] or match["after"] or match["word"]).of("role")
        if said:
            return min(said)
    return None


def _text_after(view: View, name: Candidate, following: Candidate | None) -> str:
    """What stands between a name and the next one, at most some lines of it."""
    last = min(name.line + _MOST_LINES, len(view.lines) - 1)
    parts = []
    for number in range(name.line, last + 1):
        line = view.lines[number]
        if line.page != name.page:
            break
        start = name.end if number == name.line else 0
        if following is not None and following.line == number:
            parts.append(line.text[start : following.start])
            break
        parts.append(line.text[start:])
    return " ".join(parts)
