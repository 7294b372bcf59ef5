"""The command `lamplighter-worker`: one process that wakes an engine, works until told to stop, and hands back the rest.

`lamplighter-worker follow` is the other pods of a replica that spreads over several: they lend their GPUs, and lease nothing.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

from .. import logs
from ..catalog import WorkerClass, load_catalog
from ..database import Database
from ..documents.limits import DocumentLimits
from ..documents.page import Document
from ..documents.reader import DocumentReader
from ..engines.base import Engine
from ..errors import LamplighterError, SettingsError
from ..extract.outcome import Outcome
from ..extract.request import parse_request
from ..extract.run import extract
from ..queue.job import JsonObject
from ..queue.postgres.store import PostgresStore
from ..serve_app.follow import follow
from ..settings import WorkerSettings, read_follower_settings, read_worker_settings
from .drain import Stop, stop_on_signals
from .guard import guarded
from .own_pod import OwnPod
from .supervisor import Doors, supervise
from .wake import StartEngine, start_engine

#: Connections to the database: heartbeat, lease, and the writes of jobs that end together. Notices have one of their own.
DATABASE_CONNECTIONS = 4

FOLLOW = "follow"
DESCRIPTION = "Wakes the engine of one worker class, leases jobs from the queue until told to stop, and hands back the rest."
EPILOG = "Settings come from the environment: DATABASE_URL, LAMPLIGHTER_WORKER, LAMPLIGHTER_CATALOG and more (settings.py)."


def main() -> NoReturn:
    """Runs the worker. Exit status 0 after a drain, 2 for wrong settings, 1 when the engine does not come up or has ended."""
    parser = argparse.ArgumentParser(prog="lamplighter-worker", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("role", nargs="?", choices=[FOLLOW], help="join the Ray of a group's head instead of leasing jobs")
    follows = parser.parse_args().role == FOLLOW
    logs.configure()
    # The log is stderr. On stdout Ray prints notices of its own, which are neither JSON nor ours to vouch for.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    status = 0
    try:
        if follows:
            status = _follow()
        else:
            settings = read_worker_settings()
            # Not asyncio.run: stopped while waking, it would wait for the threads that read the weights or load the model.
            asyncio.new_event_loop().run_until_complete(_run(settings, worker_class(settings)))
    except LamplighterError as error:
        print(f"lamplighter-worker: {error.sentence} {error.hint}".rstrip(), file=sys.stderr)
        status = 2 if isinstance(error, SettingsError) else 1
    sys.stderr.flush()
    # The interpreter's own exit would wait for those threads, and for the one that waits for Ray.
    os._exit(status)


def _follow() -> int:
    settings = read_follower_settings()
    folder = _own_folder()
    with guarded(folder):
        return follow(settings, folder)


async def _run(settings: WorkerSettings, worker_class: WorkerClass) -> None:
    await work(settings, worker_class, stop_on_signals(), start_engine)


async def work(settings: WorkerSettings, worker_class: WorkerClass, stop: Stop, start: StartEngine) -> None:
    """One worker with real doors, from its wake to the end of its drain. Raises as `supervise` does."""
    folder = _own_folder()
    with guarded(folder):
        reader = DocumentReader(limits=DocumentLimits(), processes=settings.cpus)
        try:
            async with Database(settings.database_url, connections=DATABASE_CONNECTIONS) as database:
                store = PostgresStore(database)
                doors = Doors(
                    start_engine=start,
                    store=store,
                    read=reader.read,
                    extract=_extract,
                    folder=folder,
                    annotate=OwnPod(settings.pod).annotate if settings.pod else None,
                )
                await supervise(settings, worker_class, doors, stop)
        finally:
            await reader.close()


def _own_folder() -> Path:
    """For Ray's files. Its path is short, for some are Unix sockets and those have at most 107 characters."""
    return Path(tempfile.mkdtemp(prefix="lamp-"))


async def _extract(document: Document, request: JsonObject, engine: Engine) -> Outcome:
    return await extract(document, parse_request(request), engine)


def worker_class(settings: WorkerSettings) -> WorkerClass:
    """The class in the catalog that the settings name. Raises `SettingsError`."""
    catalog = load_catalog(settings.catalog_path)
    if settings.worker not in catalog.workers:
        raise SettingsError(
            f"LAMPLIGHTER_WORKER is {settings.worker!r}, but the catalog has only: {', '.join(sorted(catalog.workers))}.",
            hint="Name one of them.",
        )
    return catalog.workers[settings.worker]
