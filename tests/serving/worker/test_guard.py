"""The guard outlives its starter by a moment, whatever ends it, and leaves no process and no folder."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

#: Makes a guarded folder, starts a process that has a file open in it and would live for an hour, and says who is who.
STARTER = """
import subprocess, sys, tempfile
from pathlib import Path
from lamplighter_serving.worker.guard import guarded
folder = Path(sys.argv[1])
with guarded(folder):
    child = subprocess.Popen(["sleep", "3600"], stdout=open(folder / "log", "w"), start_new_session=True)
    mine = open(folder / "mine", "w")
    print(child.pid, flush=True)
    sys.stdin.readline()
print("after", flush=True)
"""
PATIENCE_SECONDS = 20


class Guarded:
    """A starter with its guard and the process below."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="lamp-"))
        command = [sys.executable, "-c", STARTER, str(self.folder)]
        self.starter = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.starter.stdout is not None
        self.child = psutil.Process(int(self.starter.stdout.readline()))
        others = psutil.Process(self.starter.pid).children()
        (self.guard,) = [each for each in others if each.pid != self.child.pid]

    def gone(self) -> bool:
        """Whether nothing is left."""
        running = (each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in (self.child, self.guard))
        return not any(running) and not self.folder.exists()

    def wait_until_gone(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.gone():
            assert time.monotonic() < deadline, "something is left"
            time.sleep(0.02)


@pytest.mark.kill
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_when_its_starter_is_killed_the_folder_and_its_users_go(how: signal.Signals) -> None:
    guarded = Guarded()
    guarded.starter.send_signal(how)
    guarded.wait_until_gone()
    guarded.starter.communicate()


def test_when_its_starter_leaves_the_block_the_folder_and_its_users_go_and_the_starter_goes_on() -> None:
    """The starter has a file of the folder open too, as Ray leaves one; it must not be counted among the users."""
    guarded = Guarded()
    said, _ = guarded.starter.communicate("\n", timeout=PATIENCE_SECONDS)
    assert (guarded.starter.returncode, said) == (0, "after\n")
    assert guarded.gone()


@pytest.mark.kill
def test_a_guard_that_was_killed_is_replaced_by_its_starter() -> None:
    guarded = Guarded()
    os.kill(guarded.guard.pid, signal.SIGKILL)
    said, _ = guarded.starter.communicate("\n", timeout=PATIENCE_SECONDS)
    assert (guarded.starter.returncode, said) == (0, "after\n")
    assert guarded.gone()


@pytest.mark.kill
def test_a_signal_to_the_starters_group_does_not_end_the_guard_first() -> None:
    guarded = Guarded()
    assert os.getsid(guarded.guard.pid) != os.getsid(guarded.starter.pid)
    guarded.starter.kill()
    guarded.wait_until_gone()
    guarded.starter.communicate()
