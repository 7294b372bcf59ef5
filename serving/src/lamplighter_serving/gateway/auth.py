"""Who is asking: the tenant of a request's key, with a short memory so that ingest does not ask the database each time.

A revoked key works for at most `REMEMBERED_SECONDS` more. Only keys that were right are remembered, so a new key works at once.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from .keys import KeyStore, hash_secret, split_key
from .problems import RequestRefused

#: For this long a key is trusted without asking again: a revoked key ends within it.
REMEMBERED_SECONDS = 5.0
#: More keys in use at once than this, and the memory starts anew: it must not grow with what clients send.
MOST_REMEMBERED = 10_000
#: last_used_at is precise to this: a write a request would cost more than the request.
USE_NOTED_SECONDS = 60.0

#: The tenant of every request when keys are switched off.
OPEN_TENANT = "default"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    tenant: str
    scopes: tuple[str, ...]
    key_id: UUID
    until: float  # on the monotonic clock


class Authenticator:
    """Turns an Authorization header into a tenant."""

    def __init__(self, keys: KeyStore, *, required: bool = True, clock: Callable[[], float] = time.monotonic) -> None:
        self._keys = keys
        self._required = required
        self._clock = clock
        self._known: dict[bytes, _Known] = {}
        self._noted: dict[UUID, float] = {}

    async def tenant(self, authorization: str | None, *, scope: str = "read") -> str:
        """The tenant. Raises `RequestRefused` with 401, with 403 for a key without the scope, or `StoreUnavailable`."""
        if not self._required:
            return OPEN_TENANT
        if authorization is None:
            raise _unauthorized("key-missing", "The request carries no key.")
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise _unauthorized("key-missing", "The Authorization header is not of the form: Bearer <key>.")
        text = text.strip()
        fingerprint = hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
        known = self._known.get(fingerprint)
        if known is None or known.until <= self._clock():
            known = await self._look_up(text, fingerprint)
        if scope not in known.scopes:
            raise _forbidden(scope, known.scopes)
        return known.tenant

    async def _look_up(self, text: str, fingerprint: bytes) -> _Known:
        parts = split_key(text)
        if parts is None:
            raise _unauthorized("key-unknown", "The key does not have the form ll_<prefix>_<secret>.", scheme_error=True)
        prefix, secret = parts
        secret_hash = hash_secret(secret)
        key = next((key for key in await self._keys.live(prefix) if key.opened_by(secret_hash)), None)
        if key is None:
            self._known.pop(fingerprint, None)
            raise _unauthorized("key-unknown", f"The key {prefix} is unknown or revoked.", scheme_error=True)
        now = self._clock()
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        known = _Known(tenant=key.tenant, scopes=key.scopes, key_id=key.id, until=now + REMEMBERED_SECONDS)
        self._known[fingerprint] = known
        await self._note_use(key.id, now)
        return known

    async def _note_use(self, key_id: UUID, now: float) -> None:
        if now - self._noted.get(key_id, -USE_NOTED_SECONDS) < USE_NOTED_SECONDS:
            return
        if len(self._noted) >= MOST_REMEMBERED:
            self._noted.clear()
        self._noted[key_id] = now
        await self._keys.used(key_id)


def _forbidden(scope: str, scopes: tuple[str, ...]) -> RequestRefused:
    return RequestRefused(
        403,
        "scope-missing",
        f"The key may {', '.join(scopes)}; this needs {scope}.",
        hint=f"Use a key made with lamplighter-gateway keys create --scope {scope}.",
        extras={"scope": scope},
    )


def _unauthorized(code: str, sentence: str, *, scheme_error: bool = False) -> RequestRefused:
    challenge = 'Bearer realm="lamplighter"' + (', error="invalid_token"' if scheme_error else "")
    return RequestRefused(
        401,
        code,
        sentence,
        hint="Send the header Authorization: Bearer ll_…; lamplighter-gateway keys create makes a key.",
        headers={"www-authenticate": challenge},
    )
