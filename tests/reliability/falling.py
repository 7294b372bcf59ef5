"""A PostgreSQL that goes away and comes back: told to stop, told to stop at once, or killed."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum

import psutil
import psycopg

from embedded_postgres import EmbeddedPostgres, embedded_postgres
from reliability.member import DEADLINE_SECONDS, wait_until


class Shutdown(Enum):
    """How the server goes away: by which signal to its first process."""

    FAST = signal.SIGINT  # ends every session, writes a checkpoint: a restart of the pod
    IMMEDIATE = signal.SIGQUIT  # ends every session at once, recovers at the next start: a node that is taken away
    KILLED = signal.SIGKILL  # the others find out by themselves: out of memory


class FallingPostgres:
    """A server whose absences the caller decides on."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server
        self.url = server.url

    def go(self, how: Shutdown) -> None:
        """The server goes away, and is away when this returns."""
        first = psutil.Process(self._pid())
        family = [first, *first.children(recursive=True)]
        first.send_signal(how.value)
        wait_until(f"PostgreSQL ended by {how.name}", lambda: not any(_runs(process) for process in family))

    def come_back(self) -> None:
        """The server runs again, at the same address."""
        until = time.monotonic() + DEADLINE_SECONDS
        while True:
            try:
                return self._server.start()
            except Exception:
                # Its parts may still be taken down: the library has several errors for that.
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _pid(self) -> int:
        return int(self._server._server.get_pid())


@contextmanager
def falling_postgres() -> Iterator[FallingPostgres]:
    """A server of its own; it is up again at the end, so that it can be stopped."""
    with embedded_postgres() as server:
        with psycopg.connect(server.url, autocommit=True) as connection:
            # A process that is killed leaves what it wrote with the system; the disk would only make recovery slower.
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("SELECT pg_reload_conf()")
        falling = FallingPostgres(server)
        try:
            yield falling
        finally:
            falling.come_back()


def _runs(process: psutil.Process) -> bool:
    """Whether it runs; one that ended as a child of ours (the fleet adopts orphans) is buried, so that its number is free."""
    with suppress(psutil.NoSuchProcess):
        if process.status() != psutil.STATUS_ZOMBIE:
            return process.is_running()
        with suppress(ChildProcessError):
            os.waitpid(process.pid, os.WNOHANG)
        return process.is_running()
    return False
