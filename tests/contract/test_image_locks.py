"""The images hold the versions that the tests ran with, and their locks name no index."""

import re
from pathlib import Path

import pytest

LOCKS = Path(__file__).resolve().parents[2] / "requirements"
TESTED = ["gateway", "worker"]


def pins(name: str) -> set[str]:
    """The `package==version` of a lock."""
    return set(re.findall(r"^[\w.-]+==\S+", (LOCKS / f"{name}.lock").read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", TESTED)
def test_lock_of_an_image_pins_what_the_tests_ran_with(name: str) -> None:
    assert pins(name)
    assert pins(name) <= pins("dev")


def test_wheels_in_the_images_are_built_by_what_the_tests_ran_with() -> None:
    assert {pin for pin in pins("build") if not pin.startswith("pip==")} <= pins("dev")


def test_images_install_with_a_pinned_pip_that_knows_a_pin_without_extras() -> None:
    # Debian 12's pip 23.0 refuses worker-vllm.lock: flashinfer asks for cuda-tile[tileiras], it has cuda-tile==…
    (version,) = (pin.removeprefix("pip==") for pin in pins("build") if pin.startswith("pip=="))
    assert int(version.partition(".")[0]) >= 26


@pytest.mark.parametrize("name", [*TESTED, "build", "worker-vllm"])
def test_lock_of_an_image_names_no_index(name: str) -> None:
    assert "://" not in (LOCKS / f"{name}.lock").read_text()


def test_gpu_worker_has_the_version_that_prod_names() -> None:
    version = LOCKS.parent / "environments" / "prod" / "version.yaml"
    (engine,) = re.findall(r"engineVersion: (\S+)", version.read_text())
    assert f"vllm=={engine}" in pins("worker-vllm")
