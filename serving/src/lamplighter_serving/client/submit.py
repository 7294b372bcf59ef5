"""The program `lamplighter-submit`: a folder of documents in, a file of results out. Exit codes: 0 every document has a result,
1 some have none, 2 it could not run, 130 interrupted."""

import argparse
import asyncio
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import LamplighterError, SettingsError
from ..settings import ClientSettings, read_client_settings
from .aio import CONNECTIONS, AsyncClient
from .folder import Progress, Task, read_folder, states_of
from .record import Record

EXIT_SOME_WITHOUT, EXIT_COULD_NOT_RUN, EXIT_INTERRUPTED = 1, 2, 130
#: How many documents are under way: enough for several workers, few enough to see an error soon.
AT_ONCE = 32
BAR_CHARACTERS = 30
#: How often the bar is drawn on a terminal, and how often a line is written elsewhere.
DRAW_SECONDS, LINE_SECONDS = 0.2, 10.0

EXAMPLES = """\
examples:
  LAMPLIGHTER_KEY=ll_… lamplighter-submit invoices --extractor invoice --out results.jsonl
  lamplighter-submit contracts --schema contract.json --instructions "Amounts include VAT." --out contracts.jsonl
  lamplighter-submit archive --extractor invoice --out archive.jsonl --priority -10 --format json

each line of the output holds a file, its data and where each value stands. The same command goes on where it stopped: files
whose result stands in the output are left alone, and a job that was under way is found again.

environment: LAMPLIGHTER_KEY (the key), LAMPLIGHTER_ADDRESS (default: http://127.0.0.1:8080)
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program; returns the exit code."""
    options = _parser().parse_args(arguments)
    begin = time.monotonic()
    try:
        settings = read_client_settings()
        progress = asyncio.run(_run(options, settings))
    except LamplighterError as error:
        print(f"lamplighter-submit: {error.sentence} {error.hint}".rstrip(), file=sys.stderr)
        return EXIT_COULD_NOT_RUN
    except KeyboardInterrupt:
        print("\nlamplighter-submit: interrupted; the same command goes on from here.", file=sys.stderr)
        return EXIT_INTERRUPTED
    _report(progress, time.monotonic() - begin, options)
    return 0 if progress.ended.total() == progress.ended["done"] else EXIT_SOME_WITHOUT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lamplighter-submit",
        description="Sends every document of a folder to the gateway and writes what it answers, one line of JSON a document.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="documents here and in the folders below it")
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--extractor", metavar="NAME", help="a task that the gateway knows")
    task.add_argument("--schema", type=Path, metavar="FILE", help="a JSON Schema of your own")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the results go; a run adds to it")
    parser.add_argument("--instructions", default="", metavar="TEXT", help="what to tell the model beside the schema")
    parser.add_argument("--priority", type=int, default=0, metavar="N", help="from -100 to 100; higher goes first")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, metavar="N", help=f"documents under way (default: {AT_ONCE})")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the summary (default: text)")
    return parser


async def _run(options: argparse.Namespace, settings: ClientSettings) -> Progress:
    if not 1 <= options.at_once <= CONNECTIONS:
        raise SettingsError(f"--at-once is {options.at_once}; it may be from 1 to {CONNECTIONS}.")
    task = Task(
        extractor=options.extractor,
        schema=None if options.schema is None else _schema(options.schema),
        instructions=options.instructions,
        priority=options.priority,
    )
    bar = Bar()
    with Record(options.out) as record:
        async with AsyncClient(settings.address, settings.key) as client:
            drawing = asyncio.create_task(bar.run())
            try:
                return await read_folder(client, options.folder, task, record, at_once=options.at_once, on_progress=bar.show)
            finally:
                drawing.cancel()
                bar.end()


class Bar:
    """How far the run is, on stderr: a bar that moves on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._progress: Progress | None = None
        self._begin = time.monotonic()
        self._drawn = False

    def show(self, progress: Progress) -> None:
        """What to draw from now on."""
        self._progress = progress

    async def run(self) -> None:
        """Draws until cancelled; the first line comes late enough that a short run has none."""
        while True:
            await asyncio.sleep(DRAW_SECONDS if self._terminal else LINE_SECONDS)
            self._draw()

    def end(self) -> None:
        """Leaves the terminal as it was."""
        if self._terminal and self._drawn:
            print(f"\r{' ' * (shutil.get_terminal_size().columns - 1)}\r", end="", file=sys.stderr, flush=True)

    def _draw(self) -> None:
        if self._progress is None:
            return
        text = progress_text(self._progress, time.monotonic() - self._begin)
        self._drawn = True
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{text[:width]:<{width}}", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)


def progress_text(progress: Progress, seconds: float) -> str:
    """One line: a bar, counts, and the time that is left at this pace."""
    ended = progress.ended.total()
    share = (progress.settled + ended) / progress.files
    filled = int(share * BAR_CHARACTERS)
    bar = "#" * filled + "." * (BAR_CHARACTERS - filled)
    without = ended - progress.ended["done"]
    parts = [f"[{bar}] {progress.settled + ended} of {progress.files}"]
    parts += [f"{without} without a result"] if without else []
    parts += [f"{progress.under_way} under way"] if progress.under_way else []
    parts += [f"about {progress.left * seconds / ended:.0f} s left"] if ended and progress.left else []
    return ", ".join(parts)


def _report(progress: Progress, seconds: float, options: argparse.Namespace) -> None:
    if options.format == "json":
        states = {state: count for state, count in states_of(progress) if count}
        summary = {"files": progress.files, "settled_before": progress.settled, "states": states, "seconds": round(seconds, 3)}
        print(json.dumps(summary | {"out": str(options.out)}))
        return
    told = ", ".join(f"{count} {state}" for state, count in states_of(progress))
    before = f", {progress.settled} settled before" if progress.settled else ""
    print(f"{progress.files} documents: {told}{before}, in {seconds:.1f} s. Results: {options.out}")


def _schema(path: Path) -> dict[str, Any]:
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"The schema {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingsError(f"The schema {path} is not JSON: {error}.") from error
    if not isinstance(schema, dict):
        raise SettingsError(f"The schema {path} is not a JSON object.")
    return schema


if __name__ == "__main__":
    sys.exit(main())
