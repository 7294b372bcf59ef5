"""`lamplighter-gateway webhooks secret | list | retry`."""

import argparse
import json

from ...settings import read_gateway_settings
from ..webhooks.message import new_secret, secret_text
from ..webhooks.table import WebhookTable
from ..wire import time_text
from .command import Commands, add_command, print_table, run_with_database, tenant_name

DEFAULT_LIMIT = 50
MOMENTS = ("due_at", "delivered_at", "dead_at")
COLUMNS = ("job_id", "tenant", "state", "attempt", *MOMENTS, "url", "problem")


def add_parser(commands: Commands) -> None:
    """Adds the command with its three parts."""
    text = "make the secret that signs webhooks, and see what was sent"
    parser = commands.add_parser("webhooks", help=text, description=text)
    parts = parser.add_subparsers(dest="part", required=True, metavar="secret | list | retry")
    secret = add_command(parts, "secret", "make a tenant's secret anew and print it once; the one before ends at once", _secret)
    secret.add_argument("tenant", type=tenant_name)
    listing = add_command(parts, "list", "show the newest deliveries", _list)
    listing.add_argument("--tenant", type=tenant_name, help="only this tenant's")
    listing.add_argument("--dead", action="store_true", help="only those that are not tried again")
    listing.add_argument("--limit", type=int, default=DEFAULT_LIMIT, help=f"at most so many (default: {DEFAULT_LIMIT})")
    retry = add_command(parts, "retry", "have those tried again that were given up", _retry)
    retry.add_argument("--tenant", type=tenant_name, help="only this tenant's")


def _secret(chosen: argparse.Namespace) -> int:
    settings = read_gateway_settings()
    secret = new_secret()
    run_with_database(
        settings, lambda database: WebhookTable(database, actor=settings.holder).set_secret(chosen.tenant, secret)
    )
    text = secret_text(secret)
    print(json.dumps({"tenant": chosen.tenant, "secret": text}) if chosen.format == "json" else text)
    return 0


def _list(chosen: argparse.Namespace) -> int:
    rows = run_with_database(
        read_gateway_settings(),
        lambda database: WebhookTable(database).list(tenant=chosen.tenant, dead=chosen.dead, limit=max(1, chosen.limit)),
    )
    listed = [
        {**row, "id": str(row["id"]), "job_id": str(row["job_id"]), **{name: time_text(row[name]) for name in MOMENTS}}
        for row in rows
    ]
    if chosen.format == "json":
        print(json.dumps({"deliveries": listed}))
    else:
        print_table(COLUMNS, listed)
    return 0


def _retry(chosen: argparse.Namespace) -> int:
    count = run_with_database(read_gateway_settings(), lambda database: WebhookTable(database).revive(chosen.tenant))
    print(json.dumps({"deliveries": count}) if chosen.format == "json" else f"{count} will be tried again")
    return 0
