"""From `workers.<name>` to the facts of a worker class and its engines."""

from collections.abc import Mapping
from typing import Any

from ..domain.deployment import EngineSettings, Scale, Worker


def worker_facts(name: str, entry: Mapping[str, Any]) -> Worker:
    """One worker class, from an entry that satisfies the schema."""
    return Worker(
        name=name,
        topology=entry["topology"],
        gpus_per_replica=entry["gpusPerReplica"],
        pools=tuple(entry.get("pools", ())),
        engines=tuple(_engine(model, engine) for model, engine in entry["models"].items()),
        scale=Scale(least=entry["scale"]["min"], most=entry["scale"]["max"]),
    )


def _engine(model: str, entry: Mapping[str, Any]) -> EngineSettings:
    return EngineSettings(
        engine=entry["engine"],
        model=model,
        context_tokens=entry["contextTokens"],
        concurrency=entry["concurrency"],
        memory_fraction=entry.get("memoryFraction"),
        kv_cache_dtype=entry.get("kvCacheDtype", "auto"),
    )
