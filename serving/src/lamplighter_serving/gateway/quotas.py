"""Whether a tenant may have more: its requests a minute, and its jobs, bytes and tokens a day.

What is agreed and used is read again every few seconds; in between this process counts its own. Several gateways together may
so let through more than agreed by what the others took in that time. Tokens are counted when a job ends.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from .problems import RequestRefused
from .tenants import Agreement, TenantStore, Used

#: An agreement that changed holds after this.
FRESH_SECONDS = 5.0
#: More tenants at once than this, and the memory starts anew.
MOST_REMEMBERED = 10_000


@dataclass(kw_only=True, slots=True)
class _Known:
    agreement: Agreement
    used: Used
    until: float
    tokens: float  # requests that may come at once
    filled_at: float


class Quotas:
    """Counts for one gateway process. `clock` gives monotonic seconds, `now` the time of day."""

    def __init__(
        self,
        tenants: TenantStore | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Without `tenants` nothing is counted."""
        self._tenants = tenants
        self._clock = clock
        self._now = now
        self._known: dict[str, _Known] = {}

    async def request(self, tenant: str) -> None:
        """Counts a request. Raises `RequestRefused` with 429, or `StoreUnavailable`."""
        known = await self._look_up(tenant)
        rate = known.agreement.requests_a_minute if known else None
        if known is None or rate is None:
            return
        now = self._clock()
        known.tokens = min(float(rate), known.tokens + (now - known.filled_at) * rate / 60)
        known.filled_at = now
        if known.tokens < 1:
            seconds = math.ceil((1 - known.tokens) * 60 / rate)
            raise _refused("rate-limited", f"{rate} requests a minute are agreed, and as many came.", seconds)
        known.tokens -= 1

    async def job(self, tenant: str) -> None:
        """Whether one more job may come; counts nothing. Raises `RequestRefused` with 429, or `StoreUnavailable`."""
        known = await self._look_up(tenant)
        if known is None:
            return
        agreement, used = known.agreement, known.used
        for what, count, limit in (
            ("jobs", used.jobs, agreement.jobs_a_day),
            ("bytes", used.bytes, agreement.bytes_a_day),
            ("tokens", used.tokens, agreement.tokens_a_day),
        ):
            if limit is not None and count >= limit:
                sentence = f"{limit} {what} a day are agreed, and {count} were used since midnight, UTC."
                raise _refused("quota-used", sentence, self._seconds_to_midnight())

    def submitted(self, tenant: str, document_bytes: int) -> None:
        """Counts a job that was taken."""
        if known := self._known.get(tenant):
            known.used = replace(known.used, jobs=known.used.jobs + 1, bytes=known.used.bytes + document_bytes)

    async def _look_up(self, tenant: str) -> _Known | None:
        if self._tenants is None:
            return None
        known, now = self._known.get(tenant), self._clock()
        if known is not None and now < known.until:
            return known
        agreement = await self._tenants.agreement(tenant)
        used = await self._tenants.used_today(tenant) if agreement.bounded else Used()
        rate = float(agreement.requests_a_minute or 0)
        tokens, filled_at = (known.tokens, known.filled_at) if known else (rate, now)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        known = _Known(agreement=agreement, used=used, until=now + FRESH_SECONDS, tokens=tokens, filled_at=filled_at)
        self._known[tenant] = known
        return known

    def _seconds_to_midnight(self) -> int:
        now = self._now()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return math.ceil((midnight - now).total_seconds())


def _refused(code: str, sentence: str, seconds: int) -> RequestRefused:
    return RequestRefused(
        429,
        code,
        sentence,
        hint=f"Come back in {seconds} s, or have more agreed: lamplighter-gateway tenants set.",
        headers={"retry-after": str(seconds)},
    )
