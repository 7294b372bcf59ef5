"""The queue in PostgreSQL. One class per noun, composed into the store; the SQL stands in queue/sql."""

from .store import PostgresStore

__all__ = ["PostgresStore"]
