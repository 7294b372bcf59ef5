"""A simulation as a picture that stands alone: a row for each day with what its nodes did, and the typical wake by stage below.

No script, no font, nothing from elsewhere; light and dark by media query. Each row is cut into columns of a pixel: where a node
did several things within one, the most telling is drawn (busy before waking before idle).
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ..simulate.arrivals import SECONDS_A_DAY, SECONDS_AN_HOUR
from ..simulate.record import STAGES, Span, Use
from .simulation import STAGE_WORDS, Simulation
from .text import printable

WIDTH = 960
LEFT = 64
RIGHT = 24
COLUMNS = WIDTH - LEFT - RIGHT
TOP = 104
GAP = 4
NODE_HEIGHT = 10
LEAST_NODE_HEIGHT = 2
MOST_ROW_HEIGHT = 48
#: A picture of more days is read by nobody; the text and JSON have them all.
MOST_ROWS = 31
WAKE_HEIGHT = 30
#: Average width of a sign at 12 px (see memory_svg).
SIGN_WIDTH = 7.2

#: Classes of uses and stages, each stage's own in every picture. Most colours are of Okabe and Ito
#: (https://jfly.uni-koeln.de/color/), told apart by every eye.
USES: Mapping[Use, str] = {Use.BUSY: "b", Use.WAKING: "w", Use.IDLE: "i"}
USE_WORDS: Mapping[Use, str] = {Use.BUSY: "busy", Use.WAKING: "waking", Use.IDLE: "idle, and paid"}
STAGE_CLASSES: Mapping[str, str] = {stage: f"s{number}" for number, stage in enumerate(STAGES)}

_STYLE = """
svg { font: 12px system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif; }
.ground { fill: #ffffff; } .ink { fill: #1f2328; } .soft { fill: #59636e; } .row { fill: #eef1f4; }
.tick { stroke: #59636e; } .grid { stroke: #c8ced5; stroke-width: 1; }
.b { fill: #00796b; } .w { fill: #e69f00; } .i { fill: #aab4bf; }
.s0 { fill: #8c959f; } .s1 { fill: #e69f00; } .s2 { fill: #00588c; } .s3 { fill: #8ccbf0; } .s4 { fill: #f0e442; }
.s5 { fill: #b04a80; } .s6 { fill: #6d4c41; } .s7 { fill: #00796b; } .s8 { fill: #d55e00; } .s9 { fill: #38434f; }
.on-s0, .on-s1, .on-s3, .on-s4 { fill: #1f2328; } .on-s2, .on-s5, .on-s6, .on-s7, .on-s8, .on-s9 { fill: #ffffff; }
.big { font-size: 18px; font-weight: 600; } .number { font-size: 14px; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  .ground { fill: #0d1117; } .ink { fill: #f0f6fc; } .soft { fill: #a5b0bb; } .row { fill: #1b222b; }
  .tick { stroke: #a5b0bb; } .grid { stroke: #3d444d; }
  .b { fill: #4fc3b0; } .w { fill: #f0b429; } .i { fill: #6e7681; }
  .s1 { fill: #f0b429; } .s2 { fill: #3aa0dd; } .s3 { fill: #a9dcf8; } .s5 { fill: #e08bb8; } .s6 { fill: #b08d80; }
  .s7 { fill: #4fc3b0; } .s8 { fill: #ff8f4d; } .s9 { fill: #c3ccd6; }
  .on-s2, .on-s5, .on-s6, .on-s7, .on-s8, .on-s9 { fill: #0d1117; }
}
"""


def timeline_svg(simulation: Simulation) -> str:
    """The picture."""
    nodes = sorted({(span.pool, span.node) for span in simulation.record.spans})
    days = min(MOST_ROWS, max(1, math.ceil(simulation.record.seconds / SECONDS_A_DAY)))
    # A single day may be shorter than one: then its row is as long as it is.
    row_seconds = min(SECONDS_A_DAY, simulation.record.seconds)
    node_height = max(LEAST_NODE_HEIGHT, min(NODE_HEIGHT, MOST_ROW_HEIGHT // max(1, len(nodes))))
    row_height = node_height * max(1, len(nodes))
    pieces = [*_axis(row_seconds, days * (row_height + GAP)), *_rows(days, row_height)]
    pieces += _spans(simulation.record.spans, nodes, days=days, row_seconds=row_seconds, node_height=node_height)
    pieces += _jobs(simulation, days=days, row_seconds=row_seconds, row_height=row_height)
    y = TOP + days * (row_height + GAP) + 18
    pieces += _legend(y)
    y += 40
    for name, worker in simulation.workers.items():
        if worker.typical:
            pieces += _wake(name, worker.typical, y)
            y += WAKE_HEIGHT + 80
    words = _words(simulation)
    title = f"{simulation.environment}, simulated: {simulation.load}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" viewBox="0 0 {WIDTH} {y}" role="img" '
            'aria-labelledby="title description">',
            f'<title id="title">{_text(title)}</title>',
            f'<desc id="description">{_text(" ".join(words))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{WIDTH}" height="{y}"/>',
            f'<text class="ink big" x="24" y="34">{_text(_cut(title, 20))}</text>',
            *(f'<text class="ink number" x="24" y="{56 + 18 * at}">{_text(line)}</text>' for at, line in enumerate(words[:2])),
            *pieces,
            "</svg>",
            "",
        ]
    )


def _words(simulation: Simulation) -> list[str]:
    """The numbers in sentences."""
    cost = simulation.cost
    found = []
    for name, worker in simulation.workers.items():
        if worker.first_result:
            first = f"first result p50 {worker.first_result[50]:.0f} s, p95 {worker.first_result[95]:.0f} s"
        else:
            first = "never woken"
        found.append(f"{name}: {first}; {worker.late} of {worker.jobs} jobs late.")
    money = (
        f"{cost.total:.2f} {cost.currency} a month: busy {cost.busy:.2f}, waking {cost.waking:.2f}, idle {cost.idle:.2f}, "
        f"disks {cost.disks:.2f}."
    )
    return [found[0], money, *found[1:]] if found else [money]


def _axis(row_seconds: float, height: int) -> list[str]:
    hours = row_seconds / SECONDS_AN_HOUR
    step = next(step for step in (0.25, 0.5, 1, 2, 3, 6) if hours / step <= 9 or step == 6)
    lines = []
    for number in range(int(hours / step) + 1):
        x = LEFT + COLUMNS * number * step / hours
        lines.append(f'<path class="grid" d="M{x:.1f} {TOP - 6}v{height + 6}"/>')
        label = f"{number * step:g} h"
        lines.append(f'<text class="soft" x="{x:.1f}" y="{TOP - 10}" text-anchor="middle">{label}</text>')
    return lines


def _rows(days: int, row_height: int) -> list[str]:
    lines = []
    for day in range(days):
        y = TOP + day * (row_height + GAP)
        lines.append(f'<rect class="row" x="{LEFT}" y="{y}" width="{COLUMNS}" height="{row_height}" opacity="0.6"/>')
        lines.append(
            f'<text class="soft" x="{LEFT - 8}" y="{y + row_height / 2 + 4:.1f}" text-anchor="end">day {day + 1}</text>'
        )
    return lines


def _spans(
    spans: Sequence[Span], nodes: Sequence[tuple[str, int]], *, days: int, row_seconds: float, node_height: int
) -> Iterator[str]:
    """Rectangles of one use each, for every node and day."""
    rank = {Use.IDLE: 1, Use.WAKING: 2, Use.BUSY: 3}
    cells: dict[tuple[int, int], dict[int, Use]] = defaultdict(dict)  # node and day to column to use
    place = {node: at for at, node in enumerate(nodes)}
    column = row_seconds / COLUMNS
    for span in spans:
        first, last = int(span.start / column), math.ceil(span.end / column) - 1
        for at in range(first, min(last, days * COLUMNS - 1) + 1):
            row = cells[place[span.pool, span.node], at // COLUMNS]
            there = row.get(at % COLUMNS)
            if there is None or rank[span.use] > rank[there]:
                row[at % COLUMNS] = span.use
    row_height = node_height * max(1, len(nodes))
    for (node, day), columns in sorted(cells.items()):
        y = TOP + day * (row_height + GAP) + node * node_height
        height = node_height - (1 if node_height > LEAST_NODE_HEIGHT else 0)
        for start, end, use in _runs(columns):
            yield f'<rect class="{USES[use]}" x="{LEFT + start}" y="{y}" width="{end - start}" height="{height}"/>'


def _runs(columns: Mapping[int, Use]) -> Iterator[tuple[int, int, Use]]:
    """Columns side by side with the same use, as start, end and use."""
    for _key, group in itertools.groupby(enumerate(sorted(columns)), key=lambda one: (one[1] - one[0], columns[one[1]])):
        found = [column for _at, column in group]
        yield found[0], found[-1] + 1, columns[found[0]]


def _jobs(simulation: Simulation, *, days: int, row_seconds: float, row_height: int) -> list[str]:
    """A mark above the row for every column in which a job came."""
    column = row_seconds / COLUMNS
    came = [result.arrived for result in simulation.record.results] + [at for _worker, at in simulation.record.undone]
    marks = sorted({int(at / column) for at in came if at < days * row_seconds})
    if not marks:
        return []
    path = "".join(f"M{LEFT + at % COLUMNS}.5 {TOP + at // COLUMNS * (row_height + GAP) - 3}v3" for at in marks)
    return [f'<path class="tick" d="{path}"/>']


def _legend(y: int) -> list[str]:
    lines, x = [], float(LEFT)
    for use, kind in USES.items():
        lines.append(f'<rect class="{kind}" x="{x:.1f}" y="{y - 10}" width="12" height="12"/>')
        lines.append(f'<text class="soft" x="{x + 18:.1f}" y="{y}">{USE_WORDS[use]}</text>')
        x += 18 + len(USE_WORDS[use]) * SIGN_WIDTH + 22
    lines.append(f'<path class="tick" d="M{x + 4:.1f} {y - 8}v8"/>')
    lines.append(f'<text class="soft" x="{x + 18:.1f}" y="{y}">a job comes; one bar a node, one row a day</text>')
    return lines


def _wake(name: str, stages: Mapping[str, float], y: int) -> list[str]:
    """The median wake as one bar, its stages side by side; below it each with its seconds."""
    whole = sum(stages.values())
    title = f"the typical wake of {name}: {whole:.0f} s to the first result"
    lines = [f'<text class="ink number" x="24" y="{y}">{_text(title)}</text>']
    x, top = float(LEFT), y + 10
    shown = [(stage, stages[stage]) for stage in STAGES if stages[stage] >= 0.05]
    for stage, seconds in shown:
        width = COLUMNS * seconds / whole if whole else 0.0
        kind = STAGE_CLASSES[stage]
        lines.append(f'<rect class="{kind}" x="{x:.1f}" y="{top}" width="{width:.1f}" height="{WAKE_HEIGHT}"/>')
        labels = (f"{STAGE_WORDS[stage]} {seconds:.0f}", f"{seconds:.0f}")
        if label := next((label for label in labels if width > len(label) * SIGN_WIDTH + 6), ""):
            lines.append(f'<text class="on-{kind}" x="{x + 5:.1f}" y="{top + WAKE_HEIGHT // 2 + 4}">{_text(label)}</text>')
        x += width
    return lines + _stages(shown, top + WAKE_HEIGHT + 18)


def _stages(shown: Sequence[tuple[str, float]], y: int) -> list[str]:
    """Each stage's colour with its seconds, in as many lines as they need."""
    lines, x = [], float(LEFT)
    for stage, seconds in shown:
        label = f"{STAGE_WORDS[stage]} {seconds:.1f}"
        width = 16 + len(label) * SIGN_WIDTH + 12
        if x + width > WIDTH - RIGHT:
            x, y = float(LEFT), y + 18
        lines.append(f'<rect class="{STAGE_CLASSES[stage]}" x="{x:.1f}" y="{y - 10}" width="11" height="11"/>')
        lines.append(f'<text class="soft" x="{x + 16:.1f}" y="{y}">{_text(label)}</text>')
        x += width
    return lines


def _cut(text: str, average: int) -> str:
    """What fits into the width at half that many pixels a sign."""
    most = int((WIDTH - 48) / (average / 2))
    return text if len(text) <= most else text[: most - 1] + "…"


def _text(text: str) -> str:
    return escape(printable(text), quote=True)
