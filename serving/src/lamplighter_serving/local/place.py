"""Where the demo keeps things: one folder, for good or for one run, used by one demo at a time.

postgres/   the embedded PostgreSQL's data
logs/       one file a process, begun anew at each start; those of a run that keeps nothing are in memory
key         the API key of this demo, readable by its user alone
lock        held while a demo runs
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import SettingsError
from ..worker.guard import guarded

NAME = "lamplighter"
#: PostgreSQL refuses to run as root, so for root it runs as a user who cannot enter root's home, and should not.
ROOTS_FOLDER = Path("/var/lib") / NAME


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The folder of a demo. `kept` tells whether it outlives this run."""

    folder: Path
    kept: bool

    @property
    def postgres(self) -> Path:
        """Where PostgreSQL keeps its data."""
        return self.folder / "postgres"

    @property
    def logs(self) -> Path:
        """Where the processes write their logs, in a place that stays."""
        return self.folder / "logs"

    def open_log(self, name: str) -> BinaryIO:
        """A log to write to, and to read the last words from."""
        if self.kept:
            return (self.logs / f"{name}.log").open("a+b")
        # Not in the folder: its guard ends everyone who has a file open there, and a worker's own guard inherits the log.
        return open(os.memfd_create(name), "w+b")

    @property
    def key(self) -> Path:
        """The file with the API key."""
        return self.folder / "key"


def data_folder(environment: Mapping[str, str], *, root: bool) -> Path:
    """Where a user's data belongs: $XDG_DATA_HOME, else ~/.local/share; for root /var/lib."""
    if given := environment.get("XDG_DATA_HOME", "").strip():
        return Path(given) / NAME
    return ROOTS_FOLDER if root else Path.home() / ".local" / "share" / NAME


@contextmanager
def lasting_place(folder: Path) -> Iterator[Place]:
    """A folder that stays. Raises `SettingsError` when it cannot be used or another demo uses it."""
    place = Place(folder=folder.expanduser().resolve(), kept=True)
    try:
        place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(place.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise SettingsError(
            f"The data folder {place.folder} cannot be used: {error.strerror}.", hint="Choose another with --data FOLDER."
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(
                f"Another demo runs with the data folder {place.folder}.", hint="Stop it, or choose another with --data FOLDER."
            ) from None
        shutil.rmtree(place.logs, ignore_errors=True)
        place.logs.mkdir(mode=0o700)
        yield place
    finally:
        os.close(lock)


@contextmanager
def passing_place() -> Iterator[Place]:
    """A folder that goes with the block, and with this process even if that is killed."""
    place = Place(folder=Path(tempfile.mkdtemp(prefix="lamplighter-")), kept=False)
    with guarded(place.folder):
        yield place
