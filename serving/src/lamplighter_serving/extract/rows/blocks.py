"""Items that are no rows: the parties of a contract, each in a block under its role or in a sentence that gives it one.

A field is read in a party's lines as it would be for that role alone. Only for lists about parties: names, addresses, numbers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..candidates.candidate import Candidate
from ..prior.rated import Rated
from ..prior.weigh import Option, rate_for, value_of
from ..prior.wish import Wish
from ..scene.scene import Scene
from ..words.folding import name_tokens
from .cells import Cell
from .items import Item, decision
from .values import text_of

#: Below this a span is not taken as a party's value: what stands in a block by chance.
_LEAST_PRIOR = 0.3
#: One block is a letterhead or an address; a list has two.
_LEAST_PARTIES = 2
#: Lines after a name in a sentence that still speak of it: address and numbers.
_SENTENCE_LINES = 3
#: What a field is called that asks for the party's role, and what its heading is worth as that.
_ROLE_WORDS, _ROLE_PRIOR = frozenset({"role", "party", "capacity", "strana", "rolle"}), 0.8

Ratings = Mapping[int, Sequence[Rated]]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Party:
    """Where a party's values stand. A party in a block has a heading, one in a sentence its name."""

    role: str
    lines: Sequence[int]
    heading: int | None = None
    name: Candidate | None = None


def find_parties(wishes: Sequence[Wish], asked: frozenset[int], scene: Scene) -> tuple[Item, ...]:
    """One item for each party that has every value it must have, in reading order; () for lists of other things.

    Every field is rated once for each role, of which there are three: linear in the document.
    """
    if any(wish.facet == "money" for wish in wishes) or not any(wish.facet == "party" for wish in wishes):
        return ()
    required = [number for number in asked if not wishes[number].leaf.nullable]
    rated: dict[tuple[str, int], Ratings] = {}
    items: list[Item] = []
    for party in _parties(scene):
        options: list[Option | None] = []
        for number, wish in enumerate(wishes):
            if (party.role, number) not in rated:
                rated[party.role, number] = _by_line(replace(wish, role=party.role), scene)
            options.append(_option(wish, party, rated[party.role, number], scene))
        if any(options) and all(options[number] for number in required):
            items.append({wish.leaf: decision(wish.leaf, option) for wish, option in zip(wishes, options, strict=True)})
    return tuple(items) if len(items) >= _LEAST_PARTIES else ()


def _parties(scene: Scene) -> Iterator[_Party]:
    """The blocks, and the names of sentences where no block holds two parties."""
    blocks = [_Party(role=block.role, lines=block.lines, heading=block.heading) for block in scene.blocks]
    if len(blocks) >= _LEAST_PARTIES or not scene.said_roles:
        yield from sorted(blocks, key=lambda party: min(party.lines))
        return
    names = {candidate.place: candidate for candidate in scene.candidates if candidate.place in scene.said_roles}
    ordered = sorted(names.values(), key=lambda name: name.place)
    for number, name in enumerate(ordered):
        end = min(name.line + _SENTENCE_LINES + 1, len(scene.view.lines))
        if number + 1 < len(ordered):
            end = min(end, max(name.line + 1, ordered[number + 1].line))
        yield _Party(role=scene.said_roles[name.place], lines=range(name.line, end), name=name)


def _by_line(wish: Wish, scene: Scene) -> Ratings:
    by_line: dict[int, list[Rated]] = {}
    for rated in rate_for(wish, scene):
        by_line.setdefault(rated.candidate.line, []).append(rated)
    return by_line


def _option(wish: Wish, party: _Party, ratings: Ratings, scene: Scene) -> Option | None:
    """The best that a party's lines say to a field."""
    if _ROLE_WORDS & set(name_tokens(wish.leaf.name)) and wish.leaf.enum is None:
        return _role(wish, party, scene)
    found = [rated for line in party.lines for rated in ratings.get(line, ()) if rated.prior >= _LEAST_PRIOR]
    for rated in sorted(found, key=lambda rated: -rated.prior):
        value = value_of(wish.leaf, rated.candidate)
        if value is not None and _is_of(party, rated.candidate):
            return Option(value=value, rated=rated)
    return None


def _is_of(party: _Party, candidate: Candidate) -> bool:
    """Whether a span is the party's own: in a sentence, its name or what is said after it."""
    return party.name is None or candidate.place >= party.name.place


def _role(wish: Wish, party: _Party, scene: Scene) -> Option | None:
    """The words of the heading over a block, up to a colon."""
    if party.heading is None:
        return None
    line = scene.view.lines[party.heading]
    end = len(line.text.split(":")[0].split("\t")[0])
    text = text_of(Cell(line=line, start=0, end=end, box=line.box))
    value = value_of(wish.leaf, text) if text else None
    return Option(value=value, rated=Rated(candidate=text, prior=_ROLE_PRIOR, label="")) if text and value is not None else None
