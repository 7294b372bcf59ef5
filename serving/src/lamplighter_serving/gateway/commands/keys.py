"""`lamplighter-gateway keys create | list | revoke`."""

import argparse
import json

from ...queue.job import JsonObject
from ...settings import read_gateway_settings
from ..auth import OPEN_TENANT, REMEMBERED_SECONDS
from ..key_table import KeyTable
from ..keys import TENANT, ApiKey, new_key
from ..wire import time_text
from .command import Commands, add_command, run_with_database

NAME_CHARACTERS = 100


def add_parser(commands: Commands) -> None:
    """Adds the command with its three parts."""
    text = "create, list and revoke API keys"
    parser = commands.add_parser("keys", help=text, description=text)
    parts = parser.add_subparsers(dest="part", required=True, metavar="create | list | revoke")

    create = add_command(parts, "create", "make a key and print it once", _create)
    create.add_argument("--tenant", type=_tenant, default=OPEN_TENANT, help=f"whose key it is (default: {OPEN_TENANT})")
    create.add_argument("--name", type=_name, default="", help="what the key is for")

    listing = add_command(parts, "list", "show all keys, without their secrets", _list)
    listing.add_argument("--tenant", type=_tenant, help="only this tenant's")

    revoke = add_command(parts, "revoke", f"end a key; gateways follow within {REMEMBERED_SECONDS:g} seconds", _revoke)
    revoke.add_argument("key", help="the key's id or prefix, as keys list shows them")


def _tenant(text: str) -> str:
    if not TENANT.fullmatch(text):
        raise argparse.ArgumentTypeError("a tenant is 1 to 63 of a-z, 0-9 and -, neither beginning nor ending with -")
    return text


def _name(text: str) -> str:
    if len(text) > NAME_CHARACTERS or not text.isprintable():
        raise argparse.ArgumentTypeError(f"a name is at most {NAME_CHARACTERS} printable characters")
    return text


def _create(chosen: argparse.Namespace) -> int:
    new = new_key()
    key = run_with_database(
        read_gateway_settings(), lambda database: KeyTable(database).create(new, tenant=chosen.tenant, name=chosen.name)
    )
    if chosen.format == "json":
        print(json.dumps({"key": new.text, **key_json(key)}))
    else:
        print(f"{new.text}\nThis is the only time it is shown. Tenant {key.tenant}; revoke it with: keys revoke {key.prefix}")
    return 0


def _list(chosen: argparse.Namespace) -> int:
    keys = run_with_database(read_gateway_settings(), lambda database: KeyTable(database).list(chosen.tenant))
    listed = [key_json(key) for key in keys]
    if chosen.format == "json":
        print(json.dumps({"keys": listed}))
        return 0
    columns = ("prefix", "tenant", "name", "created_at", "last_used_at", "revoked_at")
    rows = [columns, *(tuple(str(row[column] or "-") for column in columns) for row in listed)]
    widths = [max(len(row[index]) for row in rows) for index in range(len(columns))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _revoke(chosen: argparse.Namespace) -> int:
    key = run_with_database(read_gateway_settings(), lambda database: KeyTable(database).revoke(chosen.key))
    if chosen.format == "json":
        print(json.dumps(key_json(key)))
    else:
        print(f"revoked {key.prefix} of tenant {key.tenant}; gateways follow within {REMEMBERED_SECONDS:g} seconds")
    return 0


def key_json(key: ApiKey) -> JsonObject:
    """A key without anything secret."""
    return {
        "id": str(key.id),
        "tenant": key.tenant,
        "name": key.name,
        "prefix": key.prefix,
        "created_at": time_text(key.created_at),
        "last_used_at": time_text(key.last_used_at),
        "revoked_at": time_text(key.revoked_at),
    }
