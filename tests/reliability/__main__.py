"""`PYTHONPATH=tests .venv/bin/python -m reliability 8`: runs the kill matrix and the outages with so many seeds each and writes
their tables into docs/reliability.md. Nothing is asserted here: the tests are beside this file.
"""

import asyncio
import sys
import uuid
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import psycopg
from psycopg import conninfo, sql

from bench.__main__ import machine, replace_section
from embedded_postgres import embedded_postgres
from reliability import matrix, outages
from reliability.falling import Shutdown

REPORT = Path(__file__).parent.parent.parent / "docs" / "reliability.md"
DEFAULT_SEEDS = 8

KILL_COLUMNS = (
    "seed",
    "kills of workers",
    "kills of gateways",
    "connections lost by clients",
    "answers lost after the commit",
    "attempts lost with a worker",
    "most attempts of a job",
    "acknowledged",
    "jobs",
    "done",
    "done events",
    "right answers",
    "left behind",
    "seconds",
)
OUTAGE_COLUMNS = (
    "seed",
    *(f"{how.name.lower()}: s until ready" for how in Shutdown),
    "answers 503",
    "other errors",
    "attempts lost",
    "acknowledged",
    "jobs",
    "done",
    "done events",
    "right answers",
    "left behind",
    "seconds",
)


def kill_row(facts: matrix.MatrixFacts) -> Sequence[object]:
    """One run of the kill matrix."""
    seen = facts.account
    return (
        facts.seed,
        sum(kills for name, kills in facts.kills.items() if name.startswith("worker")),
        sum(kills for name, kills in facts.kills.items() if name.startswith("gateway")),
        facts.trouble.lost,
        facts.trouble.answers_lost,
        seen.lost_attempts,
        seen.most_attempts,
        facts.acknowledged,
        seen.jobs,
        seen.done,
        seen.done_events,
        seen.right_answers,
        len(facts.leftovers),
        f"{facts.seconds:.0f}",
    )


def outage_row(facts: outages.OutageFacts) -> Sequence[object]:
    """One run of the outages."""
    seen = facts.account
    statuses = [*facts.trouble.statuses.items(), *((status, count) for (_, status), count in facts.probed.items())]
    return (
        facts.seed,
        *(f"{facts.away_seconds[how.name]:.1f}" for how in Shutdown),
        sum(count for status, count in statuses if status == 503),
        sum(count for status, count in statuses if status not in (200, 202, 503)) + facts.trouble.lost,
        seen.lost_attempts,
        facts.acknowledged,
        seen.jobs,
        seen.done,
        seen.done_events,
        seen.right_answers,
        len(facts.leftovers),
        f"{facts.seconds:.0f}",
    )


def section(name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """One table as it stands in the report."""
    lines = [columns, ["---"] * len(columns), *rows]
    table = "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
    return f"## {name}\n\n{date.today():%Y-%m-%d}, {machine()}\n\n{table}\n"


def kill_matrix(seeds: Sequence[int]) -> list[Sequence[object]]:
    """The kill matrix, each seed on a database of its own."""
    rows = []
    with embedded_postgres() as server:
        for seed in seeds:
            name = f"reliability_{uuid.uuid4().hex}"
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            url = conninfo.make_conninfo(server.url, dbname=name)
            asyncio.run(outages.migrated(url))
            rows.append(_said(kill_row(matrix.run(url, seed))))
    return rows


def main() -> int:
    """Runs both and writes the report after each."""
    seeds = range(1, int(sys.argv[1] if len(sys.argv) > 1 else DEFAULT_SEEDS) + 1)
    _write("Killed at random", KILL_COLUMNS, kill_matrix(seeds))
    _write("PostgreSQL away", OUTAGE_COLUMNS, [_said(outage_row(outages.run(seed))) for seed in seeds])
    return 0


def _said(row: Sequence[object]) -> Sequence[object]:
    print(*row, file=sys.stderr, flush=True)
    return row


def _write(name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    text = section(name, columns, rows)
    print(text)
    REPORT.write_text(replace_section(REPORT.read_text(encoding="utf-8"), name, text), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
