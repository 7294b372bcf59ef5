"""The gateway's log: one JSON object a line on stderr, an event name and its fields. Ids, never texts: no document, no key.

An exception is logged as its type and where it happened, without its message: messages of drivers and parsers quote values.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

#: How many innermost frames of an exception are logged.
FRAMES = 8

_LOGGER = logging.getLogger("lamplighter.gateway")


def event(name: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: object) -> None:
    """Logs that `name` happened."""
    if _LOGGER.isEnabledFor(level):
        _LOGGER.log(level, name, exc_info=error, extra={"fields": fields})


def configure(level: int = logging.INFO) -> None:
    """Sends this process's log to stderr as JSON lines. Called once, by the command."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # What uvicorn says beside errors repeats our own events.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        line.update(getattr(record, "fields", {}))
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["frames"] = _frames(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def _frames(error: BaseException) -> list[str]:
    summary = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in summary]
