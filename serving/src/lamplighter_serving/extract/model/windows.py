"""Overlapping parts of a long document, each short enough for the model's context. Pure: costs of lines come as numbers."""

from collections.abc import Iterator, Sequence

#: Lines that a window repeats from the one before: a label and its value are hardly ever further apart.
OVERLAP_LINES = 6


def windows(costs: Sequence[int], room: int, overlap: int = OVERLAP_LINES) -> Iterator[range]:
    """Ranges of line numbers that cover all lines in order, each costing at most `room` (a costlier line stands alone).

    Consecutive windows share up to `overlap` lines, fewer where the next line would not fit beside them.
    """
    start = end = 0
    while end < len(costs):
        spent = sum(costs[start:end])
        while end < len(costs) and (end == start or spent + costs[end] <= room):
            spent += costs[end]
            end += 1
        yield range(start, end)
        if end < len(costs):
            start = max(start + 1, end - overlap)
            while start < end and sum(costs[start : end + 1]) > room:
                start += 1
