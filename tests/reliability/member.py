"""One real process of a fleet: started, killed, paused, stopped and started again, its output kept in files across its lives.

Knows signals and output, not what the program does. Ready is a process whose output says so.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

#: Far beyond what any start or stop takes here, for machines with eight other test runs.
DEADLINE_SECONDS = 60.0
POLL_SECONDS = 0.02


def wait_until(what: str, condition: Callable[[], bool], seconds: float = DEADLINE_SECONDS) -> None:
    """Looks until `condition` holds. Raises `AssertionError` naming `what` when it never did."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"not within {seconds:g} s: {what}"
        time.sleep(POLL_SECONDS)


class Member:
    """A process by name. `ready` looks at the events of its present life."""

    def __init__(
        self,
        name: str,
        *,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        ready: Callable[[Mapping[str, Any]], bool],
    ) -> None:
        self.name = name
        self.environment = dict(environment)
        self.kills = 0
        self._command = command
        self._log = folder / f"{name}.log"
        self._ready = ready
        self._life_began = 0  # offset in the log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of its present life."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs, or is paused."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Begins a life; returns before it is ready."""
        assert not self.alive
        with self._log.open("ab") as log:
            self._life_began = log.tell()
            self._process = subprocess.Popen(
                self._command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def wait_ready(self) -> None:
        """Waits until it works; one that ended instead fails the test with its output."""

        def is_ready() -> bool:
            self.require_alive()
            return any(self._ready(event) for event in self.events(this_life=True))

        wait_until(f"{self.name} is ready", is_ready)

    def require_alive(self) -> None:
        """Raises `AssertionError` with its last words when it ended by itself."""
        assert self.alive, f"{self.name} ended by itself with {self._status()}:\n{self._log.read_text()[-2000:]}"

    def kill(self) -> None:
        """SIGKILL, and gone."""
        self._send(signal.SIGKILL)
        self.wait_end()
        self.kills += 1

    def pause(self) -> None:
        """SIGSTOP: it does nothing, and nobody is told."""
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._send(signal.SIGCONT)

    def ask_to_stop(self) -> None:
        """SIGTERM; returns at once."""
        self._send(signal.SIGTERM)

    def stop(self) -> int:
        """SIGTERM, and gone; its exit status."""
        self.ask_to_stop()
        return self.wait_end()

    def wait_end(self) -> int:
        """Waits until it has ended; its exit status."""
        assert self._process is not None
        return self._process.wait(DEADLINE_SECONDS)

    def end(self) -> None:
        """Gone, whatever state it is in."""
        if self.alive:
            self._send(signal.SIGKILL)
            self.wait_end()

    def events(self, name: str | None = None, *, this_life: bool = False) -> list[Mapping[str, Any]]:
        """The JSON lines it has written, of all its lives; with a name, the log events of that name."""
        if not self._log.exists():
            return []
        with self._log.open("rb") as log:
            log.seek(self._life_began if this_life else 0)
            lines = log.read().split(b"\n")
        found = [event for line in lines if (event := _parsed(line)) is not None]
        return [event for event in found if name is None or event.get("event") == name]

    def _send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def _status(self) -> int | None:
        return None if self._process is None else self._process.poll()


def _parsed(line: bytes) -> Mapping[str, Any] | None:
    """None for what is no JSON object: half a line of a killed process, a traceback."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
