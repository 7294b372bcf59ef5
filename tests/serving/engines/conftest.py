"""Engines under test, each with an event loop of its own that lives as long as the engine."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

Run = Callable[[Coroutine[Any, Any, T]], T]


@pytest.fixture
def run() -> Iterator[Run[Any]]:
    """Runs coroutines of one test on one loop: an engine belongs to the loop that first used it."""
    with asyncio.Runner() as runner:
        yield runner.run
