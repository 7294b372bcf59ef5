"""A gateway over a real PostgreSQL: one for all tests, emptied before each, and more for those that want their own settings."""

import io
import json
import logging
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Protocol

import httpx
import psycopg
import pytest
from psycopg import conninfo, sql

from lamplighter_serving import logs
from serving.gateway.processes import GatewayProcess, serving
from serving.gateway.running import RunningGateway

#: Everything a test leaves behind; what belongs to a job goes with it.
TABLES = (
    "batches",
    "files",
    "jobs",
    "outcomes",
    "presences",
    "tallies",
    "api_keys",
    "tenants",
    "usage",
    "webhook_secrets",
)


LogLines = Callable[[], list[dict[str, Any]]]


class NewGateway(Protocol):
    """Starts one more gateway over the test's database; `more` goes to `RunningGateway`."""

    def __call__(self, settings: Mapping[str, str] | None = None, **more: Any) -> RunningGateway: ...


@contextmanager
def fresh_database(server_url: str, template: str) -> Iterator[str]:
    """The address of a database of one's own, for longer than one test."""
    name = f"lamplighter_test_{uuid.uuid4().hex}"
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**names))
        yield conninfo.make_conninfo(server_url, dbname=name)
        server.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(**names))


@pytest.fixture(scope="session")
def shared_gateway(postgres_url: str, database_template: str) -> Iterator[RunningGateway]:
    """The gateway that most tests use; ask for `gateway`."""
    with fresh_database(postgres_url, database_template) as url, RunningGateway(url) as running:
        yield running


@pytest.fixture(scope="session")
def process(postgres_url: str, database_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    """A gateway in a process of its own, for all tests that want one: starting it takes seconds."""
    folder = tmp_path_factory.mktemp("gateway")
    settings = {"LAMPLIGHTER_SPOOL_DIR": str(folder)}
    with fresh_database(postgres_url, database_template) as url, serving(url, folder / "log", **settings) as running:
        yield running


@pytest.fixture
def gateway(shared_gateway: RunningGateway) -> Iterator[RunningGateway]:
    """A gateway without jobs, workers and keys."""
    with psycopg.connect(shared_gateway.settings.database_url, autocommit=True) as connection:
        for table in TABLES:
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    yield shared_gateway
    shared_gateway.close_clients()


@pytest.fixture
def client(gateway: RunningGateway) -> httpx.Client:
    """A client of the tenant `TENANT`."""
    return gateway.client()


@pytest.fixture
def new_gateway(database_url: str) -> Iterator[NewGateway]:
    with ExitStack() as stack:

        def start(settings: Mapping[str, str] | None = None, **more: Any) -> RunningGateway:
            return stack.enter_context(RunningGateway(database_url, settings=settings, **more))

        yield start


@contextmanager
def own_log() -> Iterator[None]:
    """A log that a command may configure; pytest's own handlers are out of its reach meanwhile."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    levels = {logger: logger.level for logger in (root, *map(logging.getLogger, logs.LIBRARY_LEVELS))}
    root.handlers[:] = []
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for logger, level in levels.items():
            logger.setLevel(level)


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[LogLines]:
    """The log as a command configures it; gives the lines written since it was last asked."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)

    def lines() -> list[dict[str, Any]]:
        text = written.getvalue()
        written.seek(0)
        written.truncate()
        return [json.loads(line) for line in text.splitlines()]

    with own_log():
        logs.configure()
        yield lines
