"""From placed characters to words. Knows nothing of PDF: any text layer that gives characters with boxes would do.

White space ends a word, and so does a jump that no white space announced: another line, a wide gap, a step back. Letter-spaced
text (F A K T U R A) has white space or wide gaps between all its letters; it is recognised by that and put together again.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .page import Box, Word

#: A gap of this many font sizes ends a word although no space stands there. Spaces are 0.2–0.35, kerning stays below 0.1.
GAP_SIZES = 0.5
#: Characters nearer than this many font sizes touch: a space that was only guessed between them is none.
TOUCH_SIZES = 0.1
#: A step to the side of this many font sizes is another line. Superscripts stay below.
SHIFT_SIZES = 0.5
#: A step back of this many font sizes before the last character's start is another piece of text. The letters of a ligature
#: share one box, kerned and italic letters overlap by less.
BACK_SIZES = 0.3
#: Letters whose gaps are wider than this many font sizes are letter-spaced, when nearly all gaps of a run are so.
SPACED_SIZES = 0.12
#: How many gaps a run needs before letter spacing is believed, and the part of them that must be wide.
SPACED_LEAST_GAPS = 3
SPACED_SHARE = 0.8
#: No letter spacing is wider than this many font sizes; cells of a table are.
SPACED_MOST_SIZES = 1.0
#: In letter-spaced text a gap this many times the usual one stands between words.
WORD_GAP_RATIO = 1.6

#: Typographic ligatures stand for several letters (Unicode block Alphabetic Presentation Forms, Latin part).
_LIGATURES = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFB00, 0xFB07)}
#: PDFium gives U+0002 for a hyphen that ends a line; U+00AD is drawn as a hyphen wherever a text layer has it.
_HYPHENS = {0x02: "-", 0xAD: "-", 0x2010: "-", 0x2011: "-"}
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF), "")
_SPELLING = {**_LIGATURES, **_HYPHENS, **_INVISIBLE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Glyph:
    """One character on a page as it is looked at. `quarter` counts turns of 90° against the clock: 0 is left to right.

    `space` says that nothing is drawn here; `guessed`, that the text layer has no space either and its reader supposes one.
    """

    text: str
    box: Box
    quarter: int = 0
    space: bool = False
    guessed: bool = False


def spelling(code: int) -> str | None:
    """The text of one code point, "" for one without ink, None for one that tells nothing (unmapped, private, control)."""
    if (known := _SPELLING.get(code)) is not None:
        return known
    if code > 0x10FFFF:
        return None
    character = chr(code)
    if unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"} or character == "\ufffd":
        return None
    return character


def words_of(glyphs: Iterable[Glyph]) -> Iterator[Word]:
    """Words in the order of their glyphs."""
    for run in _runs(_without_wrong_guesses(glyphs)):
        spacing = _letter_spacing(run)
        for group in _split_spaced(run, spacing) if spacing is not None else _split_plain(run):
            yield _word(group)


def _without_wrong_guesses(glyphs: Iterable[Glyph]) -> Iterator[Glyph]:
    """PDFium guesses a line's end between letters that were drawn one by one, although they touch."""
    drawn: Glyph | None = None
    guess: Glyph | None = None
    for glyph in glyphs:
        if glyph.guessed:
            guess = glyph
            continue
        if guess is not None and drawn is not None and not _continues(drawn, glyph, TOUCH_SIZES):
            yield guess
        guess = None
        drawn = None if glyph.space else glyph
        yield glyph


def _runs(glyphs: Iterable[Glyph]) -> Iterator[list[Glyph]]:
    """Glyphs that follow each other on one line without a column's gap; spaces are kept inside, not at the ends."""
    run: list[Glyph] = []
    drawn: Glyph | None = None
    for glyph in glyphs:
        if glyph.space:
            if run:
                run.append(glyph)
            continue
        if drawn is not None and not _continues(drawn, glyph, SPACED_MOST_SIZES):
            yield run
            run = []
        run.append(glyph)
        drawn = glyph
    if run:
        yield run


def _split_plain(run: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    group: list[Glyph] = []
    for glyph in run:
        if glyph.space or (group and not _continues(group[-1], glyph, GAP_SIZES)):
            if group:
                yield group
            group = []
        if not glyph.space:
            group.append(glyph)
    if group:
        yield group


def _letter_spacing(run: Sequence[Glyph]) -> float | None:
    """The usual gap between the letters of a letter-spaced run, in font sizes; None for ordinary text."""
    gaps = list(_gaps(run))
    if len(gaps) < SPACED_LEAST_GAPS:
        return None
    wide = sum(gap > SPACED_SIZES for gap in gaps)
    return median(gaps) if wide >= SPACED_SHARE * len(gaps) else None


def _split_spaced(run: Sequence[Glyph], spacing: float) -> Iterator[list[Glyph]]:
    drawn = [glyph for glyph in run if not glyph.space]
    group = [drawn[0]]
    for glyph, gap in zip(drawn[1:], _gaps(run), strict=True):
        if gap > WORD_GAP_RATIO * spacing:
            yield group
            group = []
        group.append(glyph)
    yield group


def _gaps(run: Sequence[Glyph]) -> Iterator[float]:
    drawn = [glyph for glyph in run if not glyph.space]
    for first, second in pairwise(drawn):
        _, end, _, _ = _along(first)
        next_start, _, _, _ = _along(second)
        size = _size(first, second)
        yield (next_start - end) / size if size > 0 else 0.0


def _continues(first: Glyph, second: Glyph, gap_sizes: float) -> bool:
    if first.quarter != second.quarter:
        return False
    start, end, low, high = _along(first)
    next_start, _, next_low, next_high = _along(second)
    size = _size(first, second)
    shift = abs((low + high) - (next_low + next_high)) / 2
    return shift <= SHIFT_SIZES * size and next_start - end <= gap_sizes * size and next_start >= start - BACK_SIZES * size


def _along(glyph: Glyph) -> tuple[float, float, float, float]:
    """Start and end in reading direction, then the two edges across it."""
    box = glyph.box
    match glyph.quarter % 4:
        case 0:
            return box.left, box.right, box.top, box.bottom
        case 1:
            return -box.bottom, -box.top, box.left, box.right
        case 2:
            return -box.right, -box.left, box.top, box.bottom
        case _:
            return box.top, box.bottom, box.left, box.right


def _size(first: Glyph, second: Glyph) -> float:
    """The larger font size of two glyphs: the extent across the reading direction."""
    _, _, low, high = _along(first)
    _, _, next_low, next_high = _along(second)
    return max(high - low, next_high - next_low)


def _word(group: Sequence[Glyph]) -> Word:
    box = group[0].box
    for glyph in group[1:]:
        box = box.union(glyph.box)
    return Word(text=unicodedata.normalize("NFC", "".join(glyph.text for glyph in group)), box=box)
