"""One document of the demo: submitted, waited for, and told with its times."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ..client import ApiError, AsyncClient, JobEnded

#: The state of a document that the gateway did not take.
REFUSED = "refused"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What became of one document. Seconds are None where there was no result."""

    name: str
    state: str  # a final state of a job, or `refused`
    data: Mapping[str, Any] | None = None
    problem: str = ""
    created_at: datetime | None = None  # when the job was committed, by the database's clock
    finished_at: datetime | None = None
    wait_seconds: float | None = None
    read_seconds: float | None = None
    extract_seconds: float | None = None

    @property
    def seconds(self) -> float | None:
        """From the submission to the end."""
        if self.created_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.created_at).total_seconds()


async def answer(client: AsyncClient, path: Path, extractor: str) -> Answer:
    """Submits a file and waits until its job has ended. Raises `GatewayAway`."""
    try:
        submitted = await client.submit(path, extractor=extractor)
    except ApiError as error:
        return Answer(name=path.name, state=REFUSED, problem=_problem(error))
    job = await client.wait(submitted.id)
    try:
        result = await client.outcome(job.id)
    except JobEnded as error:
        return Answer(
            name=path.name,
            state=error.state,
            problem=_problem(error),
            created_at=job.created_at,
            finished_at=job.finished_at,
        )
    return Answer(
        name=path.name,
        state=job.state,
        data=result.data,
        created_at=job.created_at,
        finished_at=job.finished_at,
        wait_seconds=result.seconds["wait"],
        read_seconds=result.seconds["read"],
        extract_seconds=result.seconds["extract"],
    )


def _problem(error: ApiError | JobEnded) -> str:
    """Why there is no result, as one line."""
    return f"{error.code}: {error.sentence} {error.hint}".strip()
