"""`lamplighter measure`: what it reads, what it keeps free, what it prints. No test asserts how long anything took."""

import gzip
import hashlib
import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from lamplighter.measure.disk import files_of
from lamplighter.measure.wakes import stages_of
from plugins.tree import ROOT, lamplighter

MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Priorities cannot be raised again: the tests' own process keeps its own."""
    monkeypatch.setattr("lamplighter.measure.manners.be_last", lambda: "as a test")


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder of the repository's disk: /tmp may be memory, which has no direct reads."""
    folder = ROOT / ".cache" / f"measure-{os.getpid()}"
    folder.mkdir(parents=True)
    yield folder
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def test_a_models_own_files_are_read_whole_and_stay(on_disk: Path) -> None:
    for name, size in (("model-1.safetensors", 3 * MIB), ("model-2.safetensors", MIB + 7)):
        (on_disk / name).write_bytes(os.urandom(size))
    said = lamplighter("measure", "--files", str(on_disk), "--format", "json")
    assert (said.code, said.err) == (0, "")
    speed = json.loads(said.out)["speeds"]["diskReadMiBps"]
    assert speed["bytes"] == 4 * MIB + 7
    assert speed["mibps"] == pytest.approx(speed["bytes"] / MIB / speed["seconds"])
    assert sorted(file.name for file in on_disk.iterdir()) == ["model-1.safetensors", "model-2.safetensors"]


def test_it_reads_no_more_than_it_was_allowed(on_disk: Path) -> None:
    (on_disk / "weights").write_bytes(os.urandom(8 * MIB))
    said = lamplighter("measure", "--files", str(on_disk), "--bytes", "2MiB", "--format", "json")
    assert json.loads(said.out)["speeds"]["diskReadMiBps"]["bytes"] == 2 * MIB


def test_what_it_prints_are_values_of_boot_with_their_date(on_disk: Path) -> None:
    (on_disk / "weights").write_bytes(os.urandom(MIB))
    said = lamplighter("measure", "--files", str(on_disk))
    values = yaml.safe_load(said.out)
    assert list(values) == ["boot"]
    assert values["boot"].keys() <= {"diskReadMiBps"}
    assert said.out.startswith("# lamplighter measure, 20")


def test_everybody_else_goes_first() -> None:
    """In a process of its own: the kernel says what became of its priorities."""
    asked = "import os; from lamplighter.measure.manners import be_last; print(be_last(), os.nice(0), sep=';')"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    said, nice = done.stdout.strip().split(";")
    assert nice == "19"
    assert said.startswith("nice 19")


class _Disk:
    """What statvfs would say of a disk of 100 GiB with so much free."""

    def __init__(self, free_gib: int) -> None:
        self.f_frsize, self.f_blocks, self.f_bavail = 4096, 100 * 2**30 // 4096, free_gib * 2**30 // 4096


@pytest.mark.parametrize(("free_gib", "fits"), [(16, True), (15, False), (1, False)])
def test_a_part_of_the_disk_stays_free(free_gib: int, *, fits: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # 15 of 100 GiB stay free, so 16 have room for the 2 MiB and 15 do not.
    monkeypatch.setattr("os.statvfs", lambda _folder: _Disk(free_gib))
    from lamplighter.errors import CannotJudge

    def measure() -> None:
        with files_of(2 * MIB, tmp_path, lambda _done, _most: None) as files:
            assert sum(file.stat().st_size for file in files) == 2 * MIB
        assert list(tmp_path.iterdir()) == []

    if fits:
        measure()
    else:
        with pytest.raises(CannotJudge, match="stay free"):
            measure()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--disk", "/nowhere"),
        ("--files", "/nowhere"),
        ("--image", "no image"),
        ("--disk", ".", "--bytes", "1TB"),
        ("--disk", ".", "--seconds", "0"),
        ("--wakes", "ftp://gateway"),
        ("--wakes", "http://127.0.0.1:9/metrics"),
        ("--image", "127.0.0.1:9/worker:1"),
    ],
)
def test_what_cannot_be_measured_is_a_sentence(arguments: tuple[str, ...]) -> None:
    said = lamplighter("measure", *arguments)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("lamplighter: ")
    assert "Traceback" not in said.err


LAYERS = [gzip.compress(os.urandom(3 * MIB), compresslevel=1), gzip.compress(os.urandom(MIB), compresslevel=1)]
BLOBS = {f"sha256:{hashlib.sha256(layer).hexdigest()}": layer for layer in LAYERS}
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"


class _Registry(http.server.BaseHTTPRequestHandler):
    """The distribution specification's calls for one image, behind a token that anybody gets."""

    def do_GET(self) -> None:
        host = self.headers["host"]
        if self.path.startswith("/token"):
            self._say(200, json.dumps({"token": "anybody"}).encode())
        elif self.headers.get("authorization") != "Bearer anybody":
            realm = f'Bearer realm="http://{host}/token",service="registry",scope="repository:worker:pull"'
            self._say(401, b"{}", ("www-authenticate", realm))
        elif self.path == "/v2/worker/manifests/1":
            listed = [{"mediaType": LAYER_TYPE, "digest": digest, "size": len(blob)} for digest, blob in BLOBS.items()]
            self._say(200, json.dumps({"schemaVersion": 2, "layers": listed}).encode())
        elif (digest := self.path.removeprefix("/v2/worker/blobs/")) in BLOBS:
            self._say(200, BLOBS[digest])
        else:
            self._say(404, b"{}")

    def _say(self, code: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(code)
        for name, value in (*headers, ("content-length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: Any) -> None:
        """Says nothing."""


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its host and port."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Registry)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_layer_of_an_image_is_downloaded_with_a_token_for_anybody(registry: str) -> None:
    said = lamplighter("measure", "--image", f"{registry}/worker:1", "--insecure", "--format", "json")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out)["speeds"]["imagePullMiBps"]["bytes"] == sum(map(len, LAYERS))


def test_an_image_that_is_not_there_is_said(registry: str) -> None:
    said = lamplighter("measure", "--image", f"{registry}/worker:2", "--insecure")
    assert said.code == 2
    assert "404" in said.err


def test_stages_are_the_means_of_a_gateways_histogram() -> None:
    text = (
        'lamplighter_wake_stage_seconds_bucket{worker="extract",stage="engine",le="60"} 2\n'
        'lamplighter_wake_stage_seconds_sum{worker="extract",stage="engine"} 70.0\n'
        'lamplighter_wake_stage_seconds_count{worker="extract",stage="engine"} 2\n'
        'lamplighter_wake_stage_seconds_sum{worker="night",stage="engine"} 20.0\n'
        'lamplighter_wake_stage_seconds_count{worker="night",stage="engine"} 1\n'
    )
    assert stages_of(text, "extract") == {"engine": (35.0, 2)}
    assert stages_of(text, "") == {"engine": (30.0, 3)}
    assert stages_of(text, "nobody") == {}
