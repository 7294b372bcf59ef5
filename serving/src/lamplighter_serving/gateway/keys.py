"""API keys: their form, what is stored of them, and the door to where they are stored.

A key is `ll_<prefix>_<secret>`. The prefix names it in lists and logs; the secret is 43 random letters and digits, 256 bits.
Such a secret cannot be guessed however fast one tries, so a plain SHA-256 is the right hash: argon2 and its kin slow down
guessing of passwords people choose, and would cost every request tens of milliseconds for nothing.
"""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ..errors import LamplighterError

_ALPHABET = string.ascii_letters + string.digits
_PREFIX_LENGTH = 8
_SECRET_LENGTH = 43  # 62^43 > 2^256
_KEY = re.compile(rf"ll_([A-Za-z0-9]{{{_PREFIX_LENGTH}}})_([A-Za-z0-9]{{{_SECRET_LENGTH}}})")

#: What a key may be allowed: to look at its tenant's jobs, to send and end them, to see the audit log of its tenant.
SCOPES = ("read", "submit", "admin")
#: What a key may do unless it is said otherwise.
USUAL_SCOPES = ("read", "submit")

#: A tenant's name goes into logs and lists, so it stays plain.
TENANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class KeyNotFound(LamplighterError):
    """No key has this id or prefix. Does not repeat it: people paste whole keys."""

    code = "key-not-found"

    def __init__(self) -> None:
        super().__init__("No key has this id or prefix.", hint="lamplighter-gateway keys list shows them.")


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey:
    """A key as it is stored: everything but the secret."""

    id: UUID
    tenant: str
    name: str
    prefix: str
    secret_hash: bytes  # SHA-256
    scopes: tuple[str, ...]  # of `SCOPES`
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    def opened_by(self, secret_hash: bytes) -> bool:
        """Whether this hash is the key's. Takes the same time for a near miss as for any other."""
        return hmac.compare_digest(self.secret_hash, secret_hash)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewKey:
    """A key just made. `text` is the whole key, shown once and stored nowhere."""

    text: str
    prefix: str
    secret_hash: bytes


class KeyStore(Protocol):
    """Where keys are kept. All methods raise `StoreUnavailable` when the database does not answer."""

    async def create(self, new: NewKey, *, tenant: str, name: str, scopes: tuple[str, ...] = USUAL_SCOPES) -> ApiKey:
        """Stores a key."""
        ...

    async def create_first(self, new: NewKey, *, tenant: str, name: str) -> ApiKey | None:
        """Stores a key of all scopes when there is none at all, revoked ones included; else None. Two at once: one stores."""
        ...

    async def live(self, prefix: str) -> Sequence[ApiKey]:
        """The keys of that prefix that are not revoked."""
        ...

    async def used(self, key_id: UUID) -> None:
        """Notes that the key was used now."""
        ...

    async def list(self, tenant: str | None = None) -> Sequence[ApiKey]:
        """All keys, oldest first, of one tenant or of all."""
        ...

    async def revoke(self, which: str) -> ApiKey:
        """Revokes the key of that id or prefix; one already revoked stays so. Raises `KeyNotFound`."""
        ...


def new_key() -> NewKey:
    """Makes a key from the system's randomness."""
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(_PREFIX_LENGTH))
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    return NewKey(text=f"ll_{prefix}_{secret}", prefix=prefix, secret_hash=hash_secret(secret))


def split_key(text: str) -> tuple[str, str] | None:
    """Prefix and secret of a key's text, None when it has not the form of a key."""
    match = _KEY.fullmatch(text)
    return (match[1], match[2]) if match else None


def hash_secret(secret: str) -> bytes:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).digest()
