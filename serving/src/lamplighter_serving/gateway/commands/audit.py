"""`lamplighter-gateway audit`: what was done in administration. The log is only added to; the database refuses a change."""

import argparse
import json

from ...settings import read_gateway_settings
from ..tenant_table import TenantTable
from ..tenants import act_json
from .command import Commands, add_command, print_table, run_with_database, tenant_name

DEFAULT_LIMIT = 50
COLUMNS = ("at", "actor", "act", "tenant", "subject", "detail")


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(commands, "audit", "show keys made and revoked and terms changed, newest first", run)
    parser.add_argument("--tenant", type=tenant_name, help="only this tenant's")
    parser.add_argument("--limit", type=int, default=DEFAULT_LIMIT, help=f"at most so many (default: {DEFAULT_LIMIT})")


def run(chosen: argparse.Namespace) -> int:
    """Prints it."""
    settings = read_gateway_settings()
    found = run_with_database(
        settings, lambda database: TenantTable(database).audit(tenant=chosen.tenant, limit=max(1, chosen.limit))
    )
    listed = [act_json(act) for act in found]
    if chosen.format == "json":
        print(json.dumps({"audit": listed}))
    else:
        print_table(COLUMNS, [{**act, "detail": json.dumps(act["detail"])} for act in listed])
    return 0
