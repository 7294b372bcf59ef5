"""How well each text serves a field that asks for a party's name or address.

Labels speak as everywhere; so does the place in the party's block, where names and addresses stand without a label.
"""

from collections.abc import Sequence
from dataclasses import replace

from ..candidates.candidate import Candidate, Kind
from ..scene.scene import Scene
from ..words.folding import tokens
from .rate import OTHER_ROLE, rate
from .rated import Rated, both, ranked
from .wish import Wish

#: The first text under a party's heading is its name; the second may be, when the first is a logo or a greeting.
FIRST_IN_BLOCK, SECOND_IN_BLOCK = 0.65, 0.3
LEGAL_FORM = 0.35
#: A supplier without a block stands in the letterhead, by its legal form.
LETTERHEAD, FORM_SOMEWHERE = 0.6, 0.4
LETTERHEAD_LINES = 3
#: Shops print their name as the first line, often without any legal form.
FIRST_LINE = 0.55
#: The text itself says whose name it is: "(the Client)", "as tenant", "dále jen objednatel".
SAID_ROLE = 0.85
#: A name is better without what stands beside it; a text with figures is an address rather than a name.
HOLDS_NAME, HAS_DIGITS, AN_ADDRESS = 0.4, 0.5, 0.1
#: A text that names a concept, or holds no letters, is a label or a value and no name.
LABEL_NOT_NAME = 0.15
#: Street and town under the name.
ADDRESS_LINE = 0.6


def rate_party(wish: Wish, scene: Scene) -> tuple[Rated, ...]:
    """All texts, best first."""
    texts = scene.of_kinds(frozenset({Kind.TEXT}))
    in_block = _block_places(wish, scene)
    asks_for_address = "street" in wish.concepts
    holders = _holders(texts)
    rated = []
    for item in rate(wish, scene, texts):
        evidence = _address(item.candidate, in_block) if asks_for_address else _name(wish, scene, item.candidate, in_block)
        prior = both(item.prior, evidence) * _form_factor(wish, scene, item.candidate, holders)
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
    if "exact-name" in candidate.tags and scene.said_role(candidate) == wish.role is not None:
        evidence = both(evidence, SAID_ROLE)
    if has_form and place is not None:
        evidence = both(evidence, LEGAL_FORM)
    elif wish.role == "supplier" and not in_block and candidate.line not in scene.roles:
        evidence = both(evidence, _letterhead(scene, candidate))
    return evidence


def _letterhead(scene: Scene, candidate: Candidate) -> float:
    """Who writes stands at the top of the first page: by legal form, or in its first line."""
    line = scene.view.lines[candidate.line]
    top = line.page == 1 and line.index < LETTERHEAD_LINES
    if "name" in candidate.tags:
        return LETTERHEAD if top else FORM_SOMEWHERE
    return FIRST_LINE if line.page == 1 and line.index == 0 else 0.0


def _holders(texts: Sequence[Candidate]) -> frozenset[Candidate]:
    """Texts that hold a name and more: the name alone is the better answer."""
    names: dict[int, list[Candidate]] = {}
    for text in texts:
        if "exact-name" in text.tags:
            names.setdefault(text.line, []).append(text)
    return frozenset(
        text
        for text in texts
        if any(name.overlaps(text) and name.end - name.start < text.end - text.start for name in names.get(text.line, ()))
    )


def _form_factor(wish: Wish, scene: Scene, candidate: Candidate, holders: frozenset[Candidate]) -> float:
    factor = LABEL_NOT_NAME if _is_label(scene, candidate) else 1.0
    if "street" in wish.concepts:
        return factor
    if candidate in holders:
        return factor * HOLDS_NAME
    if "@" in candidate.text:
        return factor * AN_ADDRESS
    if wish.role is not None and scene.said_role(candidate) not in (None, wish.role):
        return factor * OTHER_ROLE
    has_form = "name" in candidate.tags
    return factor * (HAS_DIGITS if not has_form and any(map(str.isdigit, candidate.text)) else 1.0)


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
