"""What a webhook says and how it is signed: Standard Webhooks (https://www.standardwebhooks.com), version 1, HMAC-SHA256."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ...jsonbytes import json_bytes
from ..wire import time_text

#: Bytes of a secret; the specification asks for 24 to 64.
SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One end of a job that is to be told, as leased for its attempt number `attempt`."""

    id: UUID
    job_id: UUID
    tenant: str
    url: str
    state: str
    ended_at: datetime
    attempt: int
    secret: bytes | None  # None: the tenant has none


def new_secret() -> bytes:
    """A secret from the system's randomness."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """A secret as the receiver's library takes it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def body_of(delivery: Delivery) -> bytes:
    """What is sent: which job ended and how. Nothing of its document: the receiver asks with its key."""
    data = {"id": str(delivery.job_id), "state": delivery.state}
    return json_bytes({"type": f"job.{delivery.state}", "timestamp": time_text(delivery.ended_at), "data": data})


def signed_headers(delivery: Delivery, secret: bytes, body: bytes, *, at: int) -> dict[str, str]:
    """The three headers; `at` is the time of this attempt in Unix seconds. The id is the same at every attempt."""
    message_id = f"msg_{delivery.id.hex}"
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at),
        "webhook-signature": signature(secret, message_id, at, body),
    }


def signature(secret: bytes, message_id: str, at: int, body: bytes) -> str:
    """The signature of a message of that id, sent at that time."""
    digest = hmac.digest(secret, f"{message_id}.{at}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"
