"""`lamplighter-gateway migrate`: brings the database's tables to what this version needs."""

import argparse
import json

from ...queue.migrate import PHASES, migrate
from ...settings import read_gateway_settings
from .command import Commands, add_command, run_with_database


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(commands, "migrate", "apply the missing migrations", run)
    parser.add_argument(
        "--phase", choices=PHASES, default="all", help="pre: before a rollout; post: after it; all: both at once (default)"
    )


def run(chosen: argparse.Namespace) -> int:
    """Migrates and says what was applied."""
    applied = run_with_database(read_gateway_settings(), lambda database: migrate(database, phase=chosen.phase))
    if chosen.format == "json":
        print(json.dumps({"applied": list(applied)}))
    else:
        print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0
