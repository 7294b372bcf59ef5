"""The line a finding is about, as good compilers print it: its number, the line, a caret under the value."""

import unicodedata

from ..source import Source, Span
from .screen import Screen

#: A line is cut to this many columns where no terminal says fewer; lines of values are shorter.
PIPED_COLUMNS = 120
TAB_COLUMNS = 2
_CUT = "..."


def excerpt(source: Source, number: int, span: Span | None, screen: Screen) -> list[str]:
    """Two lines; one where nothing can be pointed at; none past the end of the file."""
    text = source.line(number)
    if text is None or not text.strip():
        return []
    gutter = f"{number:>5} | "
    room = (screen.width or PIPED_COLUMNS) - len(gutter)
    begin, end = (span.column - 1, span.end_column - 1) if span else (0, 0)
    shown, cells_before, cells = _window(text.rstrip(), begin, end, room)
    lines = [screen.painted(gutter, "quiet") + shown]
    if span:
        blank = " " * (len(gutter) - 2) + "| "
        lines.append(screen.painted(blank, "quiet") + " " * cells_before + screen.painted("^" * max(1, cells), "error"))
    return lines


def _window(text: str, begin: int, end: int, room: int) -> tuple[str, int, int]:
    """The part of a line that fits, with the piece in it; columns before the piece, and columns of the piece that show."""
    signs = [_shown(sign) for sign in text]
    widths = [sum(map(_columns, sign)) for sign in signs]
    start = 0
    if sum(widths) > room and sum(widths[:end]) > room - len(_CUT):
        # The piece would stand outside: begin a third of the room before it.
        start = begin
        space = room // 3
        while start and widths[start - 1] <= space:
            start -= 1
            space -= widths[start]
    lead = _CUT if start else ""
    room -= len(lead)
    stop = start
    while stop < len(signs) and sum(widths[start : stop + 1]) <= room - (len(_CUT) if stop + 1 < len(signs) else 0):
        stop += 1
    tail = _CUT if stop < len(signs) else ""
    shown = lead + "".join(signs[start:stop]) + tail
    return shown, len(lead) + sum(widths[start:begin]), sum(widths[begin : min(end, stop)])


def _shown(sign: str) -> str:
    """A sign as a terminal shows it without moving anything else."""
    if sign == "\t":
        return " " * TAB_COLUMNS
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode()


def _columns(sign: str) -> int:
    """Cells of a terminal: two for wide signs, none for marks set over the one before."""
    if unicodedata.combining(sign):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1
