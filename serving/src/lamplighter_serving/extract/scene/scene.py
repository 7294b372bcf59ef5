"""Everything about a document that does not depend on the field asked for, computed once: view, candidates, labels, blocks."""

from collections.abc import Mapping
from dataclasses import dataclass

from ...documents.page import Document
from ..candidates.candidate import Candidate, Kind
from ..candidates.find import find_candidates
from ..words.lexicon import Lexicon, load_lexicon
from .labels import Label, LabelFinder, is_prose
from .roles import Block, find_blocks
from .said_roles import find_said_roles
from .view import View, view_of

#: A line lower than this part of the page's usual line is print one is not meant to read.
_TINY = 0.55
#: So many words that speak to a program make a line an instruction to it, not a statement of the document.
_ADDRESSED_WORDS = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """A document prepared for weighing. `roles` has an entry for every line in a block."""

    view: View
    lexicon: Lexicon
    candidates: tuple[Candidate, ...]
    finder: LabelFinder
    blocks: tuple[Block, ...]
    roles: Mapping[int, str]
    said_roles: Mapping[tuple[int, int, int], str]  # by the place of a name
    prose: frozenset[int]  # lines that read like sentences
    tiny: frozenset[int]
    addressed: frozenset[int]  # lines that speak to the program that reads them
    has_money: bool  # any number is written as money: with decimals, or beside a currency
    has_one_date: bool  # all its dates are the same one

    def said_role(self, candidate: Candidate) -> str | None:
        """The role that the sentence around a name gives it."""
        return self.said_roles.get(candidate.place)

    @property
    def prose_share(self) -> float:
        """The part of the lines that are sentences."""
        return len(self.prose) / max(1, len(self.view.lines))

    def labels(self, candidate: Candidate) -> tuple[Label, ...]:
        """What the document calls a candidate."""
        return self.finder.labels(candidate)

    def of_kinds(self, kinds: frozenset[Kind]) -> tuple[Candidate, ...]:
        """The candidates of some kinds, in reading order."""
        return tuple(candidate for candidate in self.candidates if candidate.kind in kinds)


def _names_number(lexicon: Lexicon, text: str) -> bool:
    meaning = lexicon.meaning(text)
    return bool(meaning.of("identity")) or bool({"tax-word", "number"} & meaning.words)


def read_scene(document: Document) -> Scene:
    """Prepares a document. Takes about 5 ms for a page with 60 lines."""
    lexicon = load_lexicon()
    view = view_of(document)
    candidates = find_candidates(view, lambda text: _names_number(lexicon, text))
    finder = LabelFinder(view, candidates)
    blocks = find_blocks(view, lexicon)
    return Scene(
        view=view,
        lexicon=lexicon,
        candidates=candidates,
        finder=finder,
        blocks=blocks,
        roles={line: block.role for block in blocks for line in block.lines},
        said_roles=find_said_roles(view, lexicon, [name for name in candidates if "exact-name" in name.tags]),
        prose=frozenset(line.index for line in view.lines if is_prose(finder.remainder(line))),
        tiny=frozenset(line.index for line in view.lines if line.height < _TINY * view.usual_heights[line.page]),
        addressed=frozenset(line.index for line in view.lines if lexicon.speaks_to_reader(line.text) >= _ADDRESSED_WORDS),
        has_money=any(candidate.kind is Kind.AMOUNT for candidate in candidates),
        has_one_date=len({candidate.value for candidate in candidates if candidate.kind is Kind.DATE}) == 1,
    )
