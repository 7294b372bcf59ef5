"""The vocabulary of business documents: which concepts a label or a field's words name, in a dozen languages.

The words are data (`lexicon.json`). A concept belongs to a facet (moment, money, identity, role, …); two concepts of one facet
exclude each other unless `near` says how close they are. Within a facet the longest term wins, so that "Invoice due date" is
due and not issued. Knows no field and no layout. Terms are folded words; `*` at a word's end stands for any ending, at its
beginning for any beginning (German compounds).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from rapidfuzz.distance import Levenshtein

from .folding import tokens

#: Words shorter than this are not corrected: too many others are one letter away.
_LEAST_CORRECTED = 6
#: Two wrong letters are forgiven in words of this length.
_LONG_WORD = 10
_CACHE_SIZE = 8192

Term = tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """What a text names: concepts by facet, and the general words (`date`, `number`, …) in it."""

    concepts: Mapping[str, frozenset[str]]
    words: frozenset[str]

    def of(self, facet: str) -> frozenset[str]:
        """The concepts of one facet."""
        return self.concepts.get(facet, frozenset())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Facet:
    combinable: bool
    default: str | None
    generic: frozenset[str]
    bare: Mapping[str, str]  # a general word that names a concept when a value follows it: "Invoice 123"


class _TermIndex:
    """Terms by the first letter of their first word."""

    def __init__(self, terms: Sequence[tuple[Term, str]]) -> None:
        self._by_start: dict[str, list[tuple[Term, str]]] = {}
        for term, name in terms:
            self._by_start.setdefault(term[0][:1], []).append((term, name))

    def names(self, words: Sequence[str]) -> Iterator[str]:
        """Names of the terms in a text; each word is used once, by the longest term."""
        place = 0
        while place < len(words):
            found = list(self._terms_at(words, place))
            length = max((len(term) for term, _ in found), default=0)
            yield from (name for term, name in found if len(term) == length)
            place += max(1, length)

    def _terms_at(self, words: Sequence[str], place: int) -> Iterator[tuple[Term, str]]:
        for start in (words[place][:1], "*"):
            for term, name in self._by_start.get(start, ()):
                if _matches(term, words[place : place + len(term)]):
                    yield term, name


class Lexicon:
    """The concepts and what they are called. Built once from the data file."""

    def __init__(self, data: Mapping[str, object]) -> None:
        raw = _Raw(data)
        self.facets = raw.facets()
        self.facet_of = raw.facet_of()
        self.addressed = _TermIndex([(term, "addressed") for term in raw.terms("addressed")])
        self._near = raw.near()
        self._dates = raw.dates()
        self._pairs = raw.pairs()
        self._alone = raw.alone()
        self._words = _TermIndex(raw.word_terms())
        self._concepts = {facet: _TermIndex(raw.concept_terms(facet)) for facet in self.facets}
        words = {word for term, _ in raw.all_terms() for word in term if not word.startswith("*")}
        self._stems = tuple(sorted(word for word in words if len(word.rstrip("*")) >= _LEAST_CORRECTED - 1))
        self._known = raw.all_index()

    def meaning(self, text: str) -> Meaning:
        """What a label, a heading or a field's title names."""
        return _meaning(self, tokens(text))

    def near(self, wanted: str, found: str) -> float:
        """How well `found` serves where `wanted` is asked for: 1 the same, 0 to 1 a neighbour, -1 another thing."""
        return 1.0 if wanted == found else self._near.get(frozenset((wanted, found)), -1.0)

    def dated(self, meaning: Meaning) -> Meaning:
        """What a date means that follows a number of this meaning: that of an invoice is its issue date."""
        named = meaning.of("identity") or meaning.words
        moments = {self._dates[name] for name in named if name in self._dates}
        if len(moments) > 1:
            moments.discard("issued")  # "We invoice you for order 17 of 3 May"
        return Meaning(concepts={"moment": frozenset(moments)} if moments else {}, words=frozenset())

    def is_general(self, word: str) -> bool:
        """Whether a folded word is one of the general words, which say little by themselves."""
        return any(self._words.names((word,)))

    def speaks_to_reader(self, text: str) -> int:
        """How many words of a text are those one would use to instruct a program that reads it."""
        return sum(1 for _ in self.addressed.names(tokens(text)))

    def understand(self, words: Sequence[str]) -> Meaning:
        """The meaning of folded words."""
        corrected = [self._correct(word) for word in words]
        named = frozenset(self._words.names(corrected))
        concepts: dict[str, frozenset[str]] = {}
        for facet, index in self._concepts.items():
            found = set(index.names(corrected))
            found |= {
                concept
                for concept, terms in self._alone.items()
                if tuple(corrected) in terms and self.facet_of[concept] == facet
            }
            if not found:
                found = {
                    concept
                    for concept, pairs in self._pairs.items()
                    if self.facet_of[concept] == facet and any(pair <= named for pair in pairs)
                }
            if found:
                concepts[facet] = frozenset(found)
        return Meaning(concepts=concepts, words=named)

    def _correct(self, word: str) -> str:
        """A word that recognition got slightly wrong, as the lexicon writes it; any other word as it is."""
        if len(word) < _LEAST_CORRECTED or not word.isalpha() or any(self._known.names((word,))):
            return word
        for known in self._stems:
            stem = known.rstrip("*")
            read = word[: len(stem)] if known.endswith("*") else word
            allowed = 2 if len(stem) >= _LONG_WORD else 1
            if abs(len(word) - len(stem)) <= 3 and Levenshtein.distance(read, stem, score_cutoff=allowed) <= allowed:
                return stem
        return word


def _matches(term: Term, words: Sequence[str]) -> bool:
    return len(words) == len(term) and all(map(_matches_word, term, words))


def _matches_word(part: str, word: str) -> bool:
    if part.startswith("*"):
        return word.endswith(part[1:])
    return word.startswith(part[:-1]) if part.endswith("*") else word == part


@lru_cache(maxsize=_CACHE_SIZE)
def _meaning(lexicon: Lexicon, words: tuple[str, ...]) -> Meaning:
    return lexicon.understand(words)


class _Raw:
    """The data file, read into typed pieces. The only place where its form is known."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self._concepts: Mapping[str, Mapping[str, Any]] = data["concepts"]

    def facets(self) -> dict[str, _Facet]:
        return {
            name: _Facet(
                combinable=facet["mode"] == "any",
                default=facet.get("default"),
                generic=frozenset(facet.get("generic", ())),
                bare=facet.get("bare", {}),
            )
            for name, facet in self._data["facets"].items()
        }

    def facet_of(self) -> dict[str, str]:
        return {name: str(concept["facet"]) for name, concept in self._concepts.items()}

    def terms(self, key: str) -> list[Term]:
        return [_term(text) for text in self._data[key]]

    def word_terms(self) -> list[tuple[Term, str]]:
        return [(_term(text), name) for name, texts in self._data["words"].items() for text in texts]

    def concept_terms(self, facet: str) -> list[tuple[Term, str]]:
        return [
            (_term(text), name)
            for name, concept in self._concepts.items()
            if concept["facet"] == facet
            for text in concept["terms"]
        ]

    def alone(self) -> dict[str, frozenset[Term]]:
        return {name: frozenset(map(_term, concept["alone"])) for name, concept in self._concepts.items() if "alone" in concept}

    def pairs(self) -> dict[str, list[frozenset[str]]]:
        return {
            name: [frozenset(pair) for pair in concept["pairs"]]
            for name, concept in self._concepts.items()
            if "pairs" in concept
        }

    def near(self) -> dict[frozenset[str], float]:
        return {frozenset((first, second)): nearness for first, second, nearness in self._data["near"]}

    def dates(self) -> Mapping[str, str]:
        dates: Mapping[str, str] = self._data["dates"]
        return dates

    def all_terms(self) -> list[tuple[Term, str]]:
        return self.word_terms() + [item for facet in self._data["facets"] for item in self.concept_terms(facet)]

    def all_index(self) -> _TermIndex:
        """Every single word of every term, to tell known words from misread ones."""
        return _TermIndex([((word,), "known") for term, _ in self.all_terms() for word in term])


def _term(text: str) -> Term:
    words = tokens(text)
    if text.startswith("*"):
        words = ("*" + words[0], *words[1:])
    return (*words[:-1], words[-1] + "*") if text.endswith("*") else words


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lexicon of this package."""
    return Lexicon(json.loads(files(__package__).joinpath("lexicon.json").read_text("utf-8")))
