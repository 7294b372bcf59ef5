"""The packaged facts about versions of engines (data/engines/<engine>.json, written by scripts/read_vllm.py)."""

import functools
import json
from collections.abc import Mapping
from importlib import resources
from typing import Any

from ..domain.engine import EngineTable, Span


@functools.cache
def engine_tables() -> Mapping[str, EngineTable]:
    """The engines of which versions were read, by name."""
    content = resources.files("lamplighter").joinpath("data/engines/vllm.json").read_bytes()
    return {"vllm": engine_table(json.loads(content))}


def engine_table(data: Mapping[str, Any]) -> EngineTable:
    """One engine's table, from the form of data/engines/."""
    return EngineTable(
        versions=tuple(data["versions"]),
        arguments=_spans(data["arguments"]),
        architectures=_spans(data["architectures"]),
        undated=frozenset(data["undated"]),
        quantizations=_spans(data["quantizations"]),
        least_capability=data["leastCapability"],
    )


def _spans(entries: Mapping[str, Any]) -> dict[str, Span]:
    """`[since, until]`, or `[since, until, [versions in between that lack it]]`."""
    return {
        name: Span(since=since, until=until, lacking=tuple(lacking[0]) if lacking else ())
        for name, (since, until, *lacking) in entries.items()
    }
