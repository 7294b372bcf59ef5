"""A machine of its own inside this one: processes, network and mounts that nobody else sees and that end together.

A real node writes network rules, mounts volumes and starts pods. Here it does so in namespaces of its own. Their first process
ends with ours, however that ends, and takes everything with it. Control groups and files then remain; the next start removes
them.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from cluster.programs import CACHE

MACHINES = CACHE / "machines"
CGROUPS = Path("/sys/fs/cgroup")
#: Debian's package of each program that comes from the system.
PACKAGES = {
    "containerd": "containerd",
    "runc": "runc",
    "nft": "nftables",
    "ip": "iproute2",
    "unshare": "util-linux",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}
#: 198.18.0.0/15 is for tests of networks (RFC 2544), so no network of a user is there. Each machine takes four addresses of it.
ADDRESSES = IPv4Address("198.18.0.0")
BLOCKS = 2**17 // 4
ENDS_WITHIN_SECONDS = 20
NAMESPACES = ("--pid", "--net", "--mount", "--ipc", "--uts")
#: It hands its children to nobody (a container's shim lets go of its parent), so the kernel has to bury them.
FIRST_PROCESS = "trap '' CHLD; exec sleep infinity"
#: What is written to /var is in the machine's folder, /run is empty, names are asked of the cluster's own server.
SETUP = """
set -eu
for name in lib log; do
  mkdir -p "$1/$name" "$1/$name-work"
  mount -t overlay -o "lowerdir=/var/$name,upperdir=$1/$name,workdir=$1/$name-work" overlay "/var/$name"
done
mount -t tmpfs tmpfs /run
names=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$names")"
[ -e "$names" ] || touch "$names"
mount --bind "$1/resolv.conf" "$names"
hostname lamplighter-node
ip link set lo up
ip address add "$2/30" dev eth0
ip link set eth0 up
ip route add default via "$3"
echo 1 >/proc/sys/net/ipv4/ip_forward
"""


@dataclass(frozen=True, kw_only=True)
class Machine:
    """A running one. `address` is its own, reachable from this machine alone; `cgroup` is a group to keep pods in."""

    folder: Path
    address: str
    cgroup: str
    first_process: int

    @property
    def inside(self) -> tuple[str, ...]:
        """The words before a command that run it there."""
        return ("nsenter", f"--target={self.first_process}", *NAMESPACES, "--")

    def run(self, *command: str, stdin: str = "") -> str:
        """What a command there prints; fails with its complaint."""
        done = subprocess.run((*self.inside, *command), input=stdin, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr or done.stdout}"
        return done.stdout


def lacking() -> str:
    """Why this machine cannot hold one, with the way out; nothing when it can."""
    if os.geteuid() != 0:
        return "a real node needs root: run `sudo -E make test-cluster`"
    missing = [package for name, package in PACKAGES.items() if shutil.which(name) is None]
    return f"a real node needs {', '.join(missing)}: run scripts/system-packages cluster" if missing else ""


@contextmanager
def machine() -> Iterator[Machine]:
    """Starts one, and ends it with everything in it."""
    remove_remains()
    # A parent that dies takes it along, even when it is killed itself: setpriv for the first step, --kill-child for the second.
    command = ("setpriv", "--pdeathsig=KILL", "unshare", *NAMESPACES, "--fork", "--kill-child", "--mount-proc")
    outer = subprocess.Popen((*command, "sh", "-c", FIRST_PROCESS), stdin=subprocess.DEVNULL, start_new_session=True)
    folder = MACHINES / str(outer.pid)
    try:
        folder.mkdir(parents=True)
        yield _prepared(outer, folder)
    finally:
        _end(outer)
        remove_remains()


def remove_remains() -> None:
    """Removes links, control groups and files of machines that have ended, this session's or another's."""
    for folder in MACHINES.glob("*"):
        if not _is_machine(int(folder.name)):
            # The kernel takes both ends of it, but not at once.
            subprocess.run(("ip", "link", "delete", _link(folder.name)), capture_output=True, check=False)
            _remove_cgroups(_cgroup(folder.name))
            shutil.rmtree(folder)


def _prepared(outer: subprocess.Popen[bytes], folder: Path) -> Machine:
    first = _only_child(outer)
    block = ADDRESSES + 4 * (outer.pid % BLOCKS)
    gateway, address = str(block + 1), str(block + 2)
    link = _link(folder.name)
    _run("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", str(first))
    _run("ip", "address", "add", f"{gateway}/30", "dev", link)
    _run("ip", "link", "set", link, "up")
    for hierarchy in _hierarchies():
        (hierarchy / _cgroup(folder.name)).mkdir(exist_ok=True)
    (folder / "resolv.conf").write_text(f"nameserver {address}\nsearch svc.cluster.local cluster.local\noptions ndots:5\n")
    made = Machine(folder=folder, address=address, cgroup=f"/{_cgroup(folder.name)}", first_process=first)
    made.run("sh", "-c", SETUP, "sh", str(folder), address, gateway)
    return made


def _end(outer: subprocess.Popen[bytes]) -> None:
    """Kills it, and waits until the first process is gone: the kernel ends all others before."""
    first = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
    outer.kill()
    outer.wait()
    deadline = time.monotonic() + ENDS_WITHIN_SECONDS
    while first and Path(f"/proc/{first[0]}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def _only_child(outer: subprocess.Popen[bytes]) -> int:
    """The process that unshare made, once it runs in its namespaces and has its own /proc."""
    deadline = time.monotonic() + ENDS_WITHIN_SECONDS
    while True:
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children").read_text().split()
        if children and Path(f"/proc/{children[0]}/cmdline").read_bytes().startswith(b"sleep"):
            return int(children[0])
        assert outer.poll() is None, "unshare was refused: a real node needs root with CAP_SYS_ADMIN"
        assert time.monotonic() < deadline, "unshare made no process"
        time.sleep(0.02)


def _is_machine(pid: int) -> bool:
    try:
        return b"--kill-child" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False


def _link(name: str) -> str:
    return f"lamp{name}"


def _cgroup(name: str) -> str:
    return f"lamplighter-{name}"


def _hierarchies() -> list[Path]:
    """Every controller's own (cgroup v1), or the one there is (v2) with its controllers handed down."""
    if (CGROUPS / "cgroup.controllers").exists():
        controllers = (CGROUPS / "cgroup.controllers").read_text().split()
        (CGROUPS / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in controllers))
        return [CGROUPS]
    return sorted({path.resolve() for path in CGROUPS.iterdir() if (path / "cgroup.procs").exists()})


def _remove_cgroups(name: str) -> None:
    roots = [CGROUPS / name] if (CGROUPS / "cgroup.controllers").exists() else CGROUPS.glob(f"*/{name}")
    for root in roots:
        for folder in sorted((path for path in root.glob("**") if path.is_dir()), reverse=True):
            _remove_cgroup(folder)


def _remove_cgroup(folder: Path) -> None:
    """The kernel counts a process that was killed for a moment longer."""
    deadline = time.monotonic() + ENDS_WITHIN_SECONDS
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr}"
