"""Choices as points of a picture: money to the right, seconds upwards, and a line through those that nothing beats.

Both scales are logarithmic: choices differ by factors. Stands alone, light and dark, as every picture here.
"""

import math
from collections.abc import Sequence
from html import escape

from .comparison import Compared, Comparison
from .text import printable

WIDTH, HEIGHT = 960, 600
LEFT, RIGHT, TOP, BOTTOM = 76, 40, 96, 64
#: Between two labels one below the other.
LABEL = 15
#: Average width of a sign at 12 px, bold ones among them.
SIGN_WIDTH = 6.8

_STYLE = """
svg { font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
.ground { fill: #ffffff; } .ink { fill: #1f2328; } .soft { fill: #59636e; } .grid { stroke: #d5dae0; }
.line { stroke: #00796b; stroke-width: 2; fill: none; } .best { fill: #00796b; } .other { fill: #8c959f; }
.to { stroke: #aab4bf; fill: none; } .big { font-size: 18px; font-weight: 600; } .name { font-weight: 600; }
.halo { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; } .ink { fill: #f0f6fc; } .soft { fill: #a5b0bb; } .grid { stroke: #2a313a; }
  .line { stroke: #4fc3b0; } .best { fill: #4fc3b0; } .other { fill: #6e7681; } .to { stroke: #6e7681; }
  .halo { stroke: #0d1117; }
}
"""


class _Scale:
    """From a number to a place on the paper, by its logarithm."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        # Free things have no logarithm: they stand at a cent.
        logs = [math.log10(max(value, 0.01)) for value in values]
        self._low, self._high = min(logs) - 0.12, max(logs) + 0.12
        self._start, self._end = start, end

    def at(self, value: float) -> float:
        """Pixels."""
        part = (math.log10(max(value, 0.01)) - self._low) / (self._high - self._low)
        return self._start + part * (self._end - self._start)

    def ticks(self) -> list[float]:
        """Round numbers within: 1, 2 and 5 times powers of ten."""
        found = [step * 10.0**power for power in range(-2, 9) for step in (1, 2, 5)]
        return [value for value in found if self._low <= math.log10(value) <= self._high]


def comparison_svg(comparison: Comparison) -> str:
    """The picture."""
    compared = sorted(comparison.compared, key=lambda one: (one.cost.total, one.seconds))
    title = f"{comparison.environment}, worker {comparison.worker}: what a wake costs"
    currency = compared[0].cost.currency if compared else ""
    body = _body(compared, currency) if compared else []
    words = "; ".join(
        f"{one.name}: {one.seconds:.0f} s, {one.cost.total:.2f} {one.cost.currency} a month{', not beaten' if one.best else ''}"
        for one in compared
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'role="img" aria-labelledby="title description">',
            f'<title id="title">{_text(title)}</title>',
            f'<desc id="description">{_text(words)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
            f'<text class="ink big" x="24" y="34">{_text(title)}</text>',
            f'<text class="soft" x="24" y="56">{_text(comparison.load[:130])}</text>',
            *body,
            "</svg>",
            "",
        ]
    )


def _body(compared: Sequence[Compared], currency: str) -> list[str]:
    across = _Scale([one.cost.total for one in compared], LEFT, WIDTH - RIGHT)
    up = _Scale([one.seconds for one in compared], HEIGHT - BOTTOM, TOP)
    pieces = []
    for value in across.ticks():
        x = across.at(value)
        pieces.append(f'<path class="grid" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>')
        pieces.append(f'<text class="soft" x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{value:g}</text>')
    for value in up.ticks():
        y = up.at(value)
        pieces.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        pieces.append(f'<text class="soft" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    pieces.append(f'<text class="soft" x="{LEFT}" y="{TOP - 14}">seconds from arrival to result, p95</text>')
    pieces.append(
        f'<text class="soft" x="{WIDTH - RIGHT}" y="{HEIGHT - 22}" text-anchor="end">{_text(currency)} a month</text>'
    )
    places = [(across.at(one.cost.total), up.at(one.seconds)) for one in compared]
    best = [place for one, place in zip(compared, places, strict=True) if one.best]
    if len(best) > 1:
        # Steps: between two of them nothing is to be had that is better than the worse one.
        path = f"M{best[0][0]:.1f} {best[0][1]:.1f}" + "".join(f"H{x:.1f}V{y:.1f}" for x, y in best[1:])
        pieces.append(f'<path class="line" d="{path}"/>')
    return pieces + _points(compared, places)


def _points(compared: Sequence[Compared], places: Sequence[tuple[float, float]]) -> list[str]:
    """Points, then labels that make room for points and for each other: one that is in the way moves down until it is free."""
    pieces = [
        f'<circle class="{"best" if one.best else "other"}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
        for one, (x, y) in zip(compared, places, strict=True)
    ]
    taken = [(x - 7, x + 7, y) for x, y in places]
    for one, (x, y) in sorted(zip(compared, places, strict=True), key=lambda pair: (not pair[0].best, pair[1][1], pair[1][0])):
        label = f"{one.name}, {one.seconds:.0f} s, {one.cost.total:.0f}"
        width = len(label) * SIGN_WIDTH
        left = x + 14 if x + 14 + width < WIDTH - 8 else x - 14 - width
        line = y
        while any(left < end and start < left + width and abs(line - other) < LABEL for start, end, other in taken):
            line += LABEL
        taken.append((left, left + width, line))
        if line > y:
            pieces.append(f'<path class="to" d="M{x:.1f} {y:.1f}L{left - 2 if left > x else left + width:.1f} {line:.1f}"/>')
        name = " name" if one.best else ""
        pieces.append(f'<text class="ink halo{name}" x="{left:.1f}" y="{line + 4:.1f}">{_text(label)}</text>')
    return pieces


def _text(text: str) -> str:
    return escape(printable(text), quote=True)
