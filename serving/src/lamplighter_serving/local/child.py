"""The demo's processes: started tied to it, watched, stopped politely and then not. Knows no program in particular.

Each has a session of its own, so that Ctrl-C in the terminal reaches the demo alone, which then stops them in order; and each
writes a log of its own.
"""

import asyncio
import json
import os
import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO, Self

from ..errors import LamplighterError
from . import tether
from .place import Place

#: The end of a log that is searched for a process's last words.
TAIL_BYTES = 8192
#: How the programs' own complaints begin; the rest of their logs is JSON.
COMPLAINTS = ("lamplighter-worker: ", "lamplighter-gateway: ")
#: The last line of a traceback. Only its type is repeated: the text may quote anything.
SURPRISE = re.compile(r"([\w.]*(?:Error|Exception|Warning))(?::|$)")
#: How PostgreSQL marks the reason of its end.
FATAL = "FATAL:"


class ChildFailed(LamplighterError):
    """A process that the demo needs did not come up, or ended by itself."""

    code = "child-failed"


class Child:
    """One started process."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: BinaryIO, *, hint: str) -> None:
        self.name = name
        self._process = process
        self._log = log
        self._hint = hint

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.returncode is None

    @property
    def status(self) -> int | None:
        """How it ended, as `subprocess` gives it; None while it lives."""
        return self._process.returncode

    async def gone(self) -> int:
        """Waits for its end; its status as `subprocess` gives it."""
        return await self._process.wait()

    async def line(self) -> str:
        """The next line of its standard output, empty at the end of it."""
        if self._process.stdout is None:
            return ""
        return (await self._process.stdout.readline()).decode("utf-8", "replace")

    def tell(self, number: signal.Signals) -> None:
        """Sends it a signal; nothing when it has ended. SIGKILL goes to all of its group."""
        with suppress(ProcessLookupError):
            if not self.alive:
                return
            if number is signal.SIGKILL:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)

    async def stop(self, *steps: tuple[signal.Signals, float]) -> None:
        """Asks it to end: each signal with the seconds it may take, SIGKILL after the last."""
        for number, seconds in steps:
            self.tell(number)
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.gone()
                    return
        self.tell(signal.SIGKILL)
        await self.gone()

    def failure(self) -> ChildFailed:
        """What to say of its end."""
        status = self._process.returncode or 0
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        words = last_words(self._log)
        return ChildFailed(f"{self.name} {how}{': ' + words if words else '.'}", hint=self._hint)


class Children:
    """Starts processes and knows which of them live. `environment` is passed on whole. Leaving the block closes their logs."""

    def __init__(self, environment: Mapping[str, str], place: Place) -> None:
        self._environment = environment
        self._place = place
        self._children: list[Child] = []
        self._logs: dict[str, BinaryIO] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for log in self._logs.values():
            log.close()

    async def start(
        self,
        name: str,
        program: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        listen: bool = False,
    ) -> Child:
        """Starts a program, see `tether`. `environment` is added; with `listen` its standard output can be read.

        Processes of one name, one after the other, write one log.
        """
        if name not in self._logs:
            self._logs[name] = self._place.open_log(name)
        log = self._logs[name]
        process = await asyncio.create_subprocess_exec(
            *tether.command(program, *arguments, user=user),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if listen else log,
            stderr=log,
            env={**self._environment, **(environment or {})},
            start_new_session=True,
        )
        hint = f"Its log is {log.name}." if self._place.kept else "To keep its log, run again with --data FOLDER."
        child = Child(name, process, log, hint=hint)
        self._children = [each for each in self._children if each.alive] + [child]
        return child

    def kill(self) -> None:
        """Ends all of them at once, for whoever has asked twice."""
        for child in self._children:
            child.tell(signal.SIGKILL)


def last_words(log: BinaryIO) -> str:
    """The last sentence in which a process said why it ends; empty when it said none."""
    size = os.fstat(log.fileno()).st_size
    # Without moving the position: the process that writes shares it.
    lines = os.pread(log.fileno(), TAIL_BYTES, max(0, size - TAIL_BYTES)).decode("utf-8", "replace").splitlines()
    return next((words for words in map(_words, reversed(lines)) if words), "")


def _words(line: str) -> str:
    for start in COMPLAINTS:
        if line.startswith(start):
            return line.removeprefix(start)
    if FATAL in line:
        return line.partition(FATAL)[2].strip()
    if surprise := SURPRISE.match(line):
        return f"{surprise[1]}."
    with suppress(ValueError, KeyError, TypeError):
        error = json.loads(line)["error"]
        return f"{error['sentence']} {error['hint']}".rstrip()
    return ""
