"""A live cluster beside what git declares, for people and for machines."""

import json
from collections.abc import Sequence

from ..about import NAME, VERSION
from ..domain.observed import Compared, Verdict
from .screen import PLAIN, Screen
from .text import printable

FORMAT = 1
MARKS = {Verdict.SAME: "ok", Verdict.DIFFERS: "!!", Verdict.UNSEEN: "??"}
STYLES = {Verdict.SAME: "good", Verdict.DIFFERS: "error", Verdict.UNSEEN: "warning"}


def observed_text(environment: str, rows: Sequence[Compared], screen: Screen = PLAIN) -> str:
    """A line for each thing, below the pool or worker it is of; where it differs, the way out below it."""
    lines: list[str] = []
    subject = None
    widest = max((len(row.thing) for row in rows), default=0)
    for row in rows:
        if row.subject != subject:
            subject = row.subject
            lines.append(screen.painted(printable(subject), "bold"))
        mark = screen.painted(MARKS[row.verdict], STYLES[row.verdict])
        both = row.observed if row.observed == row.declared else f"{row.observed} (git: {row.declared})"
        lines.append(f"  {mark} {row.thing:<{widest}}  {printable(both)}")
        if row.change:
            lines.append(f"     {'':<{widest}}  {printable(row.change)}")
    return "\n".join([*lines, f"{environment}: {counts(rows)}"])


def counts(rows: Sequence[Compared]) -> str:
    """How it stands, in numbers."""
    of = {verdict: sum(row.verdict is verdict for row in rows) for verdict in Verdict}
    return f"{of[Verdict.SAME]} as declared, {of[Verdict.DIFFERS]} different, {of[Verdict.UNSEEN]} not to be seen"


def observed_json(environment: str, rows: Sequence[Compared]) -> str:
    """The same rows. Keys are only ever added."""
    report = {
        "about": {"tool": NAME, "version": VERSION, "format": FORMAT},
        "environment": environment,
        "compared": [
            {
                "subject": row.subject,
                "thing": row.thing,
                "declared": row.declared,
                "observed": row.observed,
                "verdict": row.verdict.value,
                "change": row.change,
            }
            for row in rows
        ],
    }
    return json.dumps(report, indent=2)
