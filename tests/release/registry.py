"""A real registry on loopback: Debian's docker-registry (distribution), its store in a folder of the test."""

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def registry(folder: Path) -> Iterator[str]:
    """Its address, `127.0.0.1:PORT`, as long as it runs."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.fail("docker-registry is not in PATH: scripts/system-packages release installs it.")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    config = folder / "registry.yaml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/blobs}}}}\n"
        f"http: {{addr: '{address}'}}\n"
    )
    with (folder / "registry.log").open("w") as log:
        server = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
        try:
            _wait(address, server, folder / "registry.log")
            yield address
        finally:
            server.terminate()
            server.wait(timeout=10)


def _wait(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _attempt in range(100):
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://{address}/v2/", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the registry does not answer: {log.read_text()}")
