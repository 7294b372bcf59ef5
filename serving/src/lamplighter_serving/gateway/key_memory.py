"""Keys in memory, for tests. Passes the same contract tests as `key_table`."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from .keys import SCOPES, USUAL_SCOPES, ApiKey, KeyNotFound, NewKey


class MemoryKeys:
    """A `KeyStore` without a database."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self._keys: dict[UUID, ApiKey] = {}

    async def create(self, new: NewKey, *, tenant: str, name: str, scopes: tuple[str, ...] = USUAL_SCOPES) -> ApiKey:
        """Stores a key."""
        key = ApiKey(
            id=uuid.uuid4(),
            tenant=tenant,
            name=name,
            prefix=new.prefix,
            secret_hash=new.secret_hash,
            scopes=scopes,
            created_at=self._clock(),
            last_used_at=None,
            revoked_at=None,
        )
        self._keys[key.id] = key
        return key

    async def create_first(self, new: NewKey, *, tenant: str, name: str) -> ApiKey | None:
        """Stores a key when there is none."""
        return None if self._keys else await self.create(new, tenant=tenant, name=name, scopes=SCOPES)

    async def live(self, prefix: str) -> Sequence[ApiKey]:
        """The keys of that prefix that are not revoked."""
        return [key for key in self._keys.values() if key.prefix == prefix and key.revoked_at is None]

    async def used(self, key_id: UUID) -> None:
        """Notes that the key was used, at most once a minute."""
        key = self._keys[key_id]
        if key.last_used_at is None or self._clock() - key.last_used_at > timedelta(minutes=1):
            self._keys[key_id] = replace(key, last_used_at=self._clock())

    async def list(self, tenant: str | None = None) -> Sequence[ApiKey]:
        """All keys, oldest first."""
        return [key for key in self._keys.values() if tenant in (None, key.tenant)]

    async def revoke(self, which: str) -> ApiKey:
        """Revokes the key of that id or prefix. Raises `KeyNotFound`."""
        for key in self._keys.values():
            if which in (str(key.id), key.prefix):
                self._keys[key.id] = replace(key, revoked_at=key.revoked_at or self._clock())
                return self._keys[key.id]
        raise KeyNotFound()
