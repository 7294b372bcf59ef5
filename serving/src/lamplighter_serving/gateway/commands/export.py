"""`lamplighter-gateway export arrivals`: when jobs came, as `lamplighter simulate --trace` reads it.

A line for each job that is kept: its time in UTC, then the seconds of work where they are known. Nothing of a document.
"""

import argparse
import json
from datetime import UTC, datetime

from ...database import Database
from ...settings import read_gateway_settings
from ..arrivals import BEGINNING, Arrival, arrivals
from .command import Commands, add_command, run_with_database


def add_parser(commands: Commands) -> None:
    """Adds the command with its part."""
    text = "write what happened, without any document"
    parser = commands.add_parser("export", help=text, description=text)
    parts = parser.add_subparsers(dest="part", required=True, metavar="arrivals")
    part = add_command(parts, "arrivals", "when jobs came and how long they took: a trace for lamplighter simulate", _arrivals)
    part.add_argument("--worker", required=True, metavar="NAME", help="whose jobs")
    part.add_argument("--since", type=_time, default=BEGINNING, metavar="TIME", help="from then on, such as 2026-11-01 (UTC)")


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("a time is written like 2026-11-01 or 2026-11-01T08:00:00+01:00") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _arrivals(chosen: argparse.Namespace) -> int:
    async def collected(database: Database) -> list[Arrival]:
        return [arrival async for arrival in arrivals(database, chosen.worker, chosen.since)]

    found = run_with_database(read_gateway_settings(), collected)
    if chosen.format == "json":
        listed = [{"at": arrival.at.astimezone(UTC).isoformat(), "work_seconds": arrival.work_seconds} for arrival in found]
        print(json.dumps({"worker": chosen.worker, "arrivals": listed}))
        return 0
    print(f"# arrivals of worker {chosen.worker}, UTC; then seconds of work")
    for arrival in found:
        work = "" if arrival.work_seconds is None else f" {arrival.work_seconds:.3f}"
        print(f"{arrival.at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}{work}")
    return 0
