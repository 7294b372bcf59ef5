"""What the commands share: their parser's look, and an event loop with a database."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import uvloop

from ...database import Database
from ...settings import GatewaySettings

T = TypeVar("T")

#: What `add_subparsers` gives; argparse keeps its type private.
Commands = Any


def add_command(commands: Commands, name: str, text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
    """A parser with the option that every command has."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    parser.set_defaults(run=run)
    return parser


def run_with_database(settings: GatewaySettings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Runs `work` on an event loop of its own with a database that is closed afterwards."""

    async def run() -> T:
        async with Database(settings.database_url, connections=settings.database_connections) as database:
            return await work(database)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())
