"""One measured figure, and how a list of them becomes a table. Every bench file has `main() -> list[Figure]`."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """What was measured. `ours` and `against` carry their unit as text; `ratio` is ours to theirs where there is a peer."""

    what: str
    ours: str
    against: str = ""
    ratio: float | None = None
    aim: str = ""


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table, one figure a row."""
    rows = ["| figure | ours | against | ratio | aim |", "| --- | --- | --- | --- | --- |"]
    for figure in figures:
        ratio = "" if figure.ratio is None else f"{figure.ratio:.2f}"
        rows.append(f"| {figure.what} | {figure.ours} | {figure.against} | {ratio} | {figure.aim} |")
    return "\n".join(rows)
