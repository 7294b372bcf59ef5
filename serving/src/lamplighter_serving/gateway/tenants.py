"""What is agreed with a tenant, what it used, and the door to where both are kept."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Protocol

from ..queue.job import JsonObject
from .wire import time_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """How much a tenant may have. None: as much as it likes. Days are those of UTC."""

    tenant: str
    weight: int = 1  # turns at the workers to one of a tenant of weight 1
    jobs_a_day: int | None = None
    bytes_a_day: int | None = None  # of documents
    tokens_a_day: int | None = None  # prompt and completion
    requests_a_minute: int | None = None  # at each gateway process

    @property
    def bounded(self) -> bool:
        """Whether anything is counted by the day."""
        return (self.jobs_a_day, self.bytes_a_day, self.tokens_a_day) != (None, None, None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Used:
    """What a tenant used so far today."""

    jobs: int = 0
    bytes: int = 0
    tokens: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Usage:
    """What a tenant used of one worker class on one day. `work_seconds` are those of reading and extraction of ended jobs."""

    tenant: str
    day: date
    worker: str
    jobs: int
    bytes: int
    prompt_tokens: int
    completion_tokens: int
    work_seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One act of administration."""

    id: int
    at: datetime
    actor: str
    act: str
    tenant: str
    subject: str
    detail: JsonObject


class TenantStore(Protocol):
    """Where agreements and usage are kept. All methods raise `StoreUnavailable` when the database does not answer."""

    async def agreement(self, tenant: str) -> Agreement:
        """What is agreed with the tenant; the usual where nothing is."""
        ...

    async def used_today(self, tenant: str) -> Used:
        """What the tenant used since midnight, UTC."""
        ...

    async def usage(self, *, tenant: str | None, days: int) -> Sequence[Usage]:
        """Usage of one tenant or of all in the last days, today included, newest first."""
        ...

    async def audit(self, *, tenant: str | None, limit: int) -> Sequence[Act]:
        """The newest acts of administration first, of one tenant or of all."""
        ...


def usage_json(usage: Usage) -> JsonObject:
    """A day's usage as the API writes it."""
    return {**asdict(usage), "day": usage.day.isoformat(), "work_seconds": round(usage.work_seconds, 3)}


def act_json(act: Act) -> JsonObject:
    """An act as it is printed."""
    return {**asdict(act), "at": time_text(act.at)}
