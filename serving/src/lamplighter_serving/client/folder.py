"""A whole folder through the gateway: every file submitted once, so many at a time, each result recorded as it comes.

A file's Idempotency-Key follows from its name, its content and the task. So a run that was killed after a submission finds that
job again instead of making a second one.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from .aio import AsyncClient
from .errors import ApiError, JobEnded
from .record import Entry, Record, task_digest

#: Beside documents lie results, notes and what editors leave; none of them is one.
NOT_DOCUMENTS = frozenset({".json", ".jsonl", ".md", ".tmp", ".part"})
#: Statuses that may speak of one document alone, and codes of them that do not.
OF_THE_DOCUMENT = frozenset({413, 415, 422})
OF_THE_TASK = frozenset({"extractor-unknown", "schema-refused"})
DONE, REFUSED = "done", "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """What is asked of every document: an extractor by name, or a schema."""

    extractor: str | None = None
    schema: Mapping[str, Any] | None = None
    instructions: str = ""
    priority: int = 0

    @property
    def digest(self) -> str:
        """See `task_digest`."""
        return task_digest(extractor=self.extractor, schema=self.schema, instructions=self.instructions)


@dataclass(kw_only=True, slots=True)
class Progress:
    """How far a run is; `ended` counts states of this run, `settled` files that an earlier one had finished."""

    files: int
    settled: int = 0
    under_way: int = 0
    ended: Counter[str] = field(default_factory=Counter)

    @property
    def left(self) -> int:
        """Files that have not ended."""
        return self.files - self.settled - self.ended.total()


def documents_under(folder: Path) -> list[Path]:
    """The documents of a folder and of those below it, by name. Raises `SettingsError` when there is none."""
    if not folder.is_dir():
        raise SettingsError(f"{folder} is not a folder.")
    files = sorted(path for path in folder.rglob("*") if path.is_file() and _may_be_document(path.relative_to(folder)))
    if not files:
        raise SettingsError(
            f"{folder} has no document.", hint=f"Left out are {', '.join(sorted(NOT_DOCUMENTS))} and hidden files."
        )
    return files


async def read_folder(
    client: AsyncClient,
    folder: Path,
    task: Task,
    record: Record,
    *,
    at_once: int,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Progress:
    """Reads every document of the folder that `record` has not settled. Raises `SettingsError`, `GatewayAway`, `ApiError`.

    A document that is refused or fails is recorded and the others go on; a key or an extractor that is refused ends the run.
    """
    paths = documents_under(folder)
    run = _Run(client=client, folder=folder, task=task, record=record, progress=Progress(files=len(paths)))
    queue = iter(paths)

    async def work() -> None:
        for path in queue:  # shared: each file goes to one of the workers
            await run.read(path)
            on_progress(run.progress)

    on_progress(run.progress)
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(paths))):
                group.create_task(work())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None  # the others are the same, or were ended by it
    return run.progress


@dataclass(frozen=True, kw_only=True, slots=True)
class _Run:
    client: AsyncClient
    folder: Path
    task: Task
    record: Record
    progress: Progress

    async def read(self, path: Path) -> None:
        """Brings one file to its entry in the record."""
        try:
            content = await asyncio.to_thread(path.read_bytes)
        except OSError as error:
            raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
        file = path.relative_to(self.folder).as_posix()
        sha256 = hashlib.sha256(content).hexdigest()
        if self.record.settled(file, self.task.digest, sha256):
            self.progress.settled += 1
            return
        entry = Entry(file=file, task=self.task.digest, sha256=sha256, state=REFUSED)
        self.progress.under_way += 1
        try:
            entry = await self._ended(entry, content)
        finally:
            self.progress.under_way -= 1
        self.record.add(entry)
        self.progress.ended[entry.state] += 1

    async def _ended(self, entry: Entry, content: bytes) -> Entry:
        try:
            job = await self.client.submit(
                content,
                name=entry.file.rpartition("/")[2],
                extractor=self.task.extractor,
                schema=self.task.schema,
                instructions=self.task.instructions,
                priority=self.task.priority,
                idempotency_key=_key(entry),
            )
        except ApiError as error:
            if error.status not in OF_THE_DOCUMENT or error.code in OF_THE_TASK:
                raise  # every other file would be told the same
            return replace(entry, problem=_problem(error))
        try:
            result = await self.client.outcome(job.id)
        except JobEnded as error:
            return replace(entry, state=error.state, job=job.id, problem=_problem(error))
        return replace(entry, state=DONE, job=job.id, data=result.data, fields=tuple(result.whole["fields"]))


def _key(entry: Entry) -> str:
    return hashlib.sha256("\0".join((entry.file, entry.task, entry.sha256)).encode()).hexdigest()[:40]


def _problem(error: ApiError | JobEnded) -> Mapping[str, str]:
    return {"code": error.code, "sentence": error.sentence, "hint": error.hint}


def _may_be_document(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.suffix.lower() not in NOT_DOCUMENTS and path.stem.lower() != "readme"


def states_of(progress: Progress) -> Iterator[tuple[str, int]]:
    """States with their counts, the good one first."""
    yield DONE, progress.ended[DONE]
    yield from sorted((state, count) for state, count in progress.ended.items() if state != DONE)
