"""A machine of the tests leaves nothing behind, whatever ends the session that started it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cluster.machine import CGROUPS, MACHINES, lacking, machine, remove_remains

TESTS = Path(__file__).resolve().parents[1]
#: A session: it says which machine it has, and then only waits.
SESSION = """
import signal, sys, time
from cluster.machine import machine
# A shell starts what runs in its background deaf to Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
with machine() as host:
    host.run("mount", "-t", "tmpfs", "tmpfs", "/mnt")
    host.run("sh", "-c", "sleep 600 >/dev/null 2>&1 &")
    print(host.folder.name, host.first_process, flush=True)
    time.sleep(600)
"""

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking() or "nothing is lacking")


def left_behind(name: str) -> list[str]:
    """Folders, control groups, network links and mounts of a machine."""
    links = [path.name for path in Path("/sys/class/net").iterdir() if path.name == f"lamp{name}"]
    groups = [str(path) for path in (*CGROUPS.glob(f"lamplighter-{name}"), *CGROUPS.glob(f"*/lamplighter-{name}"))]
    folders = [str(path) for path in MACHINES.glob(name)]
    mounts = [line for line in Path("/proc/self/mounts").read_text().splitlines() if f"/machines/{name}/" in line]
    return links + groups + folders + mounts


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_end_of_the_block_takes_everything_along() -> None:
    with machine() as host:
        host.run("mount", "-t", "tmpfs", "tmpfs", "/mnt")
        assert len(left_behind(host.folder.name)) >= 3
    assert left_behind(host.folder.name) == []
    assert not Path(f"/proc/{host.first_process}").exists()


def test_what_runs_inside_sees_no_network_of_ours() -> None:
    with machine() as host:
        links = [line.split("@")[0].split()[0] for line in host.run("ip", "-brief", "link").splitlines()]
        assert {"lo", "eth0"} <= set(links)
        assert not [name for name in links if name.startswith("lamp")]
        ours = len([line for line in Path("/proc/self/mounts").read_text().splitlines() if " /mnt " in line])
        host.run("mount", "-t", "tmpfs", "tmpfs", "/mnt")
        assert len([line for line in Path("/proc/self/mounts").read_text().splitlines() if " /mnt " in line]) == ours


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_session_that_is_ended_takes_its_processes_along_and_the_next_one_the_rest(number: signal.Signals) -> None:
    environment = {**os.environ, "PYTHONPATH": str(TESTS)}
    with subprocess.Popen(
        (sys.executable, "-c", SESSION), env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as session:
        assert session.stdout is not None
        name, first = session.stdout.readline().split()
        session.send_signal(number)
        session.wait(20)
    wait_until(lambda: not Path(f"/proc/{first}").exists())
    remove_remains()
    wait_until(lambda: left_behind(name) == [])
