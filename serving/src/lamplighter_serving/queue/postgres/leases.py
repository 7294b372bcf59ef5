"""A worker's side: leasing jobs, keeping them, and ending them. A write without a living lease is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from ...database import Row
from ..failures import lease_lost
from ..job import JobState, JsonObject, Lease, Problem
from ..spent import spent
from ..text import json_text
from .rows import QUERIES, Part, job_of, problem_text


class Leases(Part):
    """The part of the store that workers write to."""

    async def lease(self, worker: str, *, holder: str, limit: int, duration: timedelta) -> Sequence[Lease]:
        """See `JobStore.lease`."""
        if limit < 1:
            return []
        parameters = {"worker": worker, "holder": holder, "limit": limit, "duration": duration}
        rows = await self._database.rows(QUERIES["lease_jobs"], parameters)
        return [Lease(job=job_of(row), holder=holder, fence=row["fence"], expires_at=row["lease_expires_at"]) for row in rows]

    async def heartbeat(self, holder: str, leases: Iterable[Lease], duration: timedelta) -> frozenset[UUID]:
        """See `JobStore.heartbeat`. A lease past its end is lost even when nobody has taken the job yet."""
        held = list(leases)
        if not held:
            return frozenset()
        parameters = {
            "holder": holder,
            "ids": [lease.job.id for lease in held],
            "fences": [lease.fence for lease in held],
            "duration": duration,
        }
        return frozenset(row["id"] for row in await self._database.rows(QUERIES["extend_leases"], parameters))

    async def leased_document(self, lease: Lease) -> bytes:
        """See `JobStore.leased_document`. Empty when retention deleted it."""
        rows = await self._held("get_leased_document", lease, {})
        return b"".join(row["bytes"] for row in rows if row["bytes"] is not None)

    async def record(self, lease: Lease, kind: str, data: JsonObject) -> None:
        """See `JobStore.record`."""
        await self._held("record_event", lease, {"kind": kind, "data": json_text(data)})

    async def complete(self, lease: Lease, result: JsonObject) -> None:
        """See `JobStore.complete`."""
        await self._held("complete_job", lease, {"result": json_text(result), **asdict(spent(result))})

    async def fail(self, lease: Lease, problem: Problem) -> None:
        """See `JobStore.fail`."""
        await self._held("fail_job", lease, {"problem": problem_text(problem)})

    async def retry(self, lease: Lease, problem: Problem, *, delay: timedelta) -> JobState:
        """See `JobStore.retry`. `queue.backoff.retry_delay` is the usual delay."""
        rows = await self._held("retry_job", lease, {"problem": problem_text(problem), "delay": delay})
        return JobState(rows[0]["state"])

    async def release(self, lease: Lease) -> None:
        """See `JobStore.release`."""
        await self._held("release_job", lease, {})

    async def _held(self, query: str, lease: Lease, parameters: JsonObject) -> list[Row]:
        """Runs a statement guarded by the lease; every one of them gives at least one row while the lease is held."""
        rows = await self._database.rows(QUERIES[query], {"id": lease.job.id, "fence": lease.fence, **parameters})
        if not rows:
            raise lease_lost(lease)
        return rows
