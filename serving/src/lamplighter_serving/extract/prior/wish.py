"""A field of the schema as a wish: which kinds of span could serve it, which concepts its words name, and its own words.

The title, the property's name, the titles around it and the description all speak; the title and the name most.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..candidates.candidate import Kind
from ..candidates.currencies import CODES
from ..schema.parse import Leaf
from ..words.folding import name_tokens, tokens
from ..words.lexicon import Lexicon, Meaning

#: How far a concept counts that only the description names; it explains the title, so it must be near it.
DESCRIBED = 0.95
#: How far a facet's default (a bare "total") counts where the description names a more exact concept.
LESS_EXACT = 0.85

#: What a string's format is about.
_FORMAT_FACETS = {"date": "moment", "email": "identity"}
#: Facets from which a field's kind follows, the more telling first.
_KIND_FACETS = ("moment", "identity", "money", "party", "quality")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """A field and what it asks for. `concepts` are of `facet`, with their weights; `phrases` are its titles in words."""

    leaf: Leaf
    kinds: frozenset[Kind]
    facet: str | None
    concepts: Mapping[str, float]
    role: str | None
    phrases: tuple[tuple[str, ...], ...]


def wish_of(leaf: Leaf, lexicon: Lexicon) -> Wish:
    """What a leaf asks for."""
    named = lexicon.meaning(" ".join((leaf.title, *name_tokens(leaf.name))))
    titled = [lexicon.meaning(leaf.title), lexicon.understand(name_tokens(leaf.name)), named]
    described = lexicon.meaning(leaf.description)
    facet = _facet(leaf, titled, described)
    concepts = _concepts(facet, titled, described, lexicon)
    return Wish(
        leaf=leaf,
        kinds=_kinds(leaf, facet, concepts),
        facet=facet,
        concepts=concepts,
        role=_role(leaf, titled, described, lexicon),
        phrases=_phrases(leaf),
    )


def _facet(leaf: Leaf, titled: list[Meaning], described: Meaning) -> str | None:
    """The facet the field is about. Its type and format say it, else its words."""
    if leaf.format in _FORMAT_FACETS:
        return _FORMAT_FACETS[leaf.format]
    if leaf.type in ("number", "integer"):
        return _number_facet(leaf, titled)
    return "quality" if leaf.enum is not None else _named_facet(titled, described)


def _named_facet(titled: list[Meaning], described: Meaning) -> str | None:
    """The facet of a text by its words: a concept in the title or name, a role there, the description, a general word."""
    named = [facet for meaning in titled[:2] for facet in _KIND_FACETS if meaning.of(facet)]
    if not named and any(meaning.of("role") for meaning in titled[:2]):
        return "party"  # "Customer" alone asks for its name, whatever the description mentions
    named += [facet for facet in _KIND_FACETS if described.of(facet)]
    general = (("moment", "date"), ("party", "name-word"), ("money", "amount"))
    named += [facet for facet, word in general if any(word in meaning.words for meaning in titled)]
    return next(iter(named), None)


def _number_facet(leaf: Leaf, titled: list[Meaning]) -> str | None:
    """Numbers are about money where their words say so, or say nothing; a whole number of something else is not."""
    named = any(meaning.of("money") or "amount" in meaning.words or "payment-word" in meaning.words for meaning in titled)
    return "money" if named or leaf.type == "number" else None


def _concepts(facet: str | None, titled: list[Meaning], described: Meaning, lexicon: Lexicon) -> dict[str, float]:
    if facet is None:
        return {}
    title_concepts = {concept for meaning in titled[:2] for concept in meaning.of(facet)}
    concepts = dict.fromkeys(title_concepts, 1.0)
    for concept in described.of(facet):
        if not title_concepts or any(lexicon.near(title, concept) > 0 for title in title_concepts):
            concepts.setdefault(concept, DESCRIBED)
    default = lexicon.facets[facet].default
    others = [concept for concept in concepts if concept != default]
    if default not in concepts or not others:
        return concepts
    titled_others = title_concepts - {default}
    if titled_others and all(lexicon.near(default, concept) <= 0 for concept in titled_others):
        # "Total without VAT" asks for the net amount: "total" is only a word there.
        return {concept: weight for concept, weight in concepts.items() if concept != default}
    return {concept: LESS_EXACT if concept == default else 1.0 for concept in concepts}


def _kinds(leaf: Leaf, facet: str | None, concepts: Mapping[str, float]) -> frozenset[Kind]:
    if leaf.type == "boolean":
        return frozenset({Kind.FLAG})
    if leaf.type in ("number", "integer"):
        return frozenset({Kind.AMOUNT, Kind.NUMBER})
    if leaf.enum is not None:
        return frozenset({Kind.CURRENCY if CODES & set(map(str, leaf.enum)) else Kind.TEXT})
    if "currency" in concepts:
        return frozenset({Kind.CURRENCY})
    if leaf.format == "email" or "email" in concepts:
        return frozenset({Kind.EMAIL})
    by_facet = {
        "moment": {Kind.DATE},
        "identity": {Kind.IDENTIFIER},
        "money": {Kind.AMOUNT, Kind.NUMBER},
        "party": {Kind.TEXT},
        "quality": {Kind.TEXT},
        None: {Kind.TEXT, Kind.IDENTIFIER, Kind.DATE},
    }
    return frozenset(by_facet[facet])


def _role(leaf: Leaf, titled: list[Meaning], described: Meaning, lexicon: Lexicon) -> str | None:
    around = [lexicon.understand(name_tokens(name)) for name in reversed((*leaf.within, *leaf.path[:-1]))]
    for meaning in (*titled, *around, described):
        for role in ("supplier", "customer", "delivery-place", "bank"):
            if role in meaning.of("role"):
                return role
    return None


def _phrases(leaf: Leaf) -> tuple[tuple[str, ...], ...]:
    """The title, the name, and each part of the description that is short enough to be a label itself."""
    described = (part for clause in leaf.description.split(",") for part in clause.split(";"))
    found = [tokens(leaf.title), name_tokens(leaf.name), *(tokens(part) for part in described)]
    return tuple(dict.fromkeys(words for words in found if 0 < len(words) <= 6))
