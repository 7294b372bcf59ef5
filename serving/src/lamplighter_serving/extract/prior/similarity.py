"""How well a label names what a field asks for: by the concepts both name, else by their words. Pure."""

import re
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz.distance import JaroWinkler

from ..scene.labels import Label
from ..words.folding import tokens
from ..words.lexicon import Lexicon, Meaning
from .wish import Wish

#: A label with only the facet's general word ("Date"), for a field that asks for the facet's default (the issue date) …
GENERIC_DEFAULT = 0.6
#: … and for any other field of the facet.
GENERIC_OTHER = 0.3
#: The document's own name straight before a value ("Invoice 123"), for its number.
BARE = 0.75
#: A field without a concept ("Date"), met by a label that names the facet's default, or another concept.
PLAIN_DEFAULT = 0.8
PLAIN_OTHER = 0.35
#: What a label says without its remark in parentheses, where the remark names another thing: "Subtotal (exempt from VAT)".
REMARK = 0.9
_PARENTHESES = re.compile(r"\([^()]*\)")
#: The most that a concept can say: the field's own words say more.
BY_CONCEPT = 0.97
#: The most that likeness of words can say where concepts say nothing.
WORDS_ALONE = 0.9
#: Two words are the same when they are this alike: inflection, one misread letter.
_SAME_WORD = 0.9
#: A label that names a role, for a name of that role: "Supplier: ACME".
ROLE_NAMES = 0.85
#: How much a general word ("date", "number") counts among the words of a label.
GENERAL_WORD = 0.25


def similarity(wish: Wish, label: Label, lexicon: Lexicon) -> float:
    """From -1 (the label names another thing) over 0 (it says nothing) to 1 (it names what is asked for)."""
    meaning = lexicon.meaning(label.text)
    if label.place == "linked":
        return _by_concept(wish, lexicon.dated(meaning), lexicon)
    by_concept = _by_concept(wish, meaning, lexicon)
    if 0 <= by_concept <= GENERIC_OTHER and label.place in ("inside", "left"):
        by_concept = max(by_concept, _by_bare_word(wish, meaning, lexicon))
    words = tokens(label.text)
    if words in wish.phrases:
        return 1.0
    if by_concept < 0 and (plain := _PARENTHESES.sub(" ", label.text)) != label.text and tokens(plain):
        return REMARK * similarity(wish, replace(label, text=plain), lexicon)
    if by_concept < 0 or by_concept >= WORDS_ALONE:
        return min(by_concept, BY_CONCEPT)
    return max(by_concept, WORDS_ALONE * max((_overlap(phrase, words, lexicon) for phrase in wish.phrases), default=0.0))


def _by_bare_word(wish: Wish, meaning: Meaning, lexicon: Lexicon) -> float:
    if wish.facet is None or _names_other_facet(wish.facet, meaning) or meaning.of("role"):
        return 0.0
    bare = lexicon.facets[wish.facet].bare
    return BARE if any(word in meaning.words and concept in wish.concepts for word, concept in bare.items()) else 0.0


def _by_concept(wish: Wish, meaning: Meaning, lexicon: Lexicon) -> float:
    if wish.facet is None:
        return 0.0
    facet = lexicon.facets[wish.facet]
    found = meaning.of(wish.facet)
    if wish.facet == "party" and not found:
        return ROLE_NAMES if wish.role is not None and wish.role in meaning.of("role") else 0.0
    if not found:
        return _by_general_word(wish, wish.facet, meaning, lexicon)
    if not wish.concepts:
        return PLAIN_DEFAULT if facet.default in found else PLAIN_OTHER
    scores = [
        max(
            weight * nearness if nearness > 0 else nearness
            for wanted, weight in wish.concepts.items()
            for nearness in (lexicon.near(wanted, concept),)
        )
        for concept in found
    ]
    if not facet.combinable and min(scores) < 0:
        return min(scores)
    return max(scores)


def _by_general_word(wish: Wish, facet: str, meaning: Meaning, lexicon: Lexicon) -> float:
    """What a label says that has only the facet's general word."""
    if not lexicon.facets[facet].generic & meaning.words or _names_other_facet(facet, meaning):
        return 0.0
    default = lexicon.facets[facet].default
    return GENERIC_DEFAULT if default in wish.concepts or not wish.concepts else GENERIC_OTHER


def _names_other_facet(facet: str, meaning: Meaning) -> bool:
    """Whether a general word speaks of something else: "Order number" beside a general word still speaks of something else."""
    return any(meaning.of(other) for other in ("moment", "money", "identity") if other != facet)


def _overlap(phrase: Sequence[str], label: Sequence[str], lexicon: Lexicon) -> float:
    """Words in common, as the harmonic mean of both shares; general words count little."""
    weights = {word: GENERAL_WORD if lexicon.is_general(word) else 1.0 for word in (*phrase, *label)}
    asked, said = sum(weights[word] for word in phrase), sum(weights[word] for word in label)
    common = sum(weights[word] * max((_alike(word, other) for other in label), default=0.0) for word in phrase)
    if common == 0:
        return 0.0
    recall, precision = common / asked, min(1.0, common / said)
    return 2 * recall * precision / (recall + precision)


def _alike(first: str, second: str) -> float:
    if first == second:
        return 1.0
    if min(len(first), len(second)) < 4:
        return 0.0
    return 1.0 if JaroWinkler.similarity(first, second) >= _SAME_WORD else 0.0
