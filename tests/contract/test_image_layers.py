"""scripts/image_layers.py reads an image's archive whatever its size."""

import gzip
import hashlib
import io
import json
import runpy
import tarfile
import tracemalloc
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "image_layers.py"
LAYER_BYTES = 64 * 2**20


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An image of one compressed layer, as the OCI image layout says."""
    blobs: dict[str, bytes] = {}

    def stored(content: bytes) -> dict[str, object]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"digest": f"sha256:{digest}", "size": len(content)}

    layer = stored(gzip.compress(bytes(LAYER_BYTES), compresslevel=1))
    config = {"history": [{"created_by": "RUN make it"}], "rootfs": {"diff_ids": [f"sha256:{'a' * 64}"]}}
    manifest = stored(json.dumps({"config": stored(json.dumps(config).encode()), "layers": [layer]}).encode())
    blobs["index.json"] = json.dumps({"manifests": [manifest]}).encode()
    path = tmp_path / "image.tar"
    with tarfile.open(path, "w") as content:
        for name, blob in blobs.items():
            member = tarfile.TarInfo(name)
            member.size = len(blob)
            content.addfile(member, io.BytesIO(blob))
    return path


def test_a_layer_is_measured_without_being_held_in_memory(archive: Path) -> None:
    read_layers = runpy.run_path(str(SCRIPT))["read_layers"]
    tracemalloc.start()
    (layer,) = read_layers(archive)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert layer.bytes == LAYER_BYTES
    assert layer.step == "RUN make it"
    assert peak_bytes < LAYER_BYTES / 4
