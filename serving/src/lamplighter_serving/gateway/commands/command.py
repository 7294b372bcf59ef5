"""What the commands share: their parser's look, and an event loop with a database."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import uvloop

from ...database import Database
from ...queue.job import JsonObject
from ...settings import GatewaySettings
from ..keys import TENANT

T = TypeVar("T")

#: What `add_subparsers` gives; argparse keeps its type private.
Commands = Any


def add_command(commands: Commands, name: str, text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    """A parser with the option that every command has."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)
    return parser


def tenant_name(text: str) -> str:
    """The type of an argument that names a tenant."""
    if not TENANT.fullmatch(text):
        raise argparse.ArgumentTypeError("a tenant is 1 to 63 of a-z, 0-9 and -, neither beginning nor ending with -")
    return text


def print_table(columns: Sequence[str], listed: Sequence[JsonObject]) -> None:
    """Objects as a table for people, one a line."""
    shown = [["-" if row[column] in (None, "") else str(row[column]) for column in columns] for row in listed]
    rows = [list(columns), *shown]
    widths = [max(len(row[index]) for row in rows) for index in range(len(columns))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def run_with_database(settings: GatewaySettings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Runs `work` on an event loop of its own with a database that is closed afterwards."""

    async def run() -> T:
        async with Database(settings.database_url, connections=settings.database_connections) as database:
            return await work(database)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())
