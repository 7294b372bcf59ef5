"""A client's jobs: reading, listing, cancelling. Every statement names the tenant."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from uuid import UUID

from ..cursor import FIRST_PAGE, LAST_PAGE, Place, parse_cursor
from ..failures import job_not_found
from ..job import Job, JobEvent, JobPage, JobState, JsonObject, Standing
from ..text import searchable
from .rows import QUERIES, Part, job_of

#: How many of the tenant's jobs one page of a search looks at; a page may hold fewer than asked for and still have a next one.
SEARCH_WINDOW_JOBS = 20_000


class Jobs(Part):
    """The part of the store that clients read."""

    async def get(self, tenant: str, job_id: UUID) -> Job:
        """See `JobStore.get`."""
        row = await self._database.row(QUERIES["get_job"], {"tenant": tenant, "id": job_id})
        if row is None:
            raise job_not_found(job_id)
        return job_of(row)

    async def standings(self, job_ids: Collection[UUID]) -> Mapping[UUID, Standing]:
        """See `JobStore.standings`."""
        rows = await self._database.rows(QUERIES["get_standings"], {"ids": list(job_ids)})
        return {row["id"]: Standing(state=JobState(row["state"]), fence=row["fence"]) for row in rows}

    async def list_jobs(
        self, tenant: str, *, limit: int, cursor: str | None = None, state: JobState | None = None, search: str = ""
    ) -> JobPage:
        """See `JobStore.list_jobs`. A page of a search looks at a bounded number of jobs."""
        before = parse_cursor(cursor) or FIRST_PAGE
        edge = await self._search_edge(tenant, before) if search else None
        last = edge or LAST_PAGE
        parameters = {
            "tenant": tenant,
            "before_at": before.at,
            "before_id": before.id,
            "edge_at": last.at,
            "edge_id": last.id,
            "search": searchable(search),
            "limit": limit + 1,
            "state": state,
        }
        rows = await self._database.rows(QUERIES["list_jobs" if state is None else "list_jobs_in_state"], parameters)
        jobs = tuple(job_of(row) for row in rows[:limit])
        if len(rows) > limit:
            return JobPage(jobs=jobs, next_cursor=Place.of(jobs[-1]).cursor)
        return JobPage(jobs=jobs, next_cursor=edge.cursor if edge else None)

    async def _search_edge(self, tenant: str, before: Place) -> Place | None:
        parameters = {"tenant": tenant, "before_at": before.at, "before_id": before.id, "window": SEARCH_WINDOW_JOBS - 1}
        row = await self._database.row(QUERIES["search_edge"], parameters)
        return None if row is None else Place(at=row["created_at"].isoformat(), id=str(row["id"]))

    async def cancel(self, tenant: str, job_id: UUID) -> Job:
        """See `JobStore.cancel`."""
        await self._database.rows(QUERIES["cancel_job"], {"tenant": tenant, "id": job_id})
        return await self.get(tenant, job_id)

    async def erase(self, tenant: str, job_id: UUID) -> None:
        """See `JobStore.erase`."""
        if not await self._database.rows(QUERIES["erase_job"], {"tenant": tenant, "id": job_id}):
            raise job_not_found(job_id)

    async def result(self, tenant: str, job_id: UUID) -> JsonObject | None:
        """See `JobStore.result`."""
        row = await self._database.row(QUERIES["get_result"], {"tenant": tenant, "id": job_id})
        if row is None:
            raise job_not_found(job_id)
        result: JsonObject | None = row["result"]
        return result

    async def document(self, tenant: str, job_id: UUID) -> AsyncIterator[bytes]:
        """See `JobStore.document`. Raises `JobNotFound`, also when retention deletes the document half way."""
        ordinal = 0
        sent_bytes = 0
        while True:
            row = await self._database.row(QUERIES["get_chunk"], {"tenant": tenant, "id": job_id, "ordinal": ordinal})
            if row is None or (row["bytes"] is None and 0 < sent_bytes < row["document_bytes"]):
                raise job_not_found(job_id)
            if row["bytes"] is None:
                return
            yield row["bytes"]
            sent_bytes += len(row["bytes"])
            if sent_bytes >= row["document_bytes"]:
                return
            ordinal += 1

    async def events(self, tenant: str, job_id: UUID, *, after: int = 0) -> Sequence[JobEvent]:
        """See `JobStore.events`."""
        rows = await self._database.rows(QUERIES["list_events"], {"tenant": tenant, "id": job_id, "after": after})
        if not rows:
            raise job_not_found(job_id)
        return [
            JobEvent(job_id=job_id, sequence=row["sequence"], at=row["at"], kind=row["kind"], data=row["data"])
            for row in rows
            if row["sequence"] is not None
        ]
