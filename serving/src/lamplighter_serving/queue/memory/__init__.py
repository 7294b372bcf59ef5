"""The queue in memory, for tests. Passes the same contract tests as `queue.postgres`."""

from .store import MemoryStore

__all__ = ["MemoryStore"]
