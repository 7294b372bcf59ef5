"""A fleet of real processes over one database: gateways, workers, and proof that nothing of them is left.

For its length this process adopts orphans (PR_SET_CHILD_SUBREAPER), so that whatever a killed member leaves running becomes a
child of ours and is found, whoever started it. Every member gets a temporary folder of the fleet's own, for the same reason.
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from reliability.member import DEADLINE_SECONDS, Member, wait_until

#: The console scripts of the environment the tests run in.
SCRIPTS = Path(sys.executable).parent
HOST = "127.0.0.1"
_PR_SET_CHILD_SUBREAPER = 36

#: A lease that ends soon after its worker, so that a test need not wait half a minute for it.
LEASE_SECONDS = 3.0
WORKER_SETTINGS = {
    "LAMPLIGHTER_LEASE": f"{LEASE_SECONDS:g}s",
    "LAMPLIGHTER_HEARTBEAT": "500ms",
    "LAMPLIGHTER_GRACE": "10s",
    "LAMPLIGHTER_CPUS": "1",
}


class Gateway(Member):
    """A gateway. It listens on a port of the system's choice in its first life, and on that one afterwards."""

    @property
    def address(self) -> str:
        """Where its HTTP is."""
        return f"http://{HOST}:{self.environment['LAMPLIGHTER_PORT']}"

    def wait_ready(self) -> None:
        """Waits until it listens, and keeps its ports for its next lives."""
        super().wait_ready()
        ports = next(event for event in self.events(this_life=True) if "http_port" in event)
        self.environment["LAMPLIGHTER_PORT"] = str(ports["http_port"])
        self.environment["LAMPLIGHTER_SCALER_PORT"] = str(ports["scaler_port"])


class Fleet:
    """Gateways and workers over the migrated database at `database_url`; all end with the block."""

    def __init__(self, database_url: str, catalog: Mapping[str, Any]) -> None:
        self.database_url = database_url
        self._catalog = catalog
        self.members: list[Member] = []
        self.key = ""

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="fleet-"))
        self._temporary = self._folder / "tmp"
        self._spool = self._folder / "spool"
        self._temporary.mkdir()
        self._spool.mkdir()
        self._before = set(psutil.Process().children())
        _adopt_orphans(True)
        try:
            self.key = self._make_key()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    @property
    def gateways(self) -> list[Gateway]:
        """The gateways in the order they were added."""
        return [member for member in self.members if isinstance(member, Gateway)]

    @property
    def workers(self) -> list[Member]:
        """The workers in the order they were added."""
        return [member for member in self.members if not isinstance(member, Gateway)]

    @property
    def addresses(self) -> list[str]:
        """Of all gateways; they were ready once."""
        return [gateway.address for gateway in self.gateways]

    def start(self, *, gateways: int, workers: int) -> None:
        """Adds so many of both and waits until they work."""
        for place in range(gateways):
            self.add_gateway(f"gateway-{place}")
        for place in range(workers):
            self.add_worker(f"worker-{place}")
        self.wait_ready()

    def add_gateway(self, name: str) -> Gateway:
        """Starts a gateway; `wait_ready` says when it works."""
        gateway = Gateway(
            name,
            command=[str(SCRIPTS / "lamplighter-gateway"), "serve", "--format", "json"],
            environment={**self._environment(), "LAMPLIGHTER_PORT": "0", "LAMPLIGHTER_SCALER_PORT": "0"},
            folder=self._folder,
            ready=lambda event: event.get("event") == "listening",
        )
        self._start(gateway)
        return gateway

    def add_worker(
        self,
        name: str,
        worker: str = "extract",
        *,
        catalog: Mapping[str, Any] | None = None,
        command: tuple[str, ...] = (str(SCRIPTS / "lamplighter-worker"),),
        environment: Mapping[str, str] | None = None,
    ) -> Member:
        """Starts a worker of a class, with a catalog of its own where it is to differ; `wait_ready` says when it works."""
        more = {} if catalog is None else {"LAMPLIGHTER_CATALOG": self._written(name, catalog)}
        member = Member(
            name,
            command=command,
            environment={**self._environment(), **WORKER_SETTINGS, "LAMPLIGHTER_WORKER": worker, **more, **(environment or {})},
            folder=self._folder,
            ready=lambda event: event.get("event") == "wake-stage" and event.get("stage") == "engine",
        )
        self._start(member)
        return member

    def add_follower(self, name: str, environment: Mapping[str, str]) -> Member:
        """Starts a process that joins a worker's Ray; it knows neither database nor catalog."""
        member = Member(
            name,
            command=(str(SCRIPTS / "lamplighter-worker"), "follow"),
            environment={
                "PATH": os.environ["PATH"],
                "TMPDIR": str(self._temporary),
                "HOME": str(self._temporary),
                **environment,
            },
            folder=self._folder,
            ready=lambda event: event.get("event") == "following",
        )
        self._start(member)
        return member

    def wait_ready(self) -> None:
        """Waits for every member."""
        for member in self.members:
            member.wait_ready()

    def stop(self) -> dict[str, int]:
        """SIGTERM to every member that lives, workers first; the exit statuses by name."""
        alive = [member for member in (*self.workers, *self.gateways) if member.alive]
        for member in alive:
            member.ask_to_stop()
        return {member.name: member.wait_end() for member in alive}

    def leftovers(self) -> list[str]:
        """What members that ended have left: processes and files. Waits a moment for guards to finish their work."""
        with suppress(AssertionError):
            wait_until("nothing is left", lambda: not self._left(), seconds=10.0)
        return self._left()

    def _left(self) -> list[str]:
        files = [str(path.relative_to(self._folder)) for folder in self._own for path in folder.rglob("*")]
        return [*files, *(f"process {' '.join(process.cmdline()[:4])}" for process in self._orphans())]

    @property
    def _own(self) -> tuple[Path, Path]:
        return self._temporary, self._spool

    def _orphans(self) -> Iterator[psutil.Process]:
        """Running children of this process that are neither members nor of an embedded PostgreSQL."""
        members = {member.pid for member in self.members}
        for process in set(psutil.Process().children()) - self._before:
            with suppress(psutil.NoSuchProcess):
                if process.pid in members or process.name() in ("postgres", "pg_ctl"):
                    continue
                if process.status() == psutil.STATUS_ZOMBIE:
                    _bury(process.pid)
                else:
                    yield process

    def _start(self, member: Member) -> None:
        self.members.append(member)
        member.start()

    def _environment(self) -> dict[str, str]:
        own = {
            "DATABASE_URL": self.database_url,
            "LAMPLIGHTER_CATALOG": self._written("catalog", self._catalog),
            "LAMPLIGHTER_SPOOL_DIR": str(self._spool),
            "TMPDIR": str(self._temporary),
        }
        return {**{name: value for name, value in os.environ.items() if not name.startswith("LAMPLIGHTER_")}, **own}

    def _written(self, name: str, catalog: Mapping[str, Any]) -> str:
        path = self._folder / f"{name}.json"
        path.write_text(json.dumps(catalog), encoding="utf-8")
        return str(path)

    def _make_key(self) -> str:
        command = [str(SCRIPTS / "lamplighter-gateway"), "keys", "create", "--name", "fleet", "--format", "json"]
        made = subprocess.run(command, env=self._environment(), capture_output=True, check=True, timeout=DEADLINE_SECONDS)
        return str(json.loads(made.stdout)["key"])

    def _end(self) -> None:
        for member in self.members:
            member.end()
        for process in self._orphans():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        _adopt_orphans(False)
        shutil.rmtree(self._folder, ignore_errors=True)


def _adopt_orphans(adopt: bool) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, int(adopt), 0, 0, 0)


def _bury(pid: int) -> None:
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
