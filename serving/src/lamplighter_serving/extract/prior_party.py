"""How well each text serves a field that asks for a party's name or address.

Labels speak as everywhere; so does the place in the party's block, where names and addresses stand without a label.
"""

from dataclasses import replace

from .candidates.candidate import Candidate, Kind
from .folding import tokens
from .prior import rate
from .rated import Rated, both, ranked
from .scene import Scene
from .wish import Wish

#: The first text under a party's heading is its name; the second may be, when the first is a logo or a greeting.
FIRST_IN_BLOCK, SECOND_IN_BLOCK = 0.65, 0.3
LEGAL_FORM = 0.35
#: A supplier without a block stands in the letterhead, by its legal form.
LETTERHEAD = 0.4
#: A text that names a concept, or holds no letters, is a label or a value and no name.
LABEL_NOT_NAME = 0.15
#: Street and town under the name.
ADDRESS_LINE = 0.6


def rate_party(wish: Wish, scene: Scene) -> tuple[Rated, ...]:
    """All texts, best first."""
    texts = scene.of_kinds(frozenset({Kind.TEXT}))
    in_block = _block_places(wish, scene)
    asks_for_address = "street" in wish.concepts
    rated = []
    for item in rate(wish, scene, texts):
        evidence = _address(item.candidate, in_block) if asks_for_address else _name(wish, scene, item.candidate, in_block)
        prior = both(item.prior, evidence) * (LABEL_NOT_NAME if _is_label(scene, item.candidate) else 1.0)
        rated.append(replace(item, prior=min(0.99, prior)))
    return ranked(rated)


def _block_places(wish: Wish, scene: Scene) -> dict[int, int]:
    """Lines of the party's blocks with their number under the heading, counted over lines with letters only."""
    places: dict[int, int] = {}
    for block in scene.blocks:
        if block.role == wish.role:
            under = [line for line in block.lines if line != block.heading]
            lines = [line for line in under if any(map(str.isalpha, scene.view.lines[line].text))]
            places.update((line, number) for number, line in enumerate(lines))
    return places


def _name(wish: Wish, scene: Scene, candidate: Candidate, in_block: dict[int, int]) -> float:
    place = in_block.get(candidate.line)
    evidence = {0: FIRST_IN_BLOCK, 1: SECOND_IN_BLOCK}.get(place, 0.0) if place is not None else 0.0
    has_form = "name" in candidate.tags
    if has_form and place is not None:
        evidence = both(evidence, LEGAL_FORM)
    elif has_form and wish.role == "supplier" and not in_block and candidate.line not in scene.roles:
        evidence = LETTERHEAD
    return evidence


def _address(candidate: Candidate, in_block: dict[int, int]) -> float:
    has_number = any(map(str.isdigit, candidate.text))
    return ADDRESS_LINE if candidate.line in in_block and has_number and ":" not in candidate.text else 0.0


def _is_label(scene: Scene, candidate: Candidate) -> bool:
    words = tokens(candidate.text)
    if not any(word.isalpha() and len(word) > 1 for word in words):
        return True
    meaning = scene.lexicon.meaning(candidate.text)
    named = any(meaning.of(facet) for facet in ("identity", "moment", "money", "role"))
    return named and "name" not in candidate.tags
