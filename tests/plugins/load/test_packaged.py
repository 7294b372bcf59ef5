"""The GPU and MIG tables: what drivers report, below what boxes say, and each number with its source."""

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


@pytest.mark.parametrize(
    ("key", "capability"),
    # https://developer.nvidia.com/cuda-gpus
    [
        ("v100-32", (7, 0)),
        ("t4", (7, 5)),
        ("a100-80", (8, 0)),
        ("a10g", (8, 6)),
        ("l4", (8, 9)),
        ("h100-80", (9, 0)),
        ("b200", (10, 0)),
        ("rtx-pro-6000-bse", (12, 0)),
    ],
)
def test_known_chips_have_the_compute_capability_that_nvidia_lists(key: str, capability: tuple[int, int]) -> None:
    assert gpu_chips()[key].capability == capability


def test_only_chips_before_turing_have_a_last_driver() -> None:
    # NVIDIA's notice with branch 580: the last for Maxwell, Pascal and Volta.
    for chip in gpu_chips().values():
        assert chip.last_driver_branch == (580 if chip.capability < (7, 5) else None), chip.key


@pytest.mark.parametrize(
    ("key", "profile", "mib"),
    [
        # node labels nvidia.com/mig-1g.10gb.memory and mig-3g.40gb.memory of an H100 (NVIDIA/cloud-native-docs)
        ("h100-80", "1g.10gb", 9984),
        ("h100-80", "3g.40gb", 40320),
        # nvidia-smi mig -lgip: 4.75 and 39.25 GiB on an A100 with 40 GB, 16.00 GiB on an H200
        ("a100-40", "1g.5gb", 4864),
        ("a100-40", "7g.40gb", 40192),
        ("h200", "1g.18gb", 16384),
    ],
)
def test_known_mig_profiles_have_the_memory_that_was_seen(key: str, profile: str, mib: int) -> None:
    table = gpu_chips()[key].mig
    assert table is not None
    assert table.profiles[profile].memory_bytes == mib * MIB


def test_mig_profiles_together_are_never_more_than_their_card() -> None:
    for chip in gpu_chips().values():
        for profile in chip.mig.profiles.values() if chip.mig else ():
            if profile.memory_bytes is not None:
                assert profile.most * profile.memory_bytes <= chip.memory_bytes, (chip.key, profile.name)
            # The number in front of "g" is the compute slices.
            assert profile.name.startswith(f"{profile.compute_slices}g.")
