"""How many bytes of uploads may be in flight at once. Counts what arrived, not what was announced.

A refusal is immediate: an upload that waited for another to end would hold its connection and its bytes, and two of them could
wait for each other. The client is told when to come back.
"""

from collections import defaultdict
from types import TracebackType
from typing import Self

from .problems import RequestRefused

#: When to come back: an upload of 20 MB takes a second or two on a usual line.
RETRY_SECONDS = 2
#: What one tenant may hold of the whole: however busy it is, a quarter is left for the others.
TENANT_SHARE = 0.75


class ByteBudget:
    """Bytes of all uploads in flight, over all tenants and for each."""

    def __init__(self, total_bytes: int, *, least_tenant_bytes: int = 0) -> None:
        """`least_tenant_bytes`: what a tenant may hold in any case, so that one document of full size always fits."""
        self._total_bytes = total_bytes
        self._tenant_bytes = min(total_bytes, max(int(total_bytes * TENANT_SHARE), least_tenant_bytes))
        self._held: defaultdict[str, int] = defaultdict(int)
        self._held_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Bytes held now."""
        return self._held_bytes

    def hold(self, tenant: str) -> "Hold":
        """A share that grows with an upload and is given back at the end of its block."""
        return Hold(self, tenant)

    def take(self, tenant: str, count: int) -> None:
        """Takes bytes. Raises `RequestRefused`: 503 when the whole is used up, 429 when the tenant's share is."""
        if self._held_bytes + count > self._total_bytes:
            raise _refusal(503, "uploads-busy", "all uploads together", self._held_bytes, self._total_bytes)
        if self._held[tenant] + count > self._tenant_bytes:
            raise _refusal(429, "uploads-share-used", "your uploads", self._held[tenant], self._tenant_bytes)
        self._held[tenant] += count
        self._held_bytes += count

    def give_back(self, tenant: str, count: int) -> None:
        """Gives bytes back."""
        self._held_bytes -= count
        self._held[tenant] -= count
        if self._held[tenant] == 0:
            del self._held[tenant]


class Hold:
    """What one upload holds of a budget."""

    def __init__(self, budget: ByteBudget, tenant: str) -> None:
        self._budget = budget
        self._tenant = tenant
        self._bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._budget.give_back(self._tenant, self._bytes)
        self._bytes = 0

    def take(self, count: int) -> None:
        """Takes `count` more bytes. Raises `RequestRefused`."""
        self._budget.take(self._tenant, count)
        self._bytes += count


def _refusal(status: int, code: str, whose: str, held: int, limit: int) -> RequestRefused:
    return RequestRefused(
        status,
        code,
        f"There is no room for more bytes: {whose} hold {held} of {limit} bytes in flight.",
        hint=f"Send it again in {RETRY_SECONDS} seconds, or send fewer documents at a time.",
        headers={"retry-after": str(RETRY_SECONDS)},
    )
