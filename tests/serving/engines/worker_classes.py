"""Worker classes as the catalog would give them."""

from collections.abc import Mapping

from lamplighter_serving.catalog import WorkerClass

CONTEXT_TOKENS = 512
CONCURRENCY = 2


def worker_class(engine: str, options: Mapping[str, object] | None = None, **changes: object) -> WorkerClass:
    """A class with small numbers."""
    facts: dict[str, object] = {
        "name": "extract",
        "engine": engine,
        "model": "model-of-the-test",
        "context_tokens": CONTEXT_TOKENS,
        "concurrency": CONCURRENCY,
        "memory_fraction": None,
        "engine_options": options or {},
        "jobs_per_replica": 10,
        "cooldown_seconds": 20.0,
        "max_job_seconds": 60.0,
        "max_attempts": 3,
    }
    return WorkerClass(**(facts | changes))  # type: ignore[arg-type]
