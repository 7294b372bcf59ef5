"""Sends what is due. Any number of gateways may: each takes its own. At least once; the id tells a repetition."""

import asyncio
import logging
import random
import ssl
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Never

from ... import logs
from ...errors import StoreUnavailable
from .address import Network, WebhookRefused
from .message import Delivery, body_of, signed_headers
from .post import POST_SECONDS, PostFailed, Resolve, post, resolve
from .table import WebhookTable

#: Sent at once by one process.
MOST_AT_ONCE = 8
#: Longer than an attempt takes with both its writes.
LEASE = timedelta(seconds=4 * POST_SECONDS)
#: How often the table is looked at.
PAUSE_SECONDS = 1.0
#: Rests of 5 s, 20 s, 80 s … 5.7 h: a receiver may be away for half a working day.
FIRST_REST_SECONDS = 5.0
REST_FACTOR = 4.0
MOST_ATTEMPTS = 8
#: The part of a rest left to chance: what failed together must not come back together.
JITTER = 0.5
#: The receiver says that nobody wants it any more.
GONE = 410


class Sender:
    """The task of one gateway process."""

    def __init__(self, table: WebhookTable, networks: Sequence[Network], *, resolver: Resolve = resolve) -> None:
        self._table = table
        self._networks = networks
        self._resolver = resolver
        self._tls = ssl.create_default_context()

    async def run(self) -> Never:
        """Sends until cancelled, through outages of the store."""
        while True:
            try:
                full = await self.send_due() == MOST_AT_ONCE
            except StoreUnavailable:
                logs.event("webhooks-postponed", level=logging.WARNING)
                full = False
            await asyncio.sleep(0.0 if full else PAUSE_SECONDS)

    async def send_due(self) -> int:
        """Sends what is due now, a bounded number; gives how many. Raises `StoreUnavailable`."""
        due = await self._table.lease(limit=MOST_AT_ONCE, duration=LEASE)
        await asyncio.gather(*(self._send(delivery) for delivery in due))
        return len(due)

    async def _send(self, delivery: Delivery) -> None:
        if delivery.secret is None:
            await self._bury(delivery, "the tenant has no secret")
            return
        body = body_of(delivery)
        headers = signed_headers(delivery, delivery.secret, body, at=int(time.time()))
        try:
            status = await post(delivery.url, body, headers, networks=self._networks, tls=self._tls, resolver=self._resolver)
        except WebhookRefused as error:
            await self._bury(delivery, error.sentence)
        except PostFailed as error:
            await self._again(delivery, str(error))
        else:
            if 200 <= status < 300:
                logs.event("webhook-delivered", delivery=delivery.id, job=delivery.job_id, attempt=delivery.attempt)
                await self._table.delivered(delivery)
            elif status == GONE:
                await self._bury(delivery, f"the receiver answered {status}")
            else:
                await self._again(delivery, f"the receiver answered {status}")

    async def _again(self, delivery: Delivery, problem: str) -> None:
        if delivery.attempt >= MOST_ATTEMPTS:
            await self._bury(delivery, problem)
            return
        logs.event("webhook-failed", level=logging.WARNING, **_facts(delivery, problem))
        await self._table.failed(delivery, problem, rest(delivery.attempt, random.random()))  # noqa: S311 - spreads retries

    async def _bury(self, delivery: Delivery, problem: str) -> None:
        logs.event("webhook-dead", level=logging.ERROR, **_facts(delivery, problem))
        await self._table.dead(delivery, problem)


def _facts(delivery: Delivery, problem: str) -> dict[str, Any]:
    """For the log. Not the address: it may hold the receiver's secret."""
    return {"delivery": delivery.id, "job": delivery.job_id, "attempt": delivery.attempt, "problem": problem}


def rest(attempt: int, chance: float) -> timedelta:
    """The rest after attempt number `attempt` (from 1). `chance` is from [0, 1): 0 gives half the rest, 1 all of it."""
    seconds = FIRST_REST_SECONDS * REST_FACTOR ** (attempt - 1)
    return timedelta(seconds=seconds * (1 - JITTER + JITTER * chance))
