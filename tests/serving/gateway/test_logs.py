"""The log: one JSON object a line, and no text of anybody's in it."""

import asyncio
import json
import logging

from lamplighter_serving import logs
from serving.gateway.conftest import LogLines

CANARY = "canary-91aa"


def test_event_is_one_line_with_its_fields(log_lines: LogLines) -> None:
    logs.event("job-done", level=logging.WARNING, job="7", seconds=1.5, text="two\nlines “quoted”")
    (line,) = log_lines()
    assert str(line.pop("at")).endswith("+00:00")
    assert line == {"level": "warning", "event": "job-done", "job": "7", "seconds": 1.5, "text": "two\nlines “quoted”"}


def test_event_below_the_level_is_not_written(log_lines: LogLines) -> None:
    logs.event("request", level=logging.DEBUG)
    assert log_lines() == []


def test_error_is_its_type_and_its_place_without_its_message(log_lines: LogLines) -> None:
    try:
        int(CANARY)
    except ValueError as error:
        logs.event("attempt-failed", error=error)
    (line,) = log_lines()
    assert line["error"] == "ValueError"
    assert "test_logs.py" in str(line["frames"])
    assert CANARY not in json.dumps(line)


def test_field_of_any_type_is_written(log_lines: LogLines) -> None:
    logs.event("odd", path=logging, bytes_=b"x")
    assert log_lines()[0]["event"] == "odd"


def test_library_says_its_template_and_not_what_was_filled_in(log_lines: LogLines) -> None:
    logging.getLogger("library").warning("cannot parse %s", CANARY)
    (line,) = log_lines()
    assert (line["event"], line["logger"]) == ("cannot parse %s", "library")


def test_exception_that_nobody_fetched_does_not_quote_itself(log_lines: LogLines) -> None:
    async def fail() -> None:
        raise ValueError(CANARY)

    async def forget() -> None:
        asyncio.create_task(fail())  # noqa: RUF006 - that is the mistake
        await asyncio.sleep(0)

    asyncio.run(forget())
    (line,) = [line for line in log_lines() if line.get("logger") == "asyncio"]
    assert CANARY not in json.dumps(line)
    assert line["error"] == "ValueError"


def test_libraries_repeat_none_of_our_events(log_lines: LogLines) -> None:
    logging.getLogger("uvicorn.error").info("Started server process")
    assert log_lines() == []
