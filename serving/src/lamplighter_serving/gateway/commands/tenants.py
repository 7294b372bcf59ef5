"""`lamplighter-gateway tenants set | list`: what is agreed with tenants."""

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from ...database import Database
from ...settings import read_gateway_settings
from ..quotas import FRESH_SECONDS
from ..tenant_table import TenantTable
from ..tenants import Agreement
from .command import Commands, add_command, print_table, run_with_database, tenant_name

MOST_WEIGHT = 100
#: What the tables hold.
MOST_REQUESTS = 2**31 - 1
MOST = 2**63 - 1
COLUMNS = ("tenant", "weight", "jobs_a_day", "bytes_a_day", "tokens_a_day", "requests_a_minute")


def add_parser(commands: Commands) -> None:
    """Adds the command with its two parts."""
    text = "agree weights, quotas and rates with tenants"
    parser = commands.add_parser("tenants", help=text, description=text)
    parts = parser.add_subparsers(dest="part", required=True, metavar="set | list")
    change = add_command(
        parts, "set", f"change what is named, leave the rest; gateways follow within {FRESH_SECONDS:g} seconds", _set
    )
    change.add_argument("tenant", type=tenant_name)
    change.add_argument("--weight", type=_number(1, MOST_WEIGHT), help="turns at the workers, to one of a tenant of weight 1")
    for name, most, what in (
        ("jobs-a-day", MOST, "jobs"),
        ("bytes-a-day", MOST, "bytes of documents"),
        ("tokens-a-day", MOST, "tokens, read and written"),
        ("requests-a-minute", MOST_REQUESTS, "requests, at each gateway process"),
    ):
        least = 1 if name == "requests-a-minute" else 0
        change.add_argument(f"--{name}", type=_number_or_none(least, most), help=f"{what}; none: as many as it likes")
    add_command(parts, "list", "show what is agreed where it is not the usual", _list)


def _number(least: int, most: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and least <= int(text) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return convert


def _number_or_none(least: int, most: int) -> Callable[[str], int | str]:
    number = _number(least, most)
    return lambda text: text if text == "none" else number(text)


def _set(chosen: argparse.Namespace) -> int:
    named = {name: getattr(chosen, name) for name in COLUMNS if name != "tenant" and getattr(chosen, name) is not None}
    changes: dict[str, Any] = {name: None if value == "none" else value for name, value in named.items()}
    settings = read_gateway_settings()

    async def work(database: Database) -> Agreement:
        table = TenantTable(database, actor=settings.holder)
        agreement = replace(await table.agreement(chosen.tenant), **changes)
        await table.agree(agreement)
        return agreement

    _show([run_with_database(settings, work)], chosen.format)
    return 0


def _list(chosen: argparse.Namespace) -> int:
    settings = read_gateway_settings()
    found = run_with_database(settings, lambda database: TenantTable(database).agreements())
    _show(list(found), chosen.format)
    return 0


def _show(agreements: list[Agreement], form: str) -> None:
    listed = [asdict(agreement) for agreement in agreements]
    if form == "json":
        print(json.dumps({"tenants": listed}))
    else:
        print_table(COLUMNS, listed)
