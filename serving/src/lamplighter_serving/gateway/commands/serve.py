"""`lamplighter-gateway serve`: the gateway process."""

import argparse
import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable

from ... import logs
from ...catalog import load_catalog
from ...database import Database
from ...documents.limits import DocumentLimits
from ...documents.reader import DocumentReader
from ...errors import StoreUnavailable
from ...queue.migrate import PHASES, migrate
from ...queue.postgres import PostgresStore
from ...settings import GatewaySettings, read_gateway_settings
from ..auth import OPEN_TENANT
from ..key_table import KeyTable
from ..keys import new_key
from ..parts import assemble
from ..server import serve
from ..tenant_table import TenantTable
from ..webhooks.table import WebhookTable
from .command import Commands, add_command, run_with_database

#: Pictures are drawn for people who look at one page at a time.
RENDER_PROCESSES = 1
#: How long a start waits for a database that does not answer. One that is installed beside the gateway takes half a minute; a
#: pod that ends instead is started later and later. Less than the minute after which the chart's liveness probe ends it.
DATABASE_WAIT_SECONDS = 45.0
DATABASE_PAUSE_SECONDS = 0.5


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
    keys = KeyTable(database, actor=settings.holder)

    async def prepare() -> None:
        if chosen.migrate:
            await migrate(database, phase=chosen.migrate)
        if settings.authentication:
            await _make_first_key(keys, chosen.format)

    parts = assemble(
        settings=settings,
        catalog=catalog,
        store=PostgresStore(database),
        keys=keys,
        tenants=TenantTable(database),
        webhooks=WebhookTable(database),
        renderer=DocumentReader(DocumentLimits(), processes=RENDER_PROCESSES),
        database=database,
    )

    def say_ports(http_port: int, scaler_port: int) -> None:
        if chosen.format == "json":
            print(json.dumps({"http_port": http_port, "scaler_port": scaler_port}), flush=True)
        else:
            print(f"http://{settings.host}:{http_port}  scaler {settings.scaler_host}:{scaler_port}", flush=True)

    await serve(parts, lambda: _when_the_database_answers(prepare), say_ports)


async def _when_the_database_answers(work: Callable[[], Awaitable[None]]) -> None:
    """Does it, as soon as there is a database. Raises StoreUnavailable when there is none for too long."""
    deadline = time.monotonic() + DATABASE_WAIT_SECONDS
    said = False
    while True:
        try:
            await work()
            return
        except StoreUnavailable:
            if time.monotonic() > deadline:
                raise
            if not said:
                logs.event("waiting-for-database", level=logging.WARNING, seconds=DATABASE_WAIT_SECONDS)
                said = True
            await asyncio.sleep(DATABASE_PAUSE_SECONDS)


async def _make_first_key(keys: KeyTable, form: str) -> None:
    """A gateway nobody has a key for is of no use: the first one makes one, and shows it this once."""
    new = new_key()
    if await keys.create_first(new, tenant=OPEN_TENANT, name="first start") is None:
        return
    print(json.dumps({"key": new.text}) if form == "json" else f"API key (shown only now): {new.text}", flush=True)
