"""A real `lamplighter-worker` on a real PostgreSQL, and what it leaves behind."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

WORKER = "extract"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["invoice_number", "total_amount"],
    "properties": {
        "invoice_number": {"type": ["string", "null"], "title": "Invoice number", "description": "číslo faktury"},
        "total_amount": {"type": ["number", "null"], "title": "Total amount", "description": "celkem k úhradě"},
    },
}
CANARY = "canary-7731"
INVOICE = f"""Faktura č. 2024001
Dodavatel: {CANARY} s.r.o.
Datum vystavení: 12. 3. 2024
Celkem bez DPH: 1 000,00 Kč
DPH 21 %: 210,00 Kč
Celkem k úhradě: 1 210,00 Kč
"""


def write_catalog(folder: Path, engine: str, options: Mapping[str, object], **more: object) -> Path:
    """A catalog of one worker class."""
    worker = {"engine": engine, "model": "model-of-the-test", "contextTokens": 2048, "concurrency": 2}
    worker |= {"engineOptions": dict(options), "scale": {"maxJobSeconds": 240}} | more
    path = folder / "catalog.json"
    path.write_text(json.dumps({"defaultWorker": WORKER, "workers": {WORKER: worker}, "extractors": {}}))
    return path


class WorkerProcess:
    """A running worker. Its log is read from a file; `TMPDIR` is a folder of the test, so that what is left is seen."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path, temporary: Path) -> None:
        self.process = process
        self._log = log
        self.temporary = temporary

    @property
    def log(self) -> str:
        """Everything it has written so far, to stdout and stderr."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def events(self) -> list[dict[str, Any]]:
        """The lines of its log that are events."""
        found = []
        for line in self.log.splitlines():
            if line.startswith("{"):
                found.append(json.loads(line))
        return found

    def wait_for(self, condition: Any, seconds: float) -> None:
        """Waits until `condition()` holds; fails at once when the process ends."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, f"the worker ended with {self.process.returncode}:\n{self.log}"
            assert time.monotonic() < deadline, f"the worker took too long:\n{self.log}"
            time.sleep(0.02)

    def wait_for_event(self, name: str, seconds: float) -> None:
        self.wait_for(lambda: any(each["event"] == name for each in self.events()), seconds)

    def left_files(self) -> list[str]:
        """What stands in its temporary folder."""
        return sorted(each.name for each in self.temporary.iterdir())


@contextmanager
def worker_process(
    database_url: str, catalog: Path, folder: Path, *, cwd: Path | None = None, **environment: str
) -> Iterator[WorkerProcess]:
    """Starts a worker; at the end of the block it is killed if it still runs, and nothing of it may be left."""
    # Short: Ray puts Unix sockets into it, whose paths have at most 107 characters.
    temporary, home, log = folder / "t", folder / "h", folder / "log"
    for each in (temporary, home):
        each.mkdir(exist_ok=True)
    variables = {
        **os.environ,
        "DATABASE_URL": database_url,
        "LAMPLIGHTER_CATALOG": str(catalog),
        "LAMPLIGHTER_WORKER": WORKER,
        "LAMPLIGHTER_HEARTBEAT": "200ms",
        "TMPDIR": str(temporary),
        "HOME": str(home),
        **environment,
    }
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [str(Path(sys.executable).with_name("lamplighter-worker"))],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=cwd,
        )
    try:
        yield WorkerProcess(process, log, temporary)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def processes_of(folder: Path) -> list[str]:
    """Command lines of living processes whose environment names the folder: all that a worker of this test has started."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get("TMPDIR") == str(folder):
                found.append(" ".join(process.cmdline()[:6]))
        except (psutil.AccessDenied, psutil.NoSuchProcess):
            continue
    return found
