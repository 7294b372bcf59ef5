"""Every GPU's memory as a picture that stands alone: no script, no font, nothing from elsewhere; light and dark by media query.

The same facts as `memory_text`, and in words in its description, for those who hear it.
"""

from collections.abc import Sequence
from html import escape

from ..domain.usage import CardUsage, EngineUsage
from ..units import gib_text, plain_gib
from .memory_text import number_text, same_engines, signed_gib
from .text import printable

WIDTH = 960
MARGIN = 24
BAR_WIDTH = WIDTH - 2 * MARGIN
BAR_HEIGHT = 34
#: From one line of text to the next, and what stands around a card.
LINE = 20
CARD_GAP = 26
TITLE_HEIGHT = 64
LEGEND_HEIGHT = 34
#: Average width of a sign at 12 px in the fonts that browsers take for system-ui; a label that might not fit is left out.
SIGN_WIDTH = 7.2

#: Class of each part. The colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), told apart by every eye;
#: dark ones are for light ground and the other way round.
CLASSES = {"weights": "w", "KV cache": "k", "activation": "a", "CUDA graphs": "g", "other": "o"}
_OTHERS = "o"

_STYLE = """
svg { font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
.ground { fill: #ffffff; } .ink { fill: #1f2328; } .soft { fill: #59636e; }
.card { fill: #eef1f4; stroke: #8c959f; } .line { stroke: #1f2328; stroke-width: 2; }
.w { fill: #00588c; } .k { fill: #8ccbf0; } .a { fill: #e69f00; } .g { fill: #b04a80; } .o { fill: #6e6e6e; }
.on-w { fill: #ffffff; } .on-k, .on-a { fill: #1f2328; } .on-g, .on-o { fill: #ffffff; }
.over { fill: #c4001a; } .hatch { stroke: #8c959f; stroke-width: 1; } .strike { stroke: #ffffff; stroke-width: 2; }
.good { fill: #116329; font-weight: 600; } .bad { fill: #c4001a; font-weight: 600; }
.big { font-size: 18px; font-weight: 600; } .name { font-size: 14px; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; } .ink { fill: #f0f6fc; } .soft { fill: #a5b0bb; }
  .card { fill: #1b222b; stroke: #6e7681; } .line { stroke: #f0f6fc; }
  .w { fill: #3aa0dd; } .k { fill: #a9dcf8; } .a { fill: #f0b429; } .g { fill: #e08bb8; } .o { fill: #9aa1a9; }
  .on-w, .on-k, .on-a, .on-g, .on-o { fill: #0d1117; }
  .over { fill: #ff6b6b; } .hatch { stroke: #6e7681; } .strike { stroke: #0d1117; }
  .good { fill: #56d364; } .bad { fill: #ff7b72; }
}
"""

_PATTERNS = """<defs>
<pattern id="margin" width="6" height="6" patternUnits="userSpaceOnUse"><path class="hatch" d="M0 6 6 0"/></pattern>
<pattern id="over" width="8" height="8" patternUnits="userSpaceOnUse"><rect class="over" width="8" height="8"/>\
<path class="strike" d="M0 8 8 0"/></pattern>
</defs>"""


def memory_svg(title: str, cards: Sequence[CardUsage]) -> str:
    """One picture of all cards."""
    top, pieces = TITLE_HEIGHT, []
    for card in cards:
        piece, height = _card(card, top)
        pieces.append(piece)
        top += height + CARD_GAP
    parts = list(dict.fromkeys(part for card in cards for engine in card.engines for part in engine.parts))
    over = any(not card.fits for card in cards)
    pieces.append(_legend(parts, top, over=over))
    height = top + LEGEND_HEIGHT
    description = " ".join(_words(card) for card in cards) or "No engine of it uses a GPU."
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
            'role="img" aria-labelledby="title description">',
            f'<title id="title">{_text(title)}</title>',
            f'<desc id="description">{_text(description)}</desc>',
            f"<style>{_STYLE}</style>",
            _PATTERNS,
            f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
            f'<text class="ink big" x="{MARGIN}" y="38">{_text(title)}</text>',
            *pieces,
            "</svg>",
            "",
        ]
    )


def _card(card: CardUsage, top: int) -> tuple[str, int]:
    """A card's group, and its height."""
    number = number_text(card, "×")
    each = " each" if card.count > 1 else ""
    lines = [
        f'<text x="{MARGIN}" y="{top + 4}"><tspan class="ink name">{_text(card.pool)}</tspan>'
        f'<tspan class="soft" dx="10">{_text(f"{number}, {gib_text(card.total_bytes)}{each}")}</tspan></text>'
    ]
    bar_top = top + 16
    lines += _bar(card, bar_top)
    y = bar_top + BAR_HEIGHT + LINE
    for engine, number_there in same_engines(card.engines):
        lines += _engine(engine, number_there, y)
        y += 2 * LINE
    return "\n".join(lines), y - LINE - top


def _bar(card: CardUsage, top: int) -> list[str]:
    ends = max(card.total_bytes, card.end_bytes)

    def x(size: float) -> float:
        return round(MARGIN + BAR_WIDTH * size / ends, 2)

    lines = [_rect("card", x(0), top, x(card.total_bytes) - x(0), rounded=True)]
    for engine in card.engines:
        limit, at = engine.start_bytes + engine.reserved_bytes, engine.start_bytes
        for part, size in engine.parts.items():
            lines += _segment(part, x(at), x(at + size), top, size)
            at += size
        if at < limit:
            lines.append(_rect("", x(at), top, x(limit) - x(at), fill="url(#margin)"))
        else:
            lines.append(_rect("", x(limit), top, x(at) - x(limit), fill="url(#over)"))
        # The line last: it is what everything is compared with.
        lines.append(f'<path class="line" d="M{x(limit)} {top - 5}v{BAR_HEIGHT + 10}"/>')
    return lines


def _segment(part: str, left: float, right: float, top: int, size: int) -> list[str]:
    if right - left < 0.05:
        return []
    kind = CLASSES.get(part, _OTHERS)
    lines = [_rect(kind, left, top, right - left)]
    label = f"{part} {plain_gib(size)}"
    if right - left > len(label) * SIGN_WIDTH + 8:
        y = top + BAR_HEIGHT // 2 + 4
        lines.append(f'<text class="on-{kind}" x="{left + 6:.2f}" y="{y}">{_text(label)}</text>')
    return lines


def _rect(kind: str, left: float, top: int, width: float, *, fill: str = "", rounded: bool = False) -> str:
    look = f'class="{kind}"' if kind else f'fill="{fill}"'
    corner = ' rx="2"' if rounded else ""
    return f'<rect {look} x="{left}" y="{top}" width="{max(0.0, width):.2f}" height="{BAR_HEIGHT}"{corner}/>'


def _engine(engine: EngineUsage, number: int, y: int) -> list[str]:
    name = f"{engine.worker} / {engine.model}" + (f", {number} of it" if number > 1 else "")
    if engine.reason:
        return [
            f'<text class="ink" x="{MARGIN}" y="{y}">{_text(name)}</text>',
            f'<text class="bad" x="{MARGIN}" y="{y + LINE - 3}">{_text(f"not known: {engine.reason}"[:120])}</text>',
        ]
    kind = "good" if engine.margin_bytes >= 0 else "bad"
    word = "margin" if engine.margin_bytes >= 0 else "too much by"
    margin = signed_gib(engine.margin_bytes) if kind == "good" else signed_gib(engine.margin_bytes).removeprefix("-")
    parts = " · ".join(f"{part} {plain_gib(size)}" for part, size in engine.parts.items())
    needs = f"needs {plain_gib(engine.needed_bytes)} of {gib_text(engine.reserved_bytes)}"
    return [
        f'<text x="{MARGIN}" y="{y}"><tspan class="ink">{_text(name)}</tspan>'
        f'<tspan class="soft" dx="10">{_text(needs)}</tspan>'
        f'<tspan class="{kind}" dx="10">{word} {margin} GiB</tspan></text>',
        f'<text class="soft" x="{MARGIN}" y="{y + LINE - 3}">{_text(parts)} GiB</text>',
    ]


def _legend(parts: Sequence[str], top: int, *, over: bool) -> str:
    entries = [(part, f'class="{CLASSES.get(part, _OTHERS)}"') for part in parts]
    entries.append(("margin", 'fill="url(#margin)"'))
    if over:
        entries.append(("too much", 'fill="url(#over)"'))
    lines, x = [], float(MARGIN)
    for name, look in entries:
        lines.append(f'<rect {look} x="{x:.1f}" y="{top - 10}" width="12" height="12"/>')
        lines.append(f'<text class="soft" x="{x + 18:.1f}" y="{top}">{_text(name)}</text>')
        x += 18 + len(name) * SIGN_WIDTH + 22
    lines.append(f'<path class="line" d="M{x + 6:.1f} {top - 12}v16"/>')
    lines.append(f'<text class="soft" x="{x + 18:.1f}" y="{top}">what the engine may have</text>')
    return "\n".join(lines)


def _words(card: CardUsage) -> str:
    """A card for the description."""
    engines = "; ".join(_engine_words(engine) for engine, _number in same_engines(card.engines)) or "empty"
    return f"Pool {card.pool}, {number_text(card, '×')} of {gib_text(card.total_bytes)}: {engines}."


def _engine_words(engine: EngineUsage) -> str:
    if engine.reason:
        return f"{engine.model} of worker {engine.worker} is not known, {engine.reason}"
    needs = f"needs {plain_gib(engine.needed_bytes)} of {gib_text(engine.reserved_bytes)}"
    return f"{engine.model} of worker {engine.worker} {needs}, margin {signed_gib(engine.margin_bytes)}"


def _text(text: str) -> str:
    return escape(printable(text), quote=True)
