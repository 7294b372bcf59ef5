"""What worker processes say of themselves: presences, and the counters behind the metrics."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from ...database import Database, Row, Transaction
from ..store import Presence, Tally
from ..tally import add_up
from ..text import json_text
from .rows import QUERIES, Part

#: A holder silent for this long does not come back; its tallies join the sum of those that are gone.
GONE_AFTER = timedelta(days=7)
#: The holder of that sum.
GONE_HOLDER = ""


class Lamps(Part):
    """The part of the store about worker processes."""

    async def beat(self, presence: Presence) -> None:
        """See `JobStore.beat`."""
        await self._database.rows(
            QUERIES["beat"],
            {
                "holder": presence.holder,
                "worker": presence.worker,
                "state": presence.state,
                "stage": presence.stage,
                "stages": json_text(dict(presence.stages)),
                "started_at": presence.started_at,
            },
        )

    async def leave(self, holder: str) -> None:
        """See `JobStore.leave`."""
        await self._database.rows(QUERIES["leave"], {"holder": holder})

    async def presences(self, *, within: timedelta) -> Sequence[Presence]:
        """See `JobStore.presences`."""
        rows = await self._database.rows(QUERIES["list_presences"], {"within": within})
        return [Presence(**row) for row in rows]

    async def tally(self, holder: str, tallies: Iterable[Tally]) -> None:
        """See `JobStore.tally`."""
        async with self._database.transaction() as transaction:
            await _write(transaction, holder, tallies)

    async def tallies(self) -> Sequence[Tally]:
        """See `JobStore.tallies`."""
        return add_up([_tally_of(row) for row in await self._database.rows(QUERIES["list_tallies"])])


async def fold_tallies(database: Database) -> None:
    """Adds the tallies of holders that are gone into one row per (worker, metric, label)."""
    async with database.transaction() as transaction:
        await transaction.rows(QUERIES["lock_tallies"])
        rows = await transaction.rows(QUERIES["take_old_tallies"], {"age": GONE_AFTER})
        await _write(transaction, GONE_HOLDER, add_up([_tally_of(row) for row in rows]))


async def forget_presences(database: Database) -> None:
    """Deletes presences of processes that ended without a word."""
    await database.rows(QUERIES["forget_presences"], {"age": GONE_AFTER})


async def _write(transaction: Transaction, holder: str, tallies: Iterable[Tally]) -> None:
    for tally in tallies:
        await transaction.rows(
            QUERIES["write_tally"],
            {
                "holder": holder,
                "worker": tally.worker,
                "metric": tally.metric,
                "label": tally.label,
                "bounds": list(tally.bounds),
                "counts": list(tally.counts),
                "total": tally.total,
            },
        )


def _tally_of(row: Row) -> Tally:
    return Tally(
        worker=row["worker"],
        metric=row["metric"],
        label=row["label"],
        bounds=tuple(row["bounds"]),
        counts=tuple(row["counts"]),
        total=row["total"],
    )
