"""What the tests of this room share: a catalog whose engine is scripted, small documents, and the demo as a process."""

import json
import os
import signal
import subprocess
import sys
import sysconfig
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

#: Every process of a demo inherits it, so that what is left of one can be found.
MARK = "LAMPLIGHTER_TEST_MARK"
#: A machine that is busy with other things is slow; a healthy one needs a tenth of it or less.
PATIENCE_SECONDS = 150.0
LOOK_SECONDS = 0.05

INVOICE = """\
Faktura číslo: 2026{number:04}
Dodavatel: Lampa s.r.o.   IČO: 27074358
Datum vystavení: 1. 3. 2026
Datum splatnosti: 15. 3. 2026
Celkem k úhradě: 1 210,00 Kč
"""


def write_catalog(path: Path, *, cooldown_seconds: float = 60.0, **engine_options: object) -> Path:
    """A catalog with one worker class `extract` and one extractor `invoice`."""
    catalog = {
        "workers": {
            "extract": {
                "engine": "scripted",
                "model": "none",
                "engineOptions": engine_options,
                "scale": {"cooldownSeconds": cooldown_seconds},
            }
        },
        "extractors": {
            "invoice": {
                "worker": "extract",
                "schema": {
                    "type": "object",
                    "required": ["invoice_number", "total_amount"],
                    "properties": {
                        "invoice_number": {
                            "type": ["string", "null"],
                            "title": "Invoice number",
                            "description": "číslo faktury",
                        },
                        "total_amount": {
                            "type": ["number", "null"],
                            "title": "Total amount",
                            "description": "celkem k úhradě",
                        },
                    },
                },
            }
        },
    }
    path.write_text(json.dumps(catalog))
    return path


def write_invoices(folder: Path, count: int) -> Path:
    """A folder with invoices as plain text, and with what lies beside documents."""
    folder.mkdir()
    for number in range(1, count + 1):
        (folder / f"invoice-{number}.txt").write_text(INVOICE.format(number=number))
    (folder / "truth.json").write_text("{}")
    (folder / "README.md").write_text("Invoices.")
    (folder / ".hidden").write_text("nothing")
    return folder


def eventually(what: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    """Waits until `what` is true."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"not so within {seconds:g} s"
        time.sleep(LOOK_SECONDS)


class Demo:
    """A `lamplighter-demo` process."""

    def __init__(self, arguments: Sequence[str], *, catalog: Path | None, temporary: Path, **environment: str) -> None:
        self.mark = uuid.uuid4().hex
        self.temporary = temporary
        known = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        known |= {MARK: self.mark, "TMPDIR": str(temporary), **environment}
        if catalog is not None:
            known["LAMPLIGHTER_CATALOG"] = str(catalog)
        self.process = subprocess.Popen(
            [sys.executable, str(Path(sysconfig.get_path("scripts")) / "lamplighter-demo"), *arguments],
            env=known,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def greeting(self) -> dict[str, Any]:
        """What it prints once all is up, with `--format json`."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.end()
        return dict(json.loads(line))

    def end(self) -> tuple[int, str, str]:
        """Waits for its end; status, output and talk."""
        out, talk = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, out, talk

    def ask(self, number: signal.Signals) -> tuple[int, str, str]:
        """Sends a signal and waits for the end."""
        self.process.send_signal(number)
        return self.end()

    def descendants(self) -> list[psutil.Process]:
        """Everything it has started that still has it as an ancestor."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, program: str) -> psutil.Process:
        """Its gateway or worker. Waits for it."""
        found: list[psutil.Process] = []

        def look() -> bool:
            found[:] = [each for each in self.descendants() if f"local.tether {self.process.pid} - {program}" in words(each)]
            return bool(found)

        eventually(look)
        return found[0]

    def left(self) -> list[psutil.Process]:
        """Processes with its mark, itself excepted, and PostgreSQL's that work under its temporary folder."""
        return [each for each in psutil.process_iter() if each.pid != self.process.pid and self._is_mine(each)]

    def _is_mine(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            # PostgreSQL writes its title over its environment.
            return process.environ().get(MARK) == self.mark or process.cwd().startswith(f"{self.temporary}/")
        return False


def words(process: psutil.Process) -> str:
    """The command line."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


@contextmanager
def demo(*arguments: str, catalog: Path | None, temporary: Path, **environment: str) -> Iterator[Demo]:
    """A demo that is gone after the block, whatever happens in it."""
    running = Demo(arguments, catalog=catalog, temporary=temporary, **environment)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.communicate()
        eventually(lambda: not running.left())
