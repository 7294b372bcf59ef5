"""What a question's job came to: its answer, or why there is none."""

from typing import Any

from ..queue.job import FINAL_STATES, Job, JobState
from .parts import GatewayParts
from .problems import RequestRefused

#: When to ask again after a job whose workers failed, each of its attempts.
RETRY_SECONDS = 30


class NoAnswer:
    """Reads answers, and says why one does not come."""

    def __init__(self, parts: GatewayParts) -> None:
        self._parts = parts
        self._models = parts.models

    async def answer(self, job: Job) -> dict[str, Any]:
        """The body that answers. Raises `RequestRefused`; a job that has not ended is cancelled, for nobody waits any more."""
        if job.state is JobState.DONE:
            result = await self._parts.store.result(job.tenant, job.id)
            if result is None or not isinstance(result["data"], dict):
                raise RequestRefused(409, "result-gone", "The answer was deleted.")
            return result["data"]
        if job.state not in FINAL_STATES:
            await self._parts.store.cancel(job.tenant, job.id)
            raise await self._too_late(job)
        raise ended_without(job)

    async def _too_late(self, job: Job) -> RequestRefused:
        seconds = await self._models.wake_seconds(job.worker)
        return RequestRefused(
            503,
            "no-answer-yet",
            f"The model did not answer within {self._parts.settings.hold.total_seconds():g} s.",
            hint=f"Its worker {job.worker} takes about {seconds} s to wake; try again.",
            headers={"retry-after": str(seconds)},
        )


def ended_without(job: Job) -> RequestRefused:
    """Why a final job has no answer. What was the client's fault is a status of 400."""
    if job.state is JobState.CANCELLED:
        return RequestRefused(409, "job-cancelled", "The request was cancelled.")
    sentence, hint = (job.problem.sentence, job.problem.hint) if job.problem else ("The request failed.", "")
    if job.state is JobState.FAILED:
        return RequestRefused(400, "request-failed", sentence, hint=hint)
    return RequestRefused(503, "request-failed", sentence, hint=hint, headers={"retry-after": str(RETRY_SECONDS)})


def broken_off() -> RequestRefused:
    """The answer's worker ended in the middle of it: what the client has read cannot be taken back, nor gone on with."""
    return RequestRefused(503, "answer-broken-off", "The worker that wrote this answer ended before it did.", hint="Ask again.")
