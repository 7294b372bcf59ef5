"""`lamplighter-gateway keys create | list | revoke`."""

import argparse
import json

from ...queue.job import JsonObject
from ...settings import read_gateway_settings
from ..auth import OPEN_TENANT, REMEMBERED_SECONDS
from ..key_table import KeyTable
from ..keys import SCOPES, USUAL_SCOPES, ApiKey, new_key
from ..wire import time_text
from .command import Commands, add_command, print_table, run_with_database, tenant_name

NAME_CHARACTERS = 100


def add_parser(commands: Commands) -> None:
    """Adds the command with its three parts."""
    text = "create, list and revoke API keys"
    parser = commands.add_parser("keys", help=text, description=text)
    parts = parser.add_subparsers(dest="part", required=True, metavar="create | list | revoke")

    create = add_command(parts, "create", "make a key and print it once", _create)
    create.add_argument("--tenant", type=tenant_name, default=OPEN_TENANT, help=f"whose key it is (default: {OPEN_TENANT})")
    create.add_argument(
        "--scope",
        dest="scopes",
        action="append",
        choices=SCOPES,
        help=f"what the key may do; once for each (default: {' and '.join(USUAL_SCOPES)})",
    )
    create.add_argument("--name", type=_name, default="", help="what the key is for")

    listing = add_command(parts, "list", "show all keys, without their secrets", _list)
    listing.add_argument("--tenant", type=tenant_name, help="only this tenant's")

    revoke = add_command(parts, "revoke", f"end a key; gateways follow within {REMEMBERED_SECONDS:g} seconds", _revoke)
    revoke.add_argument("key", help="the key's id or prefix, as keys list shows them")


def _name(text: str) -> str:
    if len(text) > NAME_CHARACTERS or not text.isprintable():
        raise argparse.ArgumentTypeError(f"a name is at most {NAME_CHARACTERS} printable characters")
    return text


def _create(chosen: argparse.Namespace) -> int:
    new = new_key()
    settings = read_gateway_settings()
    scopes = tuple(scope for scope in SCOPES if scope in (chosen.scopes or USUAL_SCOPES))
    key = run_with_database(
        settings,
        lambda database: KeyTable(database, actor=settings.holder).create(
            new, tenant=chosen.tenant, name=chosen.name, scopes=scopes
        ),
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
    columns = ("prefix", "tenant", "name", "scopes", "created_at", "last_used_at", "revoked_at")
    print_table(columns, [{**row, "scopes": ",".join(key.scopes)} for row, key in zip(listed, keys, strict=True)])
    return 0


def _revoke(chosen: argparse.Namespace) -> int:
    settings = read_gateway_settings()
    key = run_with_database(settings, lambda database: KeyTable(database, actor=settings.holder).revoke(chosen.key))
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
        "scopes": list(key.scopes),
        "created_at": time_text(key.created_at),
        "last_used_at": time_text(key.last_used_at),
        "revoked_at": time_text(key.revoked_at),
    }
