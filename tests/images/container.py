"""Containers of a built image, run by runc as a restricted pod runs them: nobody special, a root that nobody writes to.

As the chart's pods: the image's own user, no capability, no new privileges, a read-only root file system, /tmp an empty folder,
/dev/shm memory, a network of its own. Unlike them: it is loopback alone, and neither memory nor system calls are limited.
"""

import ctypes
import json
import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

START_SECONDS = 30.0
STOP_SECONDS = 40.0
LOOK_SECONDS = 0.1


def run(*command: str) -> str:
    """What a command prints. Its complaint is the failure's message."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout.strip()


@dataclass(frozen=True, kw_only=True)
class Image:
    """A built image with its file system mounted at `root`. What runs in it may add mount points there, and nothing else."""

    name: str
    root: Path
    config: Mapping[str, Any]


@contextmanager
def mounted(name: str) -> Iterator[Image]:
    """The image `name` of buildah's store, its file system mounted for the length of the block."""
    working = run("buildah", "from", "--pull-never", name)
    try:
        root = Path(run("buildah", "mount", working))
        config = json.loads(run("buildah", "inspect", "--type", "image", name))["OCIv1"]["config"]
        yield Image(name=name, root=root, config=config)
    finally:
        run("buildah", "rm", working)


class Container:
    """A started container. `output` is what it wrote to stdout and stderr so far."""

    def __init__(self, process: subprocess.Popen[bytes], name: str, bundle: Path) -> None:
        self._process = process
        self._name = name
        self._log = bundle / "log"
        self._first_process = bundle / "pid"

    @property
    def output(self) -> str:
        """What it said."""
        return self._log.read_text(errors="replace")

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def request(self, method: str, url: str, **arguments: Any) -> httpx.Response:
        """An HTTP request from inside its network."""
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(self._request, method, url, arguments).result()

    def _request(self, method: str, url: str, arguments: dict[str, Any]) -> httpx.Response:
        with open(f"/proc/{self._first_process.read_text()}/ns/net", "rb") as network:
            # Of this thread alone, which ends with the request.
            assert ctypes.CDLL(None, use_errno=True).setns(network.fileno(), 0) == 0, os.strerror(ctypes.get_errno())
        return httpx.request(method, url, timeout=40, trust_env=False, **arguments)

    def wait_until_there(self) -> None:
        """Waits until its first process runs, or has run."""
        deadline = time.monotonic() + START_SECONDS
        while self.alive and not self._first_process.exists():
            assert time.monotonic() < deadline, f"{self._name} did not start within {START_SECONDS:g} s:\n{self.output}"
            time.sleep(LOOK_SECONDS)

    def wait(self, seconds: float) -> int:
        """Its exit status, once it ends by itself."""
        return self._process.wait(timeout=seconds)

    def stop(self) -> int:
        """Ends it as the kubelet does, SIGTERM to its first process; its exit status."""
        if self.alive:
            run("runc", "kill", self._name, "TERM")
        return self._process.wait(timeout=STOP_SECONDS)


@contextmanager
def container(
    image: Image,
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] = {},
    mounts: Mapping[str, Path] = {},
    folders: Mapping[str, Path] = {},
    directory: str = "",
) -> Iterator[Container]:
    """Runs `arguments` behind the image's entry point, as the kubelet does with a container's `args`.

    `mounts` are read-only files and folders by the path they get inside, `folders` those that it may write to. It runs
    in `directory` (default: the image's own). The container ends with the block.
    """
    name = f"lamplighter-{uuid.uuid4().hex[:12]}"
    with tempfile.TemporaryDirectory(prefix=name) as folder:
        bundle = Path(folder)
        temporary = bundle / "tmp"
        temporary.mkdir()
        os.chmod(temporary, 0o777)
        (bundle / "config.json").write_text(
            json.dumps(_spec(image, arguments, environment, mounts, {"/tmp": temporary, **folders}, directory))
        )
        with (bundle / "log").open("wb") as output:
            process = subprocess.Popen(
                ("runc", "run", "--no-new-keyring", "--pid-file", str(bundle / "pid"), "--bundle", folder, name),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            started = Container(process, name, bundle)
            started.wait_until_there()
            yield started
        finally:
            if process.poll() is None:
                with suppress(AssertionError):
                    run("runc", "kill", name, "KILL")
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=10)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            subprocess.run(("runc", "delete", "--force", name), capture_output=True, check=False)


def _spec(
    image: Image,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    mounts: Mapping[str, Path],
    folders: Mapping[str, Path],
    directory: str,
) -> dict[str, Any]:
    entry: Sequence[str] = image.config.get("Entrypoint", ())
    variables = [*image.config["Env"], *(f"{name}={value}" for name, value in environment.items())]
    private = ["nosuid", "nodev"]
    # The image says who it is, as runAsNonRoot wants it: a number.
    user = int(image.config["User"].partition(":")[0])
    return {
        "ociVersion": "1.0.2",
        "root": {"path": str(image.root), "readonly": True},
        "hostname": "lamplighter",
        "process": {
            "args": [*entry, *arguments],
            "env": variables,
            "cwd": directory or image.config.get("WorkingDir") or "/",
            "user": {"uid": user, "gid": user},
            "capabilities": {},
            "noNewPrivileges": True,
        },
        "mounts": [
            {"destination": "/proc", "type": "proc", "source": "proc"},
            {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
            {"destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["newinstance", "ptmxmode=0666"]},
            {"destination": "/dev/shm", "type": "tmpfs", "source": "shm", "options": [*private, "mode=1777", "size=256m"]},
            {"destination": "/sys", "type": "bind", "source": "/sys", "options": ["rbind", "ro"]},
            *(
                {"destination": inside, "type": "bind", "source": str(outside), "options": ["bind", *private]}
                for inside, outside in folders.items()
            ),
            *(
                {"destination": inside, "type": "bind", "source": str(outside), "options": ["bind", "ro", *private]}
                for inside, outside in mounts.items()
            ),
        ],
        "linux": {"namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount", "network")]},
    }
