"""Works on batches, a turn at a time: reads lines, asks them a few at once, collects answers, writes the outputs.

Any number of gateways do this together. A turn is a transaction that holds the batch's row, so whatever is killed, the batch
goes on where the last whole turn left it. A job is submitted outside of that transaction, under an idempotency key of its line,
so a turn that is repeated finds the same job, and each line is asked once.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Never
from uuid import UUID

from ... import logs
from ...completion.tasks import TASKS, Task
from ...errors import JobNotFound, StoreUnavailable
from ...jsonbytes import json_bytes
from ...queue.job import JsonObject
from ...queue.pieces import PIECE_BYTES
from ...queue.store import JobStore
from ..models import Models
from ..problems import RequestRefused
from ..question import question
from .line import MOST_LINE_BYTES, MOST_LINES, Line, LineRefused, answered, body_of, custom_id_of, expired
from .table import BatchTable, Turn

#: Below documents (0) and far below questions with an open connection.
PRIORITY = -10
#: Lines of one batch in the queue at once: enough for dozens of workers, few enough that the queue stays short.
WINDOW = 256
#: Bytes of questions that one turn holds in memory.
TURN_BYTES = 4 * 1024 * 1024
#: Lines that one turn collects or writes.
TURN_LINES = 500
#: Errors of a file that is no batch; more say nothing new.
MOST_ERRORS = 20
#: Between looks: at batches whose jobs are under way, and for new ones of another gateway.
BUSY_SECONDS, IDLE_SECONDS = 0.25, 2.0

_TASK_OF_PATH = {task.path: task for task in TASKS.values()}


class BatchRunner:
    """The task of one gateway process."""

    def __init__(self, table: BatchTable, store: JobStore, models: Models) -> None:
        self._table = table
        self._store = store
        self._models = models
        self._news = asyncio.Event()

    def nudge(self) -> None:
        """There is a new batch, or one to cancel."""
        self._news.set()

    async def run(self) -> Never:
        """Works until cancelled, through outages of the store."""
        while True:
            try:
                pause_seconds = await self._turns()
            except StoreUnavailable:
                logs.event("batches-postponed", level=logging.WARNING)
                pause_seconds = IDLE_SECONDS
            self._news.clear()
            try:
                async with asyncio.timeout(pause_seconds):
                    await self._news.wait()
            except TimeoutError:
                pass

    async def _turns(self) -> float:
        """Turns until one round over all open batches moves none; the seconds until it is worth looking again."""
        seen: set[UUID] = set()
        batch_id = UUID(int=0)
        while True:
            try:
                async with self._table.turn() as turn:
                    if turn is None:
                        return BUSY_SECONDS if seen else IDLE_SECONDS
                    batch_id = turn.row["id"]
                    moved = await self._step(turn)
            except StoreUnavailable:
                raise
            except Exception as error:  # noqa: BLE001 (the top of a loop: one batch's surprise must not hold up the others)
                logs.event("batch-turn-failed", level=logging.ERROR, error=error, batch=batch_id)
                moved = False
                await self._table.postpone(batch_id)
            if moved:
                seen.clear()
            elif batch_id in seen:
                return BUSY_SECONDS
            seen.add(batch_id)

    async def _step(self, turn: Turn) -> bool:
        """One step of a batch; whether it got anywhere."""
        match turn.row["state"]:
            case "validating":
                return await self._read(turn)
            case "in_progress" if turn.row["expires_at"] <= datetime.now(UTC):
                return await self._stop(turn, "expired")
            case "in_progress":
                return await self._ask(turn)
            case "cancelling":
                return await self._stop(turn, "cancelled")
            case _:
                return await self._write(turn)

    async def _read(self, turn: Turn) -> bool:
        """Reads the next lines of the input; at its end the batch begins or fails."""
        begin, number = turn.row["read_bytes"], turn.row["read_lines"]
        raw = await turn.input(begin, begin + PIECE_BYTES + MOST_LINE_BYTES)
        whole = len(raw) < PIECE_BYTES + MOST_LINE_BYTES
        lines, errors = _lines(raw, whole=whole, begin=begin, number=number, endpoint=turn.row["endpoint"])
        size = len(raw) if whole else raw.rfind(b"\n") + 1
        count = raw[:size].count(b"\n") + (whole and not raw.endswith(b"\n"))
        added = await turn.add_lines(lines, read_bytes=begin + size, read_lines=number + count)
        errors += [_error(line.number, _repeated()) for line in lines if line.number not in added]
        total = turn.row["lines"] + len(added)
        if total > MOST_LINES:
            errors.append(_error(None, LineRefused("too_many_lines", f"The file has more than {MOST_LINES} lines.")))
        if whole and not total and not errors:
            errors.append(_error(None, LineRefused("empty_file", "The file has no line.")))
        if errors:
            await turn.fail(sorted(errors, key=_line_of)[:MOST_ERRORS])
        elif whole:
            await turn.begin()
        return True

    async def _ask(self, turn: Turn) -> bool:
        """Collects answers and fills the window with further lines."""
        collected = await turn.collect(ending=False, limit=TURN_LINES)
        submitted, waiting = await turn.open_lines()
        if not submitted and not waiting:
            await turn.finalize("completed")
            return True
        lines = _fitting(await turn.waiting(WINDOW - submitted)) if waiting and submitted < WINDOW else ()
        if lines:
            await self._submit(turn, lines)
        return bool(collected or lines)

    async def _submit(self, turn: Turn, lines: Sequence[Line]) -> None:
        task = _TASK_OF_PATH[turn.row["endpoint"]]
        begin = lines[0].begin
        raw = await turn.input(begin, lines[-1].begin + lines[-1].size)
        bodies = [body_of(raw[line.begin - begin : line.begin - begin + line.size]) for line in lines]
        outcomes = await asyncio.gather(
            *(self._submit_line(turn, task, line, body) for line, body in zip(lines, bodies, strict=True))
        )
        jobs, refused = [], []
        for line, outcome in zip(lines, outcomes, strict=True):
            if isinstance(outcome, UUID):
                jobs.append((line.number, outcome))
            else:
                problem = {"code": outcome.code, "sentence": outcome.sentence, "hint": outcome.hint}
                refused.append((line.number, outcome.status, problem))
        await turn.submitted(jobs)
        if refused:
            await turn.refused(refused)

    async def _submit_line(self, turn: Turn, task: Task, line: Line, body: JsonObject) -> UUID | RequestRefused:
        try:
            asked = question(task, {**body, "stream": False} if task.writing else body, self._models)
        except RequestRefused as error:
            return error
        # No client can send such a key: a header has no line feed.
        key = f"batch\n{turn.row['id'].hex}\n{line.number}"
        new = asked.job(tenant=turn.row["tenant"], idempotency_key=key, priority=PRIORITY)
        return (await self._store.submit(new, json_bytes(asked.body))).job.id

    async def _stop(self, turn: Turn, outcome: str) -> bool:
        """Asks nothing more, ends what is under way, and keeps what has been answered."""
        for job_id in await turn.jobs():
            try:
                await self._store.cancel(turn.row["tenant"], job_id)
            except JobNotFound:
                continue
        while await turn.collect(ending=True, limit=TURN_LINES):
            pass
        await turn.finalize(outcome)
        return True

    async def _write(self, turn: Turn) -> bool:
        """Writes the next answers to the outputs; after the last the batch ends."""
        rows = await turn.to_write(TURN_LINES)
        if not rows:
            await turn.end()
            logs.event("batch-ended", batch=turn.row["id"], tenant=turn.row["tenant"], state=turn.row["outcome"])
            return True
        batch_id = turn.row["id"]
        output = b"".join(answered(batch_id, row) for row in rows if row["state"] == "done")
        error = b"".join(answered(batch_id, row) for row in rows if row["state"] == "failed")
        if turn.row["outcome"] == "expired":
            unasked = ("waiting", "submitted", "dropped")
            error += b"".join(expired(batch_id, row) for row in rows if row["state"] in unasked)
        await turn.write(output=output, error=error, written=rows[-1]["line"])
        return True


def _lines(raw: bytes, *, whole: bool, begin: int, number: int, endpoint: str) -> tuple[list[Line], list[JsonObject]]:
    """The lines that end in these bytes, the first of which is byte `begin` of the file and follows line `number`."""
    lines: list[Line] = []
    errors: list[JsonObject] = []
    at = 0
    while at < len(raw):
        end = raw.find(b"\n", at)
        if end < 0 and not whole:
            break
        end = len(raw) if end < 0 else end
        number += 1
        text = raw[at:end].strip()
        if text:
            try:
                if end - at > MOST_LINE_BYTES:
                    raise _too_long()
                name = custom_id_of(text, endpoint)
            except LineRefused as error:
                errors.append(_error(number, error))
            else:
                lines.append(Line(number=number, custom_id=name, begin=begin + at, size=end - at))
        at = end + 1
        if len(errors) >= MOST_ERRORS:
            break
    if not whole and len(raw) - at > MOST_LINE_BYTES and not errors:
        errors.append(_error(number + 1, _too_long()))
    return lines, errors


def _fitting(lines: Sequence[Line]) -> Sequence[Line]:
    """The first of them that a turn may hold; at least one. They lie one after the other in the file."""
    fit = [line for line in lines if line.begin + line.size - lines[0].begin <= TURN_BYTES]
    return fit or lines[:1]


def _too_long() -> LineRefused:
    return LineRefused("line_too_long", f"A line may have {MOST_LINE_BYTES} bytes.")


def _repeated() -> LineRefused:
    return LineRefused("duplicate_custom_id", "An earlier line has the same custom_id.", "custom_id")


def _error(line: int | None, refused: LineRefused) -> JsonObject:
    return {"code": refused.code, "message": refused.message, "param": refused.param, "line": line}


def _line_of(error: JsonObject) -> int:
    line = error["line"]
    return line if isinstance(line, int) else 0
