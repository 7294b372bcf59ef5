"""What a node fetches: one small layer for a change of our code, nothing for a build that changes nothing."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from images.conftest import IMAGES, ROOT, scripts_images
from images.container import Image

#: Megabytes that a change of our code may move.
MOST_MOVED = 20.0


@pytest.mark.parametrize("name", ["gateway", "worker"])
def test_a_change_of_our_code_moves_one_layer_of_less_than_20_megabytes(base: None, name: str) -> None:
    printed = scripts_images("churn", name, VERSION="test")
    moved = re.match(rf"{name}-changed moves (\d+) of \d+ layers: ([\d.]+) MB", printed)
    assert moved, printed
    assert moved[1] == "1"
    assert 0 < float(moved[2]) < MOST_MOVED


def test_built_anew_through_other_mirrors_the_layers_are_the_same(gateway: Image, tmp_path: Path) -> None:
    # Were anything of the mirrors' files inside, or a time, or an order by chance, a digest would differ.
    mirrors = tmp_path / "mirrors"
    shutil.copytree(IMAGES / "mirrors", mirrors)
    for file, comment in {"apt.conf": "//", "apt.sources": "#", "pip.conf": "#", "ca.crt": "#"}.items():
        with (mirrors / file).open("a") as content:
            content.write(f"\n{comment} mirror.lamplighter.invalid\n")
    before = tmp_path / "before.tar"
    scripts_images("gateway", VERSION="test")
    shutil.copy(IMAGES / "gateway.tar", before)
    scripts_images("gateway", VERSION="test", CACHE="no", MIRRORS=str(mirrors))
    script = ROOT / "scripts" / "image_layers.py"
    printed = subprocess.check_output((sys.executable, script, "--before", before, IMAGES / "gateway.tar"), text=True)
    assert printed.startswith("gateway moves 0 of 4 layers"), printed


@pytest.mark.parametrize("name", ["gateway", "worker"])
def test_readme_says_what_an_image_weighs_within_a_tenth(base: None, name: str) -> None:
    printed = re.match(rf"{name}: ([\d.]+) MB, compressed ([\d.]+) MB", scripts_images(name, VERSION="test"))
    written = re.search(rf"\| {name} \| ([\d.]+) MB \| ([\d.]+) MB \|", (ROOT / "serving" / "README.md").read_text())
    assert printed
    assert written
    assert [float(text) for text in written.groups()] == pytest.approx([float(text) for text in printed.groups()], rel=0.1)
