"""Every GPU's memory as bars in a terminal: the parts of each engine, the line it may go up to, and the margin.

pool t4: 4 × t4, 14.8 GiB each
  [wwwwwwwwwwwwwkkkkkkkkkkkkkkkagoo....|    ]
  extract/qwen3-8b-awq   needs 12.3 of 13.3 GiB, margin +1.0
  w weights 5.7   k KV cache 4.5 …
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from ..domain.usage import CardUsage, EngineUsage
from ..units import GIB, gib_text, plain_gib
from .screen import Screen

#: Cells of a bar where no terminal says its width, and at most.
PIPED_CELLS = 64
MOST_CELLS = 96
INDENT = 2

#: Letters of the parts where nothing but ASCII shows, and their signs and colours (256-colour palette) where more does. The
#: signs differ too: colours alone tell nothing to one man in twelve.
LETTERS = {"weights": "w", "KV cache": "k", "activation": "a", "CUDA graphs": "g", "other": "o"}
SIGNS = {"weights": "█", "KV cache": "▓", "activation": "▒", "CUDA graphs": "▞", "other": "░"}
COLOURS = {"weights": 32, "KV cache": 36, "activation": 178, "CUDA graphs": 134, "other": 245}
_LETTER_OF_OTHERS, _SIGN_OF_OTHERS, _COLOUR_OF_OTHERS = "x", "▚", 245
OVER_COLOUR = 160


def memory_lines(cards: Sequence[CardUsage], screen: Screen) -> list[str]:
    """All cards, a blank line between them."""
    lines: list[str] = []
    for card in cards:
        lines += [*([""] if lines else []), *_card(card, screen)]
    if cards:
        lines += ["", _legend(cards, screen)]
    return lines


def number_text(card: CardUsage, times: str) -> str:
    """How many of a card there are at the peak, or why none."""
    if card.count:
        return f"{card.count} {times} {card.chip}"
    known = not any(engine.reason for engine in card.engines)
    return f"{card.chip}, {'not used at the peak' if card.fits and known else 'does not fit' if known else 'not known'}"


def same_engines(engines: Sequence[EngineUsage]) -> list[tuple[EngineUsage, int]]:
    """Engines that differ only in where they lie, each once with their number: the replicas of one worker on a shared card."""
    counts: dict[int, int] = {}
    firsts: list[EngineUsage] = []
    for engine in engines:
        first = next((one for one in firsts if replace(one, start_bytes=engine.start_bytes) == engine), None)
        if first is None:
            firsts.append(engine)
            counts[id(engine)] = 1
        else:
            counts[id(first)] += 1
    return [(engine, counts[id(engine)]) for engine in firsts]


def signed_gib(size_bytes: int) -> str:
    """`+1.0` or `-0.3`, rounded away from zero where nothing is left: a lack is never shown as +0.0."""
    tenths = math.floor(size_bytes / GIB * 10)
    return f"{tenths / 10:+.1f}"


def _card(card: CardUsage, screen: Screen) -> list[str]:
    each = " each" if card.count != 1 else ""
    times = "×" if screen.unicode else "x"
    head = f"pool {card.pool}: {number_text(card, times)}, {gib_text(card.total_bytes)}{each if card.count else ''}"
    indent = " " * INDENT
    lines = [screen.painted(head, "bold"), indent + _bar(card, screen)]
    for engine, times_there in same_engines(card.engines):
        lines += [indent + line for line in _engine(engine, times_there, screen)]
    return lines


def _bar(card: CardUsage, screen: Screen) -> str:
    """The card from left to right. What does not fit goes on past its end."""
    cells = min(MOST_CELLS, (screen.width or PIPED_CELLS + INDENT + 2) - INDENT - 2)
    ends = max(card.total_bytes, card.end_bytes)
    card_cells = round(cells * card.total_bytes / ends)
    runs: list[tuple[str, int, int]] = []  # part, from byte, to byte
    lines: list[int] = []  # bytes at which an engine's reservation ends
    for engine in card.engines:
        at, limit = engine.start_bytes, engine.start_bytes + engine.reserved_bytes
        for part, size in engine.parts.items():
            runs.append((part, at, at + size))
            at += size
        runs.append(("room", at, limit))
        lines.append(limit)
    shown = []
    budget_cells = {min(cells - 1, math.floor(line * cells / ends)) for line in lines}
    for cell in range(cells):
        middle = (cell + 0.5) * ends / cells
        part = next((part for part, low, high in runs if low <= middle < high), "free")
        shown.append(_sign(part, screen, at_line=cell in budget_cells, over=_over(card, middle)))
    left, right = ("▕", "▏") if screen.unicode else ("[", "]")
    return left + "".join(shown[:card_cells]) + right + "".join(shown[card_cells:])


def _over(card: CardUsage, at: float) -> bool:
    """Whether a byte lies beyond what its engine may have."""
    return any(engine.reserved_bytes <= at - engine.start_bytes < engine.needed_bytes for engine in card.engines)


def _sign(part: str, screen: Screen, *, at_line: bool, over: bool) -> str:
    if at_line:
        return "┃" if screen.unicode else "|"
    if part in ("room", "free"):
        if part == "free":
            return " "
        return "·" if screen.unicode else "."
    if over:
        return _coloured("╳" if screen.unicode else "!", OVER_COLOUR, screen)
    sign = SIGNS.get(part, _SIGN_OF_OTHERS) if screen.unicode else LETTERS.get(part, _LETTER_OF_OTHERS)
    return _coloured(sign, COLOURS.get(part, _COLOUR_OF_OTHERS), screen)


def _coloured(text: str, colour: int, screen: Screen) -> str:
    return f"\x1b[38;5;{colour}m{text}\x1b[0m" if screen.colour else text


def _engine(engine: EngineUsage, number: int, screen: Screen) -> list[str]:
    """What it needs, may have, and its parts."""
    name = f"{engine.worker}/{engine.model}" + (f", {number} of it" if number > 1 else "")
    if engine.reason:
        return [f"{name}: not known, {engine.reason}"]
    margin = screen.painted(f"margin {signed_gib(engine.margin_bytes)}", "good" if engine.margin_bytes >= 0 else "error")
    parts = ", ".join(f"{part} {plain_gib(size)}" for part, size in engine.parts.items())
    return [
        f"{name}: needs {plain_gib(engine.needed_bytes)} of {gib_text(engine.reserved_bytes)}, {margin}",
        screen.painted(f"  {parts}", "quiet"),
    ]


def _legend(cards: Iterable[CardUsage], screen: Screen) -> str:
    parts = dict.fromkeys(part for card in cards for engine in card.engines for part in engine.parts)
    entries = [f"{_sign(part, screen, at_line=False, over=False)} {part}" for part in parts]
    if any(not card.fits for card in cards):
        entries.append(f"{_sign('weights', screen, at_line=False, over=True)} too much")
    room, line = ("·", "┃") if screen.unicode else (".", "|")
    return "   ".join([*entries, f"{room} margin", f"{line} what the engine may have"])
