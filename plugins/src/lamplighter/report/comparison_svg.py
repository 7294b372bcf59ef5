"""Choices as points of a picture: money to the right, seconds upwards, and a line through those that nothing beats.

Points have numbers, and a list beside the picture has the names: names at the points would hide each other. Both scales are
logarithmic: choices differ by factors. Stands alone, light and dark, as every picture here.
"""

import math
from collections.abc import Sequence
from html import escape

from .comparison import Compared, Comparison
from .text import printable

WIDTH, LEAST_HEIGHT = 960, 520
LEFT, RIGHT, TOP, BOTTOM = 76, 440, 112, 64
#: The list: where it begins, where its numbers end, and how high a line is.
LIST, LIST_SECONDS, LIST_MONEY, LINE = WIDTH - RIGHT + 48, WIDTH - 76, WIDTH - 24, 22
#: Points that are nearer than this have their numbers side by side.
NEAR = 18

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
    height = max(LEAST_HEIGHT, TOP + (len(compared) + 2) * LINE + BOTTOM)
    body = [*_body(compared, currency, height), *_list(compared, currency)] if compared else []
    words = "; ".join(
        f"{one.name}: {one.seconds:.0f} s, {one.cost.total:.2f} {one.cost.currency} a month{', not beaten' if one.best else ''}"
        for one in compared
    )
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
            'role="img" aria-labelledby="title description">',
            f'<title id="title">{_text(title)}</title>',
            f'<desc id="description">{_text(words)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
            f'<text class="ink big" x="24" y="34">{_text(title)}</text>',
            f'<text class="soft" x="24" y="56">{_text(comparison.load[:130])}</text>',
            '<text class="soft" x="24" y="74">Green: nothing else is as fast and as cheap. Best is the lower left.</text>',
            *body,
            "</svg>",
            "",
        ]
    )


def _body(compared: Sequence[Compared], currency: str, height: int) -> list[str]:
    bottom = height - BOTTOM
    across = _Scale([one.cost.total for one in compared], LEFT, WIDTH - RIGHT)
    up = _Scale([one.seconds for one in compared], bottom, TOP)
    pieces = []
    for value in across.ticks():
        x = across.at(value)
        pieces.append(f'<path class="grid" d="M{x:.1f} {TOP}V{bottom}"/>')
        pieces.append(f'<text class="soft" x="{x:.1f}" y="{bottom + 18}" text-anchor="middle">{value:g}</text>')
    for value in up.ticks():
        y = up.at(value)
        pieces.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        pieces.append(f'<text class="soft" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    pieces.append(f'<text class="soft" x="{LEFT}" y="{TOP - 6}">seconds from arrival to result, p95</text>')
    pieces.append(
        f'<text class="soft" x="{WIDTH - RIGHT}" y="{height - 22}" text-anchor="end">{_text(currency)} a month</text>'
    )
    places = [(across.at(one.cost.total), up.at(one.seconds)) for one in compared]
    best = [place for one, place in zip(compared, places, strict=True) if one.best]
    if len(best) > 1:
        # Steps: between two of them nothing is to be had that is better than the worse one.
        path = f"M{best[0][0]:.1f} {best[0][1]:.1f}" + "".join(f"H{x:.1f}V{y:.1f}" for x, y in best[1:])
        pieces.append(f'<path class="line" d="{path}"/>')
    return pieces + _points(compared, places)


def _points(compared: Sequence[Compared], places: Sequence[tuple[float, float]]) -> list[str]:
    """Points, and above each its number; those that lie on each other have theirs together."""
    pieces, groups = [], list[list[int]]()
    for at, (one, (x, y)) in enumerate(zip(compared, places, strict=True)):
        pieces.append(f'<circle class="{"best" if one.best else "other"}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
        near = next((group for group in groups if _together(compared, places, group[0], at)), None)
        if near is None:
            groups.append([at])
        else:
            near.append(at)
    for group in groups:
        x, y = places[group[0]]
        words = ", ".join(str(at + 1) for at in group)
        # The line goes upwards and to the right from the best ones.
        best = compared[group[0]].best
        place = f'x="{x - 8:.1f}" y="{y + 18:.1f}"' if best else f'x="{x:.1f}" y="{y - 10:.1f}"'
        pieces.append(f'<text class="ink halo{" name" if best else ""}" {place} text-anchor="middle">{words}</text>')
    return pieces


def _together(compared: Sequence[Compared], places: Sequence[tuple[float, float]], one: int, other: int) -> bool:
    """Whether two points share a number's place. A best one has its own."""
    return compared[one].best == compared[other].best and math.dist(places[one], places[other]) < NEAR


def _list(compared: Sequence[Compared], currency: str) -> list[str]:
    """Number, name, seconds and money of each, the cheapest first."""
    pieces = [
        f'<text class="soft" x="{LIST_SECONDS}" y="{TOP - 6}" text-anchor="end">p95, s</text>',
        f'<text class="soft" x="{LIST_MONEY}" y="{TOP - 6}" text-anchor="end">{_text(currency)}</text>',
    ]
    for at, one in enumerate(compared):
        y = TOP + (at + 1) * LINE - 4
        name = " name" if one.best else ""
        kind = "best" if one.best else "other"
        pieces += [
            f'<circle class="{kind}" cx="{LIST - 24}" cy="{y - 4}" r="4"/>',
            f'<text class="ink{name}" x="{LIST}" y="{y}" text-anchor="end">{at + 1}</text>',
            f'<text class="ink{name}" x="{LIST + 8}" y="{y}">{_text(one.name)}</text>',
            f'<text class="ink{name}" x="{LIST_SECONDS}" y="{y}" text-anchor="end">{one.seconds:.0f}</text>',
            f'<text class="ink{name}" x="{LIST_MONEY}" y="{y}" text-anchor="end">{one.cost.total:.0f}</text>',
        ]
    return pieces


def _text(text: str) -> str:
    return escape(printable(text), quote=True)
