"""What became of each file of a folder, a line of JSON each, written as it happens: a run's output, and what the next resumes.

A run that was killed may have left half a line; it is cut off, for its file is not known to have ended.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from ..errors import SettingsError

#: States that another run would only repeat: the answer stands, or the document is at fault.
SETTLED = frozenset({"done", "failed", "refused"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One file. `task` and `sha256` say what was asked of which content; `data` and `fields` are None without a result."""

    file: str  # relative to the folder, with slashes
    task: str
    sha256: str
    state: str  # a final state of a job, or `refused`
    job: str | None = None
    data: Mapping[str, Any] | None = None
    fields: tuple[Mapping[str, Any], ...] | None = None
    problem: Mapping[str, str] | None = None


class Record:
    """The file of entries, open for more. Raises `SettingsError` when it cannot be read or is of another kind."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._settled: dict[tuple[str, str, str], str] = {}
        try:
            self._stream = path.open("a+b")
        except OSError as error:
            raise SettingsError(f"{path} cannot be written: {error.strerror}.", hint="Name another file with --out.") from error
        try:
            self._read()
        except BaseException:  # whatever it was, nobody else would close it: there is no object yet
            self._stream.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stream.close()

    def settled(self, file: str, task: str, sha256: str) -> str | None:
        """The state in which this file with this content and task has ended for good, if it has."""
        return self._settled.get((file, task, sha256))

    def add(self, entry: Entry) -> None:
        """Writes an entry; it is in the file when this returns."""
        line = orjson.dumps({name: value for name, value in asdict(entry).items() if value is not None})
        self._stream.write(line + b"\n")
        self._stream.flush()
        self._note(entry.file, entry.task, entry.sha256, entry.state)

    def _read(self) -> None:
        self._stream.seek(0)
        whole = 0
        for number, line in enumerate(self._stream, start=1):
            if not line.endswith(b"\n"):
                break
            try:
                entry = orjson.loads(line)
                self._note(entry["file"], entry["task"], entry["sha256"], entry["state"])
            except (orjson.JSONDecodeError, LookupError, TypeError):
                raise SettingsError(
                    f"{self._path}, line {number}, is not of an earlier run.", hint="Name another file with --out."
                ) from None
            whole += len(line)
        self._stream.truncate(whole)

    def _note(self, file: str, task: str, sha256: str, state: str) -> None:
        if state in SETTLED:
            self._settled[file, task, sha256] = state


def task_digest(*, extractor: str | None, schema: Mapping[str, Any] | None, instructions: str) -> str:
    """What is asked of each document, as a short text: equal for equal tasks."""
    if extractor and not instructions:
        return extractor
    text = json.dumps([extractor, schema, instructions], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
