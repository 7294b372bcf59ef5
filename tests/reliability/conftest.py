"""How often the kill matrix runs: `pytest tests/reliability --kill-seeds 20` takes twenty seeds."""

import pytest

#: Seeds of a run that asks for no number: what `make test` has time for.
SEEDS = 2


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option. It is known only to runs that name this folder; the others take `SEEDS`."""
    parser.addoption("--kill-seeds", type=int, default=SEEDS, help=f"seeds of the kill matrix (default: {SEEDS})")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each seed."""
    if "kill_seed" in metafunc.fixturenames:
        metafunc.parametrize("kill_seed", range(1, metafunc.config.getoption("kill_seeds", SEEDS) + 1))
