"""The program `lamplighter-gateway`. Exit codes: 0 done, 1 the command says no (no such key), 2 it could not run."""

import argparse
import json
import sys
from collections.abc import Sequence

from .. import logs
from ..errors import LamplighterError, StoreError
from .commands import audit, export, keys, migrate, serve, tenants, usage, webhooks
from .keys import KeyNotFound

EXIT_NO = 1
EXIT_COULD_NOT_RUN = 2

MIGRATE_HINT = "If the tables are missing or of another version, run lamplighter-gateway migrate."

EXAMPLES = """\
examples:
  lamplighter-gateway migrate --phase pre
  lamplighter-gateway serve
  lamplighter-gateway keys create --tenant accounting --name scanner
  lamplighter-gateway keys list --format json
  lamplighter-gateway keys revoke 8kQ2mXbT
  lamplighter-gateway tenants set accounting --weight 3 --jobs-a-day 5000
  lamplighter-gateway usage --days 30
  lamplighter-gateway webhooks secret accounting
  lamplighter-gateway export arrivals --worker extract --since 2026-11-01 > arrivals.txt

settings come from the environment: DATABASE_URL, LAMPLIGHTER_PORT, LAMPLIGHTER_CATALOG, …
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="lamplighter-gateway",
        description="Takes documents, queues them, and tells the autoscaler.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in (serve, migrate, keys, tenants, usage, audit, webhooks, export):
        command.add_parser(commands)
    chosen = parser.parse_args(arguments)
    logs.configure()
    try:
        return int(chosen.run(chosen))
    except LamplighterError as error:
        _complain(error, chosen.format)
        return EXIT_NO if isinstance(error, KeyNotFound) else EXIT_COULD_NOT_RUN


def _complain(error: LamplighterError, form: str) -> None:
    # A statement that PostgreSQL refuses is one for other tables than these.
    hint = error.hint or (MIGRATE_HINT if type(error) is StoreError else "")
    if form == "json":
        print(json.dumps({"error": {"code": error.code, "sentence": error.sentence, "hint": hint}}), file=sys.stderr)
    else:
        print(" ".join(text for text in (f"lamplighter-gateway: {error.sentence}", hint) if text), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
