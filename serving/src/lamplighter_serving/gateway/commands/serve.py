"""`lamplighter-gateway serve`: the gateway process."""

import argparse
import json

from ... import logs
from ...catalog import load_catalog
from ...database import Database
from ...documents.limits import DocumentLimits
from ...documents.reader import DocumentReader
from ...queue.migrate import PHASES, migrate
from ...queue.postgres import PostgresStore
from ...settings import GatewaySettings, read_gateway_settings
from ..auth import OPEN_TENANT
from ..key_table import KeyTable
from ..keys import new_key
from ..parts import assemble
from ..server import serve
from .command import Commands, add_command, run_with_database

#: Pictures are drawn for people who look at one page at a time.
RENDER_PROCESSES = 1


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(commands, "serve", "serve HTTP and the autoscaler's gRPC until SIGTERM", run)
    parser.add_argument(
        "--migrate",
        nargs="?",
        const="all",
        choices=PHASES,
        help="apply missing migrations first, all or those of one phase (default: none; lamplighter-gateway migrate does it)",
    )


def run(chosen: argparse.Namespace) -> int:
    """Serves until it is told to stop."""
    settings = read_gateway_settings()
    with logs.written_directly():
        run_with_database(settings, lambda database: _serve(settings, database, chosen))
    return 0


async def _serve(settings: GatewaySettings, database: Database, chosen: argparse.Namespace) -> None:
    catalog = load_catalog(settings.catalog_path)
    if chosen.migrate:
        await migrate(database, phase=chosen.migrate)
    keys = KeyTable(database)
    if settings.authentication:
        await _make_first_key(keys, chosen.format)
    parts = assemble(
        settings=settings,
        catalog=catalog,
        store=PostgresStore(database),
        keys=keys,
        renderer=DocumentReader(DocumentLimits(), processes=RENDER_PROCESSES),
    )

    def say_ports(http_port: int, scaler_port: int) -> None:
        if chosen.format == "json":
            print(json.dumps({"http_port": http_port, "scaler_port": scaler_port}), flush=True)
        else:
            print(f"http://{settings.host}:{http_port}  scaler {settings.scaler_host}:{scaler_port}", flush=True)

    await serve(parts, say_ports)


async def _make_first_key(keys: KeyTable, form: str) -> None:
    """A gateway nobody has a key for is of no use: the first one makes one, and shows it this once."""
    new = new_key()
    if await keys.create_first(new, tenant=OPEN_TENANT, name="first start") is None:
        return
    print(json.dumps({"key": new.text}) if form == "json" else f"API key (shown only now): {new.text}", flush=True)
