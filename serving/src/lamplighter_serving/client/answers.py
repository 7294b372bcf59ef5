"""What the API answers, as values: a job, its result, and each field of it with the place it was found at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from ..queue.job import FINAL_STATES


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job. `problem` is empty, or holds code, sentence and hint."""

    id: str
    state: str  # queued, running, done, failed, dead, cancelled
    worker: str
    extractor: str | None
    name: str
    attempt: int
    created_at: datetime
    finished_at: datetime | None
    problem: Mapping[str, Any]

    @classmethod
    def from_json(cls, job: Mapping[str, Any]) -> Self:
        """A job as the API writes it."""
        finished_at = job["finished_at"]
        return cls(
            id=job["id"],
            state=job["state"],
            worker=job["worker"],
            extractor=job["extractor"],
            name=job["name"],
            attempt=job["attempt"],
            created_at=datetime.fromisoformat(job["created_at"]),
            finished_at=None if finished_at is None else datetime.fromisoformat(finished_at),
            problem=job["problem"] or {},
        )

    @property
    def final(self) -> bool:
        """Whether it will not change any more."""
        return self.state in FINAL_STATES


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """One value of the data, and where it stands: `box` is left, top, right, bottom in points from the page's top left."""

    path: str  # a JSON pointer into the data
    value: object
    page: int | None
    box: tuple[float, ...] | None
    text: str
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """The result of a job that is done. `whole` is all that the API said."""

    data: Mapping[str, Any]
    fields: tuple[Field, ...]
    seconds: Mapping[str, float]  # wait, read, extract
    whole: Mapping[str, Any]

    @classmethod
    def from_json(cls, result: Mapping[str, Any]) -> Self:
        """A result as the API writes it."""
        return cls(
            data=result["data"],
            fields=tuple(_field(field) for field in result["fields"]),
            seconds=result["seconds"],
            whole=result,
        )


def _field(field: Mapping[str, Any]) -> Field:
    box = field["box"]
    return Field(
        path=field["path"],
        value=field["value"],
        page=field["page"],
        box=None if box is None else tuple(box),
        text=field["text"],
        score=field["score"],
    )
