"""`lamplighter-gateway usage`: what tenants used, day by day."""

import argparse
import json

from ...settings import read_gateway_settings
from ..tenant_table import TenantTable
from ..tenants import usage_json
from .command import Commands, add_command, print_table, run_with_database, tenant_name

DEFAULT_DAYS = 7
COLUMNS = ("day", "tenant", "worker", "jobs", "bytes", "prompt_tokens", "completion_tokens", "work_seconds")


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(commands, "usage", "show what tenants used, by day and worker class", run)
    parser.add_argument("--tenant", type=tenant_name, help="only this tenant's")
    parser.add_argument(
        "--days", type=int, default=DEFAULT_DAYS, help=f"so many days, today included (default: {DEFAULT_DAYS})"
    )


def run(chosen: argparse.Namespace) -> int:
    """Prints it, newest day first."""
    settings = read_gateway_settings()
    found = run_with_database(
        settings, lambda database: TenantTable(database).usage(tenant=chosen.tenant, days=max(1, chosen.days))
    )
    listed = [usage_json(usage) for usage in found]
    if chosen.format == "json":
        print(json.dumps({"usage": listed}))
    else:
        print_table(COLUMNS, listed)
    return 0
