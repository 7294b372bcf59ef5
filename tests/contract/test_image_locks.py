"""The images hold the versions that the tests ran with, and their locks name no index."""

import re
from pathlib import Path

import pytest

LOCKS = Path(__file__).resolve().parents[2] / "requirements"
TESTED = ["gateway", "worker", "build"]


def pins(name: str) -> set[str]:
    """The `package==version` of a lock."""
    return set(re.findall(r"^[\w.-]+==\S+", (LOCKS / f"{name}.lock").read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", TESTED)
def test_lock_of_an_image_pins_what_the_tests_ran_with(name: str) -> None:
    assert pins(name)
    assert pins(name) <= pins("dev")


@pytest.mark.parametrize("name", [*TESTED, "worker-vllm"])
def test_lock_of_an_image_names_no_index(name: str) -> None:
    assert "://" not in (LOCKS / f"{name}.lock").read_text()


def test_gpu_worker_has_the_version_that_prod_names() -> None:
    version = LOCKS.parent / "environments" / "prod" / "version.yaml"
    (engine,) = re.findall(r"engineVersion: (\S+)", version.read_text())
    assert f"vllm=={engine}" in pins("worker-vllm")
