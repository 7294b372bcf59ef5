"""Arrivals from windows of a rate: ServeGen's `chunk-*-trace.csv`, one client of a production service each.

Its format (alibaba/ServeGen, servegen/clientpool.py): a line for each window, `start,rate,cv,pattern,shape,scale`; seconds from
the start, requests a second, and the distribution of the gaps, Gamma or Weibull with its shape and scale. A window without
requests has an empty pattern. As ServeGen does (construct.py) the gaps of a window are drawn and then stretched to fill it.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

#: What ServeGen's own windows have, for a file of a single one.
WINDOW_SECONDS = 600.0
FIELDS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """From `start` on so many jobs a second, with gaps of a distribution; an empty pattern for none."""

    start: float
    rate: float
    pattern: str
    shape: float
    scale: float


def window_of(line: str) -> Window | None:
    """A line as a window; None where it is none."""
    parts = line.strip().split(",")
    if len(parts) != FIELDS or parts[3] not in ("", "Gamma", "Weibull"):
        return None
    try:
        start, rate, _cv, shape, scale = (float(part) for part in (*parts[:3], *parts[4:]))
    except ValueError:
        return None
    known = parts[3] == "" or (0 < shape < float("inf") and 0 < scale < float("inf"))
    bounded = 0 <= start < float("inf") and 0 <= rate < float("inf")
    return Window(start=start, rate=rate, pattern=parts[3], shape=shape, scale=scale) if known and bounded else None


def times_of(windows: Sequence[Window], seed: int) -> Iterator[float]:
    """Seconds at which jobs come. A fraction of a job is one with that chance."""
    draw = random.Random(seed)  # noqa: S311 (a simulation, no secret)
    length = WINDOW_SECONDS
    for window, later in zip(windows, [*windows[1:], None], strict=True):
        length = later.start - window.start if later else length
        expected = window.rate * length if window.pattern else 0.0
        jobs = int(expected) + (draw.random() < expected % 1)
        if not jobs:
            continue
        gaps = [_gap(window, draw) for _job in range(jobs + 1)]
        stretch = length / (sum(gaps) or 1.0)
        at = window.start
        for gap in gaps[:-1]:
            at += gap * stretch
            yield at


def _gap(window: Window, draw: random.Random) -> float:
    if window.pattern == "Gamma":
        return draw.gammavariate(window.shape, window.scale)
    return draw.weibullvariate(window.scale, window.shape)
