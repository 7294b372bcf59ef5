"""Where a page of a list ends, as an opaque text for clients."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from uuid import UUID

from .job import Job


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place in a list that is newest first. `at` is a time as PostgreSQL reads it, so that it may be infinite."""

    at: str
    id: str

    @classmethod
    def of(cls, job: Job) -> Self:
        """The place of a job."""
        return cls(at=job.created_at.isoformat(), id=str(job.id))

    @property
    def cursor(self) -> str:
        """The text that `parse_cursor` reads."""
        return base64.urlsafe_b64encode(f"{self.at} {self.id}".encode()).decode()


#: Before everything, and behind everything.
FIRST_PAGE = Place(at="infinity", id="ffffffff-ffff-ffff-ffff-ffffffffffff")
LAST_PAGE = Place(at="-infinity", id="00000000-0000-0000-0000-000000000000")


def parse_cursor(text: str | None) -> Place | None:
    """The place in a cursor, None when there is none or it cannot be read."""
    if not text:
        return None
    try:
        at, job_id = base64.b64decode(text, altchars=b"-_", validate=True).decode("ascii").split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            return None
        # PostgreSQL does not read every zone that Python reads.
        return Place(at=moment.astimezone(UTC).isoformat(), id=str(UUID(job_id)))
    except (binascii.Error, ValueError, OverflowError):
        return None
