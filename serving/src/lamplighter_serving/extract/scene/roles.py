"""Whose block a value stands in: the supplier's, the customer's, another's, or nobody's.

A block begins under a heading that names a role ("Dodavatel", "Bill to") and ends at a wide gap, at the next heading below it,
or where another block begins beside it. Letterheads and footers have no heading and belong to nobody.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..words.folding import tokens
from ..words.lexicon import Lexicon
from .addressee import find_addressee
from .said_roles import role_said
from .view import View, ViewLine, middle, shares_row

#: A heading has few words; more is a sentence that mentions a role.
_MOST_HEADING_WORDS = 7
#: A block ends where nothing stands for so many line heights.
_GAP_HEIGHTS = 2.3
#: A block's text may begin this many line heights left of its heading.
_INDENT_HEIGHTS = 2.0
#: A block's lines begin at most this many line heights right of where its heading begins, or ends.
_CORE_HEIGHTS = 8.0
#: Of these a party has one each.
_PARTY_NUMBERS = frozenset({"company-id", "vat-id", "tax-id"})
#: Headings within this many line heights of each other stand beside each other.
_BESIDE_HEIGHTS = 12.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A role's block: its heading's line if it has one, and the lines inside from top to bottom, heading included."""

    role: str
    heading: int | None
    page: int
    lines: tuple[int, ...]


def find_blocks(view: View, lexicon: Lexicon) -> tuple[Block, ...]:
    """All blocks with a heading, and the addressee's where no heading names the customer. A line belongs to at most one."""
    blocks: list[Block] = []
    for page in view.ranges:
        headings = [(line, role) for line in view.page_lines(page) if (role := _heading_role(line, lexicon))]
        owners: dict[int, list[ViewLine]] = {line.index: [] for line, _ in headings}
        for line in view.page_lines(page):
            owner = _owner(line, [heading for heading, _ in headings], view)
            if owner is not None:
                owners[owner.index].append(line)
        for heading, role in headings:
            owned = _one_column(heading, owners[heading.index], view)
            lines = _until_gap(heading, owned, _GAP_HEIGHTS * view.usual_heights[page])
            lines = _until_repeat(lines, lexicon)
            blocks.append(Block(role=role, heading=heading.index, page=page, lines=tuple(line.index for line in lines)))
        blocks.extend(_closed(view, page, lexicon))
    if not any(block.role == "customer" for block in blocks):
        taken = frozenset(line for block in blocks for line in block.lines)
        if addressee := find_addressee(view, taken):
            blocks.append(Block(role="customer", heading=None, page=view.lines[addressee[0]].page, lines=addressee))
    return tuple(blocks)


def _closed(view: View, page: int, lexicon: Lexicon) -> Iterator[Block]:
    """Blocks whose role is said at their end, as contracts do: name, address, "(dále jen „objednatel“)"."""
    gap = _GAP_HEIGHTS * view.usual_heights[page]
    block: list[ViewLine] = []
    for line in view.page_lines(page):
        numbered = not any(map(str.isalpha, line.text))
        if numbered or (block and line.box.top - block[-1].box.bottom > gap):
            block = []
        if line.text.lstrip().startswith("("):
            role = role_said(line.text, lexicon)
            if role and block:
                yield Block(role=role, heading=None, page=page, lines=tuple(each.index for each in block))
            block = []
        elif not numbered:
            block.append(line)


def _heading_role(line: ViewLine, lexicon: Lexicon) -> str | None:
    """The role a line announces: its first words name one, and nothing else that would make it a label."""
    if line.text.lstrip().startswith("("):
        return None
    head = line.text.split(":")[0].split("\t")[0]
    words = tokens(head)
    if not 0 < len(words) <= _MOST_HEADING_WORDS:
        return None
    meaning = lexicon.meaning(head)
    roles = meaning.of("role") - {"bank"}
    if not roles or any(meaning.of(facet) for facet in ("identity", "moment", "money")):
        return None
    starts_with_role = any(lexicon.meaning(" ".join(words[:count])).of("role") for count in (1, 2, 3))
    if not starts_with_role:
        return None
    # "Customer / recipient" is the customer's; a delivery place beside a customer is still the customer.
    return next(role for role in ("supplier", "customer", "delivery-place") if role in roles)


def _owner(line: ViewLine, headings: Sequence[ViewLine], view: View) -> ViewLine | None:
    """The heading whose block a line is in, by place alone: the nearest above it in whose column it begins."""
    height = view.usual_heights[line.page]
    owner: ViewLine | None = None
    for heading in headings:
        if heading.index != line.index and (middle(heading.box) > middle(line.box) and not shares_row(heading.box, line.box)):
            continue
        right = _right_bound(heading, headings, height, view.widths[line.page])
        if not heading.box.left - _INDENT_HEIGHTS * height <= line.box.left < right:
            continue
        if (
            owner is None
            or (heading.box.top, heading.box.left) > (owner.box.top + height / 2, owner.box.left)
            or (abs(heading.box.top - owner.box.top) <= height / 2 and heading.box.left > owner.box.left)
        ):
            owner = heading
    return owner


def _right_bound(heading: ViewLine, headings: Sequence[ViewLine], height: float, width: float) -> float:
    """Where a heading's column ends: where the next heading beside it begins."""
    beside = [
        other.box.left - height / 2
        for other in headings
        if other.box.left > heading.box.right and abs(other.box.top - heading.box.top) <= _BESIDE_HEIGHTS * height
    ]
    return min(beside, default=width + 1.0)


def _until_repeat(lines: Sequence[ViewLine], lexicon: Lexicon) -> list[ViewLine]:
    """A party has one number of a kind. At the second of a kind another party has begun: after the widest gap before it."""
    seen: set[str] = set()
    for place, line in enumerate(lines):
        named = lexicon.meaning(line.text.split(":")[0]).of("identity") & _PARTY_NUMBERS
        if named & seen:
            gaps = [lines[number].box.top - lines[number - 1].box.bottom for number in range(1, place + 1)]
            return list(lines[: gaps.index(max(gaps)) + 1])
        seen |= named
    return list(lines)


def _one_column(heading: ViewLine, lines: Sequence[ViewLine], view: View) -> list[ViewLine]:
    """The lines under the heading, and values right of a label among them; a second column without a heading is nobody's."""
    height = view.usual_heights[heading.page]
    right = max(heading.box.right, heading.box.left + _CORE_HEIGHTS * height)
    core = {line.index for line in lines if line.box.left <= right}
    kept = []
    for line in lines:
        left = next(iter(view.left_of(line)), None)
        if line.index in core or (left is not None and left.index in core and _is_label(left, heading)):
            kept.append(line)
    return kept


def _is_label(line: ViewLine, heading: ViewLine) -> bool:
    text = line.text.rstrip()
    return text.endswith(":") or (line.index != heading.index and not any(map(str.isdigit, text)) and len(text.split()) <= 3)


def _until_gap(heading: ViewLine, lines: Sequence[ViewLine], gap: float) -> list[ViewLine]:
    kept: list[ViewLine] = []
    bottom = heading.box.bottom
    for line in sorted(lines, key=lambda line: (line.box.top, line.box.left)):
        if line.box.top - bottom > gap:
            break
        kept.append(line)
        bottom = max(bottom, line.box.bottom)
    return kept
