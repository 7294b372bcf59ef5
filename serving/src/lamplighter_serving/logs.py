"""The log of a process: one JSON object a line on stderr, an event name and its fields. Ids, never texts: no document, no key.

Messages of libraries and of exceptions quote values, and we cannot know which. So of an exception only its type and where it
happened are logged, and of a library's record its logger and the first line of its template, without what was filled in.
"""

import logging
import sys
import traceback
from datetime import UTC, datetime

from .jsonbytes import json_bytes

#: How many innermost frames of an exception are logged.
FRAMES = 8

#: Below these levels uvicorn repeats our own events.
LIBRARY_LEVELS = {"uvicorn": logging.WARNING}

_LOGGER = logging.getLogger("lamplighter")


def event(name: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: object) -> None:
    """Logs that `name` happened."""
    if _LOGGER.isEnabledFor(level):
        # Made here and not by `Logger.log`, which walks the stack for a file and a line that our lines do not have.
        caught = None if error is None else (type(error), error, error.__traceback__)
        record = logging.LogRecord(_LOGGER.name, level, "", 0, name, None, caught)
        record.fields = fields
        _LOGGER.handle(record)


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
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        if record.name == _LOGGER.name:
            line["event"] = record.msg
        else:
            line["event"] = str(record.msg).partition("\n")[0]
            line["logger"] = record.name
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["frames"] = _frames(record.exc_info[1])
        return json_bytes(line).decode()


def _frames(error: BaseException) -> list[str]:
    summary = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in summary]
