"""Where jobs stand, for the many requests of one process that wait for them: asked together, in one question at a time.

Two thousand requests that wait look up at once when the connection to the database comes back. One by one they would keep every
database connection busy for seconds, and whoever comes next would wait behind them.
"""

import asyncio
from uuid import UUID

from ..errors import StoreError
from ..queue.failures import job_not_found
from ..queue.job import Standing
from ..queue.store import JobStore


class Standings:
    """The looks of one gateway process."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._asked: dict[UUID, asyncio.Future[Standing]] = {}
        self._asking: asyncio.Task[None] | None = None

    async def of(self, job_id: UUID) -> Standing:
        """Where a job stands now. Raises `JobNotFound` and `StoreUnavailable`."""
        answer = self._asked.get(job_id)
        if answer is None:
            answer = self._asked[job_id] = asyncio.get_running_loop().create_future()
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        # Shielded: others may wait for the same answer.
        return await asyncio.shield(answer)

    async def _ask(self) -> None:
        """Questions, until nobody asks any more; what is asked meanwhile goes along with the next."""
        while self._asked:
            await asyncio.sleep(0)  # those who were woken together ask together
            asked, self._asked = self._asked, {}
            try:
                found = await self._store.standings(asked.keys())
            except StoreError as error:
                for answer in asked.values():
                    _fail(answer, error)
                continue
            for job_id, answer in asked.items():
                if job_id in found:
                    answer.set_result(found[job_id])
                else:
                    _fail(answer, job_not_found(job_id))


def _fail(answer: "asyncio.Future[Standing]", error: StoreError) -> None:
    answer.set_exception(error)
    answer.exception()  # seen: those who asked may be gone
