"""A small process that outlives its starter by a moment: whatever ends the starter, its folder and their users go too.

Ray's servers end with the process that started them, but its agents stay for up to a minute and its files for ever. The guard
waits for the end of its starter; then it ends every process that has a file open under the folder, and removes the folder.
Run as a script by file name, with the standard library alone, so that it is up in a hundredth of a second and 10 MB small.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: Looks at /proc before giving up on a process that does not end (one in uninterruptible sleep).
ROUNDS = 50
ROUND_SECONDS = 0.1


@contextmanager
def guarded(folder: Path) -> Iterator[None]:
    """Guards `folder` with a process of its own. Leaving the block, or dying in it, ends its users and removes it."""
    command = [sys.executable, "-I", "-S", __file__, str(os.getpid()), str(folder)]
    # A session of its own: what ends the starter's group must not end the guard first.
    guard = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        yield
    finally:
        guard.terminate()
        if guard.wait() != 0:  # ended from outside, or before it could hear us
            clean(folder, spared=os.getpid())


def users(folder: Path) -> set[int]:
    """Process ids that have a file open under `folder`. Sees processes of its own user only."""
    prefix = f"{folder}/"
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):  # the process or the file is gone, or belongs to someone else
            if os.readlink(link).startswith(prefix):
                found.add(int(link.parts[2]))
    return found


def clean(folder: Path, *, spared: int) -> None:
    """Ends the users of `folder`, then removes it. `spared` is the starter: it may still have one of Ray's logs open."""
    for _ in range(ROUNDS):
        pids = users(folder) - {spared}
        if not pids:
            break
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(ROUND_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)


def _wait_for_end(starter: int) -> None:
    """Returns when the process `starter` has ended, or when SIGTERM says that it is about to."""
    said, say = os.pipe()
    os.set_blocking(say, False)
    signal.set_wakeup_fd(say)
    signal.signal(signal.SIGTERM, lambda *_: None)
    with contextlib.suppress(ProcessLookupError):
        ended = os.pidfd_open(starter)
        if os.getppid() == starter:
            select.select([ended, said], [], [])


if __name__ == "__main__":
    _wait_for_end(int(sys.argv[1]))
    clean(Path(sys.argv[2]), spared=int(sys.argv[1]))
