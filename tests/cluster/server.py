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


@contextmanager
def server(
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    inside: Sequence[str] = (),
    environment: Mapping[str, str] = {},
    within_seconds: float = 60,
) -> Iterator[None]:
    """Runs the command until the block ends. Raises AssertionError with the end of its log when it does not get ready.

    `inside` are words before it that run it elsewhere as their child, such as nsenter's.
    """
    with log.open("wb") as output:
        # A session of its own: Ctrl-C reaches us alone, and we stop the servers in order.
        process = subprocess.Popen(
            (*inside, *command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            env={**os.environ, **environment},
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + within_seconds
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                what = "runs, but does not answer" if process.poll() is None else f"ended with {process.returncode}"
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])
                raise AssertionError(f"{Path(command[0]).name} {what}. The end of its log:\n{tail}")
            time.sleep(0.05)
        yield
    finally:
        _end(process, signal.SIGTERM, of_child=bool(inside))
        try:
            process.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            _end(process, signal.SIGKILL, of_child=bool(inside))
            process.wait()


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
