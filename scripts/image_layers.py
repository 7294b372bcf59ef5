"""Says what an image weighs: `image_layers.py ARCHIVE`, or with `--before ARCHIVE` what of it a node has to fetch anew.

Reads archives as `buildah push oci-archive:` and `docker save` write them. A layer is the same when its content is (diff ID);
the compressed bytes are those of the archive, which a registry keeps as they are.
"""

import argparse
import gzip
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

MEGABYTE = 1_000_000
PIECE_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer and the step that made it."""

    diff_id: str
    compressed_bytes: int
    bytes: int
    step: str


def read_layers(archive: Path) -> list[Layer]:
    """The layers of an archive, lowest first."""
    with tarfile.open(archive) as content:

        def blob(descriptor: dict[str, Any]) -> IO[bytes]:
            return _member(content, "blobs/" + descriptor["digest"].replace(":", "/"))

        descriptor = json.load(_member(content, "index.json"))["manifests"][0]
        manifest = json.load(blob(descriptor))
        config = json.load(blob(manifest["config"]))
        steps = [entry["created_by"] for entry in config["history"] if not entry.get("empty_layer")]
        return [
            Layer(
                diff_id=diff_id,
                compressed_bytes=layer["size"],
                bytes=_unpacked_bytes(blob(layer)),
                step=step,
            )
            for layer, diff_id, step in zip(manifest["layers"], config["rootfs"]["diff_ids"], steps, strict=True)
        ]


def _member(content: tarfile.TarFile, name: str) -> IO[bytes]:
    file = content.extractfile(name)
    assert file is not None, name
    return file


def _unpacked_bytes(blob: IO[bytes]) -> int:
    """Read in pieces: a layer with CUDA has ten gigabytes."""
    packed = blob.read(2) == b"\x1f\x8b"
    blob.seek(0)
    stream = gzip.GzipFile(fileobj=blob) if packed else blob
    return sum(map(len, iter(lambda: stream.read(PIECE_BYTES), b"")))


def _size(count: int) -> str:
    return f"{count / MEGABYTE:.1f} MB"


def _print_layers(title: str, layers: list[Layer]) -> None:
    total, compressed = sum(each.bytes for each in layers), sum(each.compressed_bytes for each in layers)
    print(f"{title}: {_size(total)}, compressed {_size(compressed)}")
    for each in layers:
        step = " ".join(each.step.replace("/bin/sh -c", "").replace("#(nop)", "").split())
        print(f"  {_size(each.bytes):>10} {_size(each.compressed_bytes):>10}  {each.diff_id[7:19]}  {step[:90]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("archive", type=Path)
    parser.add_argument("--before", type=Path)
    chosen = parser.parse_args()
    layers = read_layers(chosen.archive)
    if chosen.before is None:
        _print_layers(chosen.archive.stem, layers)
        return
    known = {each.diff_id for each in read_layers(chosen.before)}
    moved = [each for each in layers if each.diff_id not in known]
    _print_layers(f"{chosen.archive.stem} moves {len(moved)} of {len(layers)} layers", moved)


if __name__ == "__main__":
    main()
