"""The log of a process: one JSON object a line on stderr, an event name and its fields. Ids, never texts: no document, no key.

Messages of libraries and of exceptions quote values, and we cannot know which. So of an exception only its type and where it
happened are logged, and of a library's record its logger and the first line of its template, without what was filled in.
"""

import logging
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

from .jsonbytes import json_bytes

#: How many innermost frames of an exception are logged.
FRAMES = 8

#: Below these levels uvicorn repeats our own events.
LIBRARY_LEVELS = {"uvicorn": logging.WARNING}

_LOGGER = logging.getLogger("lamplighter")


#: Where events go without passing through `logging`, which costs a submission a fortieth of its time; None: they do not.
_direct: TextIO | None = None


def event(name: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: object) -> None:
    """Logs that `name` happened."""
    if not _LOGGER.isEnabledFor(level):
        return
    if _direct is not None:
        _direct.write(f"{_line(time.time(), level, {'event': name}, fields, error)}\n")
        return
    # Made here and not by `Logger.log`, which walks the stack for a file and a line that our lines do not have.
    caught = None if error is None else (type(error), error, error.__traceback__)
    record = logging.LogRecord(_LOGGER.name, level, "", 0, name, None, caught)
    record.fields = fields
    _LOGGER.handle(record)


@contextmanager
def written_directly() -> Iterator[None]:
    """Sends events straight to stderr for the length of the block: for a process that writes a line a request."""
    global _direct  # noqa: PLW0603 - one log a process
    _direct = sys.stderr
    try:
        yield
    finally:
        _direct = None


def configure(level: int = logging.INFO) -> None:
    """Sends this process's log to stderr as JSON lines. Called once, by the command."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # What no line of ours shows and every record would look up.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for name, least in LIBRARY_LEVELS.items():
        logging.getLogger(name).setLevel(least)


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        if record.name == _LOGGER.name:
            head: dict[str, object] = {"event": record.msg}
        else:
            head = {"event": str(record.msg).partition("\n")[0], "logger": record.name}
        error = record.exc_info[1] if record.exc_info else None
        return _line(record.created, record.levelno, head, getattr(record, "fields", {}), error)


def _line(at: float, level: int, head: Mapping[str, object], fields: Mapping[str, object], error: BaseException | None) -> str:
    line: dict[str, object] = {
        "at": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds"),
        "level": logging.getLevelName(level).lower(),
        **head,
        **fields,
    }
    if error is not None:
        line["error"] = type(error).__name__
        line["frames"] = _frames(error)
    return json_bytes(line).decode()


def _frames(error: BaseException) -> list[str]:
    summary = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in summary]
