"""Counting, reaping and retention. Any process may call these, all at once."""

from collections.abc import Iterable, Mapping, Sequence

from ...database import Query
from ..backoff import FACTOR, FIRST_SECONDS, JITTER, MOST_SECONDS
from ..failures import WORKER_LOST
from ..job import Depth
from ..store import Retention
from .lamps import fold_tallies, forget_presences
from .rows import QUERIES, Part, problem_text

#: Rows changed by one statement: a lock is held for a fraction of a second and other callers get their share.
BATCH_ROWS = 500


class Upkeep(Part):
    """The part of the store that counts and tidies."""

    async def reap(self) -> int:
        """See `JobStore.reap`. The rest before the next attempt is that of `queue.backoff`. Forgets pieces of ended leases."""
        await self._database.rows(QUERIES["forget_pieces"])
        return await self._in_batches(
            QUERIES["reap_leases"],
            {
                "first_seconds": FIRST_SECONDS,
                "factor": FACTOR,
                "most_seconds": MOST_SECONDS,
                "jitter": JITTER,
                "problem": problem_text(WORKER_LOST),
            },
        )

    async def purge(self, retention: Retention) -> int:
        """See `JobStore.purge`: counts deleted documents and deleted jobs. Also folds totals and old tallies into few rows."""
        gone = await self._in_batches(QUERIES["purge_documents"], {"documents": retention.documents})
        gone += await self._in_batches(QUERIES["purge_jobs"], {"jobs": retention.jobs})
        await self._database.rows(QUERIES["fold_outcomes"])
        await self._database.rows(QUERIES["fold_usage"])
        await fold_tallies(self._database)
        await forget_presences(self._database)
        return gone

    async def _in_batches(self, query: Query, parameters: Mapping[str, object]) -> int:
        changed = 0
        while True:
            rows = await self._database.rows(query, {**parameters, "limit": BATCH_ROWS})
            changed += len(rows)
            if len(rows) < BATCH_ROWS:
                return changed

    async def depths(self, workers: Iterable[str] | None = None) -> Sequence[Depth]:
        """See `JobStore.depths`."""
        counted: dict[str, Depth] = {}
        for row in await self._database.rows(QUERIES["count_depths"]):
            before = counted.get(row["worker"]) or _no_depth(row["worker"])
            counted[row["worker"]] = Depth(
                worker=row["worker"],
                queued=before.queued + row["queued"],
                running=before.running + row["running"],
                oldest_age_seconds=max(before.oldest_age_seconds, row["oldest_age_seconds"]),
            )
        asked = sorted(counted) if workers is None else workers
        return [counted.get(worker) or _no_depth(worker) for worker in asked]

    async def next_available(self, worker: str) -> float | None:
        """See `JobStore.next_available`."""
        row = await self._database.row(QUERIES["next_available"], {"worker": worker})
        return None if row is None else float(row["seconds"])

    async def outcomes(self) -> Mapping[tuple[str, str], int]:
        """See `JobStore.outcomes`."""
        rows = await self._database.rows(QUERIES["sum_outcomes"])
        return {(row["worker"], row["state"]): row["jobs"] for row in rows}


def _no_depth(worker: str) -> Depth:
    return Depth(worker=worker, queued=0, running=0, oldest_age_seconds=0.0)
