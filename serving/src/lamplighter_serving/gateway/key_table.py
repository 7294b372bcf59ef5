"""Keys in PostgreSQL, table `api_keys`. The SQL stands in sql/keys.sql."""

import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from ..database import Database, load_queries
from .keys import SCOPES, USUAL_SCOPES, ApiKey, KeyNotFound, NewKey

_QUERIES = load_queries(Path(__file__).parent / "sql")


class KeyTable:
    """A `KeyStore` over the database. `actor` is who makes and revokes keys, for the audit log."""

    def __init__(self, database: Database, *, actor: str = "lamplighter-gateway") -> None:
        self._database = database
        self._actor = actor

    async def create(self, new: NewKey, *, tenant: str, name: str, scopes: tuple[str, ...] = USUAL_SCOPES) -> ApiKey:
        """Stores a key."""
        return _key(await self._database.row(_QUERIES["create_key"], self._columns(new, tenant, name, scopes)))

    async def create_first(self, new: NewKey, *, tenant: str, name: str) -> ApiKey | None:
        """Stores a key when the table is empty."""
        async with self._database.transaction() as transaction:
            await transaction.rows(_QUERIES["lock_keys"])
            if await transaction.row(_QUERIES["any_key"]):
                return None
            return _key(await transaction.row(_QUERIES["create_key"], self._columns(new, tenant, name, SCOPES)))

    async def live(self, prefix: str) -> Sequence[ApiKey]:
        """The keys of that prefix that are not revoked."""
        return [_key(row) for row in await self._database.rows(_QUERIES["live_keys"], {"prefix": prefix})]

    async def used(self, key_id: UUID) -> None:
        """Notes that the key was used, at most once a minute."""
        await self._database.rows(_QUERIES["use_key"], {"id": key_id})

    async def list(self, tenant: str | None = None) -> Sequence[ApiKey]:
        """All keys, oldest first."""
        return [_key(row) for row in await self._database.rows(_QUERIES["list_keys"], {"tenant": tenant})]

    async def revoke(self, which: str) -> ApiKey:
        """Revokes the key of that id or prefix. Raises `KeyNotFound`."""
        row = await self._database.row(_QUERIES["revoke_key"], {"which": which, "actor": self._actor})
        if row is None:
            raise KeyNotFound()
        return _key(row)

    def _columns(self, new: NewKey, tenant: str, name: str, scopes: tuple[str, ...]) -> Mapping[str, object]:
        return {
            "id": uuid.uuid4(),
            "tenant": tenant,
            "name": name,
            "prefix": new.prefix,
            "secret_hash": new.secret_hash,
            "scopes": list(scopes),
            "actor": self._actor,
        }


def _key(row: Mapping[str, Any] | None) -> ApiKey:
    if row is None:
        raise ValueError("a statement that returns the key it wrote returned none")
    return ApiKey(
        id=row["id"],
        tenant=row["tenant"],
        name=row["name"],
        prefix=row["prefix"],
        secret_hash=bytes(row["secret_hash"]),
        scopes=tuple(row["scopes"]),
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        revoked_at=row["revoked_at"],
    )
