"""One server process: started with a log of its own, waited for until it answers, ended by its process id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

#: An API server that leaves closes its watches first; that took up to six seconds.
STOPS_WITHIN_SECONDS = 20
#: Lines of a log that say why a server did not start.
TAIL_LINES = 15


class Server:
    """One that can be stopped and started again, as something that fails and is mended."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        ready: Callable[[], bool],
        inside: Sequence[str] = (),
        environment: Mapping[str, str] = {},
        within_seconds: float = 60,
    ) -> None:
        """`inside` are words before the command that run it elsewhere as their child, such as nsenter's."""
        self._command = (*inside, *command)
        self._name = Path(command[0]).name
        self._is_child = bool(inside)
        self._log = log
        self._ready = ready
        self._environment = {**os.environ, **environment}
        self._within_seconds = within_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises AssertionError with the end of its log when it does not get ready."""
        with self._log.open("ab") as output:
            # A session of its own: Ctrl-C reaches us alone, and we stop the servers in order.
            process = self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=self._log.parent,
                env=self._environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + self._within_seconds
        while not self._ready():
            if process.poll() is not None or time.monotonic() > deadline:
                what = "runs, but does not answer" if process.poll() is None else f"ended with {process.returncode}"
                tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-TAIL_LINES:])
                raise AssertionError(f"{self._name} {what}. The end of its log:\n{tail}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Asks it to end, and ends it when it does not."""
        process, self._process = self._process, None
        if process is None:
            return
        _end(process, signal.SIGTERM, of_child=self._is_child)
        try:
            process.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            _end(process, signal.SIGKILL, of_child=self._is_child)
            process.wait()


@contextmanager
def server(
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    inside: Sequence[str] = (),
    environment: Mapping[str, str] = {},
    within_seconds: float = 60,
) -> Iterator[Server]:
    """Runs the command until the block ends. Raises as `Server.start`."""
    running = Server(command, log=log, ready=ready, inside=inside, environment=environment, within_seconds=within_seconds)
    try:
        running.start()
        yield running
    finally:
        running.stop()


def _end(process: subprocess.Popen[bytes], number: signal.Signals, *, of_child: bool) -> None:
    """nsenter hands no signal on, and ends with its child."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children") if of_child else None
    if children and children.exists() and (child := children.read_text().split()):
        with suppress(ProcessLookupError):
            os.kill(int(child[0]), number)
    else:
        process.send_signal(number)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback address that nobody listened on just now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [taken.getsockname()[1] for taken in sockets]
    for taken in sockets:
        taken.close()
    return ports
