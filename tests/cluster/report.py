"""Tables of docs/reliability.md that come from a real node."""

import sys
from collections.abc import Sequence

from bench.__main__ import replace_section
from reliability.__main__ import REPORT, section


def write_table(name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Exchanges the section of that name, or adds it at the end."""
    text = section(name, columns, rows)
    print(text, file=sys.stderr)
    REPORT.write_text(replace_section(REPORT.read_text(encoding="utf-8"), name, text), encoding="utf-8")
