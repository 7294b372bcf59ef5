"""The GPU table: what drivers report, below what boxes say, and each number with its source."""

import pytest
import yaml

from lamplighter.load.packaged import gpu_chips
from lamplighter.units import GIB, MIB
from plugins.tree import ROOT

TABLE = ROOT / "plugins" / "src" / "lamplighter" / "data" / "gpus.yaml"


@pytest.mark.parametrize(
    ("key", "mib"),
    [
        ("t4", 15109),  # GPU feature discovery's label with older drivers; newer ones say 15360
        ("h100-80", 81559),  # NVIDIA's own example of the label on an H100
        ("h200", 143771),  # nvidia-smi, driver 580.159.03
    ],
)
def test_known_chips_have_the_memory_their_driver_reports(key: str, mib: int) -> None:
    assert gpu_chips()[key].memory_bytes == mib * MIB


@pytest.mark.parametrize(
    ("key", "nominal_gib"), [("t4", 16), ("a10", 24), ("l4", 24), ("a100-80", 80), ("h100-80", 80), ("b200", 192)]
)
def test_no_chip_has_what_its_box_says(key: str, nominal_gib: int) -> None:
    assert gpu_chips()[key].memory_bytes < nominal_gib * GIB


def test_every_number_has_a_source_and_a_confidence() -> None:
    chips = yaml.safe_load(TABLE.read_text())["chips"]
    assert all(chip["source"] and chip["confidence"] in ("high", "medium", "low") for chip in chips.values())
    assert set(gpu_chips()) == set(chips)
