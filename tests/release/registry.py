"""A real registry on loopback, and charts in it: Debian's docker-registry (distribution), its store in a folder of the test."""

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from charts.render import HELM, SERVING

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
#: Who may enter a private registry, as htpasswd -B writes it; the password is the word secret.
USER, PASSWORD = "somebody", "secret"
HTPASSWD = f"{USER}:$2b$04$2kBbegCKqhESekU/AIdnFuPHgy3OR0xzPcHNO71QGYnO6ERrcDVUW\n"


@contextmanager
def registry(folder: Path, *, private: bool = False) -> Iterator[str]:
    """Its address, `127.0.0.1:PORT`, as long as it runs. `private`: it answers nobody but USER."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.fail("docker-registry is not in PATH: scripts/system-packages release installs it.")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / "registry.yaml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/blobs}}}}\n"
        f"http: {{addr: '{address}'}}\n"
        + (f"auth: {{htpasswd: {{realm: test, path: {folder}/htpasswd}}}}\n" if private else "")
    )
    (folder / "htpasswd").write_text(HTPASSWD)
    with (folder / "registry.log").open("w") as log:
        server = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
        try:
            _wait(address, server, folder / "registry.log")
            yield address
        finally:
            server.terminate()
            server.wait(timeout=10)


def push(chart: Path, address: str, folder: str) -> str:
    """Packages and pushes a chart's folder as helm does; its digest."""
    work = chart.parent
    packed = subprocess.run([HELM, "package", chart, "-d", work], check=True, capture_output=True, text=True).stdout
    file = packed.strip().rpartition(" ")[2]
    command = [HELM, "push", file, f"oci://{address}/{folder}", "--plain-http"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = DIGEST.search(done.stdout + done.stderr)
    assert found
    return found[0]


def chart_copy(folder: Path) -> Path:
    """The serving chart in a folder of its own, for a test to change."""
    return Path(shutil.copytree(SERVING, folder / "lamplighter-serving"))


def large_chart(folder: Path) -> Path:
    """The serving chart with a hundred megabytes beside it that cannot be packed any smaller."""
    chart = chart_copy(folder)
    noise = os.urandom(4_900_000)
    for number in range(20):
        (chart / f"noise{number}.bin").write_bytes(noise[number:])
    return chart


def _wait(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _attempt in range(100):
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://{address}/v2/", timeout=1) as answer:
                if answer.status == 200:
                    return
        except urllib.error.HTTPError as answer:
            answer.close()
            return  # 401: it is there, and private
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the registry does not answer: {log.read_text()}")
